"""Every fact that could be a rule is one, or stands with its reason where it is listed."""

from __future__ import annotations

from poolshift.catalog import Catalog, load_catalog
from poolshift.rules import RULES
from poolshift.rules.undecided import UNDECIDED, UNDECIDED_PAINS

PAINS = (*(f"B{n}" for n in range(1, 33)), *(f"C{n}" for n in range(1, 13)))
DECIDED = {source for rule in RULES for source in rule.sources}
LISTED = ("constraints/constraints/", "limits/limits/", "os_changes/changes/")


def records(catalog: Catalog) -> set[str]:
    return {e.id for e in catalog.records() if e.id.startswith(LISTED)}


def test_every_constraint_limit_and_change_is_decided_or_listed() -> None:
    assert sorted(records(load_catalog()) - DECIDED - set(UNDECIDED)) == []


def test_every_trouble_before_and_while_creating_is_detected_or_listed() -> None:
    detected = {pain for rule in RULES for pain in rule.pains}
    assert sorted(set(PAINS) - detected - set(UNDECIDED_PAINS)) == []


def test_nothing_is_listed_that_is_decided_or_is_no_record() -> None:
    assert sorted(set(UNDECIDED) & DECIDED) == []
    assert sorted(set(UNDECIDED) - records(load_catalog())) == []
    assert sorted(set(UNDECIDED_PAINS) - set(PAINS)) == []


def test_every_reason_is_a_sentence() -> None:
    reasons = {*UNDECIDED.values(), *UNDECIDED_PAINS.values()}
    assert [reason for reason in reasons if len(reason.split()) < 4] == []
