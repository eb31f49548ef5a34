"""JUnit XML: failures follow --fail-on, skipped ones have their reason, and it is XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter

import pytest
from tests.report.assess.everything import EMPTY, EVERYTHING, FINDINGS, hostile, many, report

from poolshift.core.finding import Assessment, Severity
from poolshift.report.assess import Report, format_named


def tree(assessment: Assessment, *failing: Severity) -> ET.Element:
    return ET.fromstring(format_named("junit").render(report(assessment, *failing)))


def kinds(root: ET.Element) -> Counter[str]:
    return Counter(
        next((c.tag for c in case), "passed") for case in root.iterfind("testsuite/testcase")
    )


def test_every_finding_is_a_case_and_required_ones_fail() -> None:
    found = kinds(tree(EVERYTHING))
    required = [f for f in FINDINGS if f.severity == Severity.REQUIRED and f.ignored is None]
    assert found["failure"] == len(required)
    assert found["skipped"] == len(EVERYTHING.not_checked) + 2
    assert found["system-out"] == len(FINDINGS) - len(required) - 2
    assert found["passed"] == 1


def test_failures_follow_the_threshold() -> None:
    strict = kinds(tree(EVERYTHING, Severity.REQUIRED, Severity.RECOMMENDED))
    s = EVERYTHING.summary
    assert strict["failure"] == s.required + s.recommended
    none = format_named("junit").render(Report(EVERYTHING, frozenset()))
    assert b"<failure" not in none


def test_the_sums_are_those_of_the_cases() -> None:
    root = tree(EVERYTHING)
    found = kinds(root)
    for element, cases in [
        (root, list(root.iterfind("testsuite/testcase"))),
        *((suite, list(suite.iterfind("testcase"))) for suite in root),
    ]:
        assert element.get("tests") == str(len(cases))
        assert element.get("failures") == str(sum(c.find("failure") is not None for c in cases))
        assert element.get("skipped") == str(sum(c.find("skipped") is not None for c in cases))
    assert root.get("failures") == str(found["failure"])


def test_what_is_ignored_is_skipped_with_its_reason() -> None:
    said = {e.get("message") for e in tree(EVERYTHING).iter("skipped")}
    assert "ignored: replaced by the new agent, ticket 4711 (until 2027-01-31)" in said
    assert "not checked: the quota could not be read: 403" in said


def test_a_rule_that_found_nothing_passed() -> None:
    root = tree(EMPTY)
    (suite,) = root
    assert suite.get("name") == "PSK999 nothing-there"
    assert kinds(root) == {"passed": 1}


def test_names_of_cases_are_not_given_twice_in_a_suite() -> None:
    for suite in tree(many(200)):
        names = [case.get("name") for case in suite.iterfind("testcase")]
        assert len(names) == len(set(names))


def test_hostile_names_are_well_formed_text() -> None:
    data = format_named("junit").render(report(hostile()))
    root = ET.fromstring(data)
    assert "<script>alert(1)</script>" in str(root.find("testsuite/testcase").get("name"))  # type: ignore[union-attr]
    assert b"##vso[" not in data
    assert not any(c in data.decode() for c in ("\x1b", "\x07", "\ufffe"))


@pytest.mark.parametrize("assessment", [EVERYTHING, hostile(), EMPTY])
def test_it_says_of_which_day_and_cluster_it_speaks(assessment: Assessment) -> None:
    properties = {p.get("name"): p.get("value") for p in tree(assessment).iter("property")}
    assert properties["as_of"] == "2026-11-21"
    assert properties["cluster"]
