"""What stands together, in which order, and what is left to be counted."""

from __future__ import annotations

import msgspec
import pytest
from tests.report.assess.everything import (
    EMPTY,
    EVERYTHING,
    FINDINGS,
    image_finding,
    many,
    other,
)

from poolshift.core.finding import Assessment, Finding, Ignored, Severity
from poolshift.report.assess import view
from poolshift.report.assess.places import file_of, kind_and_name


def _with(*findings: Finding) -> Assessment:
    return msgspec.structs.replace(EVERYTHING, findings=findings)


def test_the_cluster_comes_first_and_then_the_worst_pool() -> None:
    titles = [s.title for s in view.sections(EVERYTHING)]
    assert titles == [
        "Whole cluster",
        "Pool ws19 (Windows2019)",
        "Pool ws19b (Windows2019)",
        "Several pools",
        "Pool ws22 (Windows2022)",
        "On no pool",
    ]


def test_every_finding_that_counts_stands_in_one_place() -> None:
    told = [f for s in view.sections(EVERYTHING) for g in s.groups for f in g.findings]
    wanted = [f for f in FINDINGS if f.ignored is None]
    assert sorted(told, key=repr) == sorted(wanted, key=repr)


def test_a_cluster_wide_finding_that_is_mild_still_comes_first() -> None:
    mild = other("PSK212", "drain-lacks-slack", Severity.INFO, "cluster")
    found = view.sections(_with(image_finding("a/Deployment/b", "ws19"), mild))
    assert found[0].title == "Whole cluster"


def test_equal_findings_are_one_group_with_all_targets() -> None:
    findings = [image_finding(f"shop/Deployment/cart-{n}", "ws19") for n in range(400)]
    (section,) = view.sections(_with(*findings))
    (group,) = section.groups
    assert len(group.targets) == 400
    assert group.evidence == findings[0].evidence


def test_words_that_name_their_own_target_are_equal() -> None:
    findings = [
        other("PSK204", "pool-pin", Severity.INFO, f"batch/Job/night-{n}", "ws19") for n in range(9)
    ]
    (section,) = view.sections(_with(*findings))
    assert [len(g.findings) for g in section.groups] == [9]


@pytest.mark.parametrize(
    ("what", "equal"),
    [
        ("{} waits", True),
        ("it is {}.", True),
        ("a/Deployment/{} waits for {}", True),
        ("image r.io/{}:1", False),
        ("see {}-old", False),
        ("see x{}", False),
    ],
)
def test_only_a_name_that_stands_alone_is_the_targets_own(what: str, equal: bool) -> None:
    findings = [
        msgspec.structs.replace(
            image_finding(f"a/Deployment/{name}", "ws19"), what=what.replace("{}", name)
        )
        for name in ("cart", "web")
    ]
    (section,) = view.sections(_with(*findings))
    assert (len(section.groups) == 1) is equal


def test_images_named_after_their_workload_are_not_equal() -> None:
    findings = [image_finding(f"a/Deployment/w{n}", "ws19", ref=f"r.io/w{n}:1") for n in range(3)]
    (section,) = view.sections(_with(*findings))
    assert len(section.groups) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"what": "image other does not run"},
        {"severity": Severity.INFO},
        {"blocks": False},
        {"rule": "PSW105"},
    ],
    ids=lambda c: next(iter(c)),
)
def test_findings_that_differ_stay_apart(change: dict[str, object]) -> None:
    first = image_finding("a/Deployment/x", "ws19")
    second = msgspec.structs.replace(image_finding("a/Deployment/y", "ws19"), **change)
    (section,) = view.sections(_with(first, second))
    assert len(section.groups) == 2


def test_beyond_the_limit_the_rest_is_counted_and_nothing_is_lost() -> None:
    found = view.sections(many(600))
    for section in found:
        rests = [e for e in section.entries if isinstance(e, view.Rest)]
        told = [f for e in section.entries if isinstance(e, view.Group) for f in e.findings]
        assert len(told) == view.GROUPS_OF_A_RULE
        assert len(told) + sum(r.count for r in rests) == 60


def test_the_earliest_deadline_of_a_group_counts() -> None:
    findings = [
        msgspec.structs.replace(image_finding(f"a/Deployment/{n}", "ws19"), deadline=day)
        for n, day in enumerate((None, "2027-02-01", "2027-01-01"))
    ]
    (section,) = view.sections(_with(*findings))
    assert section.groups[0].deadline == "2027-01-01"


def test_what_is_ignored_is_in_no_section_and_worsens_no_pool() -> None:
    only = msgspec.structs.replace(image_finding("a/Deployment/x", "ws22"), ignored=Ignored("no"))
    assert view.sections(_with(only)) == ()
    assert view.by_pool(_with(only))["ws22"] == ()
    assert view.blocking(_with(only)) == 0
    assert view.ignored(_with(only)) == (only,)


@pytest.mark.parametrize(
    ("pool", "worst"),
    [("ws19", "required"), ("ws22", "recommended"), ("azl", None)],
)
def test_worst_of_a_pool(pool: str, worst: str | None) -> None:
    assert view.worst_of(view.by_pool(EVERYTHING)[pool]) == worst


def test_unchecked_targets_of_one_reason_stand_together() -> None:
    assert [(u.rule, len(u.targets)) for u in view.unchecked(EVERYTHING)] == [
        ("PSC401", 1),
        ("PSW104", 7),
    ]


def test_images_to_rebuild_come_first() -> None:
    assert [v.verdict["Windows2025"] for v in view.verdicts(EVERYTHING)] == [
        "rebuild",
        "unknown",
        "fits-unsupported",
    ]
    assert view.verdicts(EMPTY) == ()


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "0"), (4, "0, 1, 2, 3"), (5, "0, 1, 2 and 2 more"), (40, "0, 1, 2 and 37 more")],
)
def test_few_names_one_more_rather_than_counting_it(count: int, said: str) -> None:
    assert view.few([str(n) for n in range(count)]) == said


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("file/app/Dockerfile:7", ("app/Dockerfile", 7)),
        ("file/app/Dockerfile", ("app/Dockerfile", 1)),
        ("file/a:b/c.yaml:0", ("a:b/c.yaml:0", 1)),
        ("pool/ws19", None),
        ("files/Deployment/x", None),
        ("file/Deployment/x", ("Deployment/x", 1)),
    ],
)
def test_file_of(target: str, place: tuple[str, int] | None) -> None:
    assert file_of(target) == place


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        ("cluster", ("cluster", "cluster")),
        ("pool/ws19", ("pool", "ws19")),
        ("shop/Deployment/cart", ("Deployment", "cart")),
        ("image/r.io/a/b:1", ("image", "r.io/a/b:1")),
        ("odd/thing", ("odd", "thing")),
    ],
)
def test_kind_and_name(target: str, parts: tuple[str, str]) -> None:
    assert kind_and_name(target) == parts
