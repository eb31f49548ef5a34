"""The whole answer of assess."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from poolshift.core.errors import UsageError
from poolshift.core.finding import Evidence, Finding, NotChecked, Severity, Verdict, to_builtins
from poolshift.core.snapshot import Unknown
from poolshift.rules import Context, Rule, assess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog import Catalog

TODAY = date(2026, 11, 20)


class _Failing(Rule):
    """Fails half-way.

    What it finds:
        Nothing.
    """

    id = "PSX999"
    name = "failing"
    severity = Severity.INFO
    sources = ()

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        yield self.finding(
            "cluster", what="said before", why="w", fix="f", evidence=(Evidence("a", "b"),)
        )
        raise ZeroDivisionError("by nothing")


def test_a_rule_that_fails_becomes_a_finding_and_the_rest_is_kept(
    snapshots: Any, catalog: Catalog
) -> None:
    answer = assess(snapshots.clean(), catalog, as_of=TODAY, rules=(_Failing(),))
    assert [f.rule for f in answer.findings] == ["PSX901", "PSX999"]
    assert "ZeroDivisionError" in answer.findings[0].why
    assert (answer.summary.recommended, answer.summary.info) == (1, 1)


def test_what_no_rule_speaks_of_is_told_when_it_could_not_be_read(
    snapshots: Any, catalog: Catalog
) -> None:
    unknown = (Unknown("locks", "403 for locks"), Unknown("configmap/x", "403 for x"))
    answer = assess(snapshots.changed(unknown=unknown), catalog, as_of=TODAY)
    told = [(n.rule, n.reason) for n in answer.not_checked if "403" in n.reason]
    assert ("PSX902", "configmap/x could not be read: 403 for x") in told
    assert "PSX902" not in {rule for rule, reason in told if "locks" in reason}


def test_findings_stand_worst_first_and_the_same_each_time(
    snapshots: Any, catalog: Catalog
) -> None:
    snapshot = snapshots.changed(
        pools=(snapshots.system_pool(count=1), snapshots.windows_pool(fips=False))
    )
    first = assess(snapshot, catalog, as_of=TODAY, to="Windows2025")
    again = assess(snapshot, catalog, as_of=TODAY, to="Windows2025")
    order = [Severity.REQUIRED, Severity.RECOMMENDED, Severity.INFO]
    ranks = [order.index(f.severity) for f in first.findings]
    assert ranks == sorted(ranks)
    assert first == again


def test_pools_carry_their_deadlines_with_sources(snapshots: Any, catalog: Catalog) -> None:
    answer = assess(snapshots.clean(), catalog, as_of=TODAY)
    days = {d.what: d.on for d in answer.pools[1].deadlines}
    assert days == {"create": "2028-06-30", "patch": "2028-06-30", "scale": "2029-06-30"}
    assert all(d.source for d in answer.pools[1].deadlines)


def test_images_carry_a_verdict_for_each_windows_sku(snapshots: Any, catalog: Catalog) -> None:
    (image,) = assess(snapshots.clean(), catalog, as_of=TODAY).images
    assert image.builds == ("10.0.20348.825", "10.0.26100.1")
    assert image.used_by == ("shop/Deployment/cart",)
    assert image.size_bytes == 100
    assert image.verdict["Windows2019"] == Verdict.REBUILD
    assert image.verdict["Windows2022"] == Verdict.FITS
    assert image.verdict["Windows2025"] == Verdict.FITS


def test_unknown_target_is_refused(snapshots: Any, catalog: Catalog) -> None:
    with pytest.raises(UsageError, match="Windows2031"):
        assess(snapshots.clean(), catalog, as_of=TODAY, to="Windows2031")


def test_target_is_taken_in_any_case(snapshots: Any, catalog: Catalog) -> None:
    lower = assess(snapshots.clean(), catalog, as_of=TODAY, to="windows2025")
    assert lower == assess(snapshots.clean(), catalog, as_of=TODAY, to="Windows2025")


def test_document_has_the_keys_of_its_schema(snapshots: Any, catalog: Catalog) -> None:
    plain = to_builtins(assess(snapshots.clean(), catalog, as_of=TODAY))
    assert next(iter(plain)) == "schema"
    assert {"as_of", "cluster", "pools", "findings", "not_checked", "images", "summary"} <= set(
        plain
    )


def test_rule_that_does_not_apply_yet_is_left_out(snapshots: Any, catalog: Catalog) -> None:
    class Later(_Failing):
        applies_from = date(2030, 1, 1)

    assert assess(snapshots.clean(), catalog, as_of=TODAY, rules=(Later(),)).findings == ()
