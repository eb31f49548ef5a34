"""What a user decides: severities, ignores, dates, thresholds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.rules.asked import TODAY

from poolshift.catalog import Catalog
from poolshift.core.errors import UsageError
from poolshift.core.finding import Assessment, Finding, Severity
from poolshift.core.snapshot import Snapshot
from poolshift.rules import assess
from poolshift.rules.settings import SOURCE, Ignore, Pinned, Settings, Thresholds


def assessed(s: Snapshot, catalog: Catalog, as_of: date = TODAY, **decided: Any) -> Assessment:
    return assess(s, catalog, as_of=as_of, to="Windows2025", settings=Settings(**decided))


def single_node(s: Any) -> Snapshot:
    snapshot: Snapshot = s.changed(pools=(s.system_pool(count=1), s.windows_pool()))
    return snapshot


def of_rule(assessment: Assessment, rule: str) -> list[Finding]:
    return [f for f in assessment.findings if f.rule == rule]


def test_own_severity_replaces_the_rules(snapshots: Any, catalog: Catalog) -> None:
    found = assessed(single_node(snapshots), catalog, severity={"psk206": "info"})
    assert [f.severity for f in of_rule(found, "PSK206")] == [Severity.INFO]


def test_rule_that_is_off_says_nothing(snapshots: Any, catalog: Catalog) -> None:
    found = assessed(single_node(snapshots), catalog, severity={"PSK206": "off"})
    assert of_rule(found, "PSK206") == []


def test_ignored_finding_stays_and_counts_for_nothing(snapshots: Any, catalog: Catalog) -> None:
    before = assessed(single_node(snapshots), catalog)
    ignore = Ignore("PSK206", "a test cluster", until=TODAY)
    after = assessed(single_node(snapshots), catalog, ignore=(ignore,))
    [finding] = of_rule(after, "PSK206")
    assert finding.ignored is not None
    assert (finding.ignored.reason, finding.ignored.until) == ("a test cluster", TODAY.isoformat())
    assert after.summary.ignored == 1
    counted = before.summary, after.summary
    assert sum((counted[0].required, counted[0].recommended, counted[0].info)) == 1 + sum(
        (counted[1].required, counted[1].recommended, counted[1].info)
    )


@pytest.mark.parametrize(
    ("target", "covers"),
    [("*", True), ("pool/system", True), ("pool/*", True), ("pool/ws22", False)],
)
def test_ignore_names_targets_by_pattern(
    target: str, covers: bool, snapshots: Any, catalog: Catalog
) -> None:
    found = assessed(
        single_node(snapshots), catalog, ignore=(Ignore("PSK206", "so", target=target),)
    )
    assert [f.ignored is not None for f in of_rule(found, "PSK206")] == [covers]


def test_expired_ignore_counts_again_and_is_told(snapshots: Any, catalog: Catalog) -> None:
    ignore = Ignore("PSK206", "until the next budget", until=date(2026, 10, 31))
    found = assessed(single_node(snapshots), catalog, ignore=(ignore,))
    assert [f.ignored for f in of_rule(found, "PSK206")] == [None]
    assert of_rule(found, "PSX903")


def test_pinned_date_wins_over_every_claim(snapshots: Any, catalog: Catalog) -> None:
    pinned = Pinned("Windows2022", "scale", date(2027, 1, 31), "an agreement")
    found = assessed(snapshots.clean(), catalog, dates=(pinned,))
    pool = next(p for p in found.pools if p.name == "ws22")
    scale = next(d for d in pool.deadlines if d.what == "scale")
    assert (scale.on, scale.source) == ("2027-01-31", f"{SOURCE}: an agreement")
    assert {c.on for c in scale.claims} > {"2027-01-31"}


@pytest.mark.parametrize(
    ("decided", "code"),
    [
        ({"severity": {"PSK999": "info"}}, "PSE123"),
        ({"ignore": (Ignore("PSZ1", "so"),)}, "PSE123"),
        ({"dates": (Pinned("Windows95", "patch", TODAY, "so"),)}, "PSE122"),
    ],
)
def test_settings_for_what_is_not_there_are_refused(
    decided: dict[str, Any], code: str, snapshots: Any, catalog: Catalog
) -> None:
    with pytest.raises(UsageError) as refused:
        assessed(snapshots.clean(), catalog, **decided)
    assert refused.value.code == code


def test_own_threshold_makes_an_end_recommended(snapshots: Any, catalog: Catalog) -> None:
    far = assessed(snapshots.clean(), catalog)
    near = assessed(snapshots.clean(), catalog, thresholds=Thresholds(soon_days=10_000))
    weighed = [of_rule(found, "PSW101")[0].severity for found in (far, near)]
    assert weighed == [Severity.INFO, Severity.RECOMMENDED]
