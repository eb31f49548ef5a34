"""Every case of `cases`: the rule finds what it should, and nothing in the snapshot beside it."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import pytest
from tests.rules import cases
from tests.rules.asked import TODAY
from tests.rules.cases import Case, Make
from tests.rules.test_rules import HITS

from poolshift.catalog import Catalog
from poolshift.core.finding import Finding, NotChecked
from poolshift.core.snapshot import dump_snapshot, load_snapshot
from poolshift.rules import RULES, Context, rule_by_id
from poolshift.rules.settings import Settings

CASES: list[Case] = [
    case
    for module in pkgutil.iter_modules(cases.__path__)
    for case in importlib.import_module(f"{cases.__name__}.{module.name}").CASES
]
EACH = pytest.mark.parametrize(
    "case", CASES, ids=[f"{case.rule}-{number}" for number, case in enumerate(CASES)]
)


def said(
    case: Case, make: Make, settings: Settings, snapshots: Any, catalog: Catalog
) -> list[Finding | NotChecked]:
    # Through the file form: a rule sees what a snapshot file holds, and no more.
    snapshot = load_snapshot(dump_snapshot(make(snapshots)))
    facts = catalog.with_ends(settings.ends) if settings.dates else catalog
    context = Context(snapshot, facts, case.as_of or TODAY, case.to, settings)
    return list(rule_by_id(case.rule).check(context))


@EACH
def test_rule_finds_it(case: Case, snapshots: Any, catalog: Catalog) -> None:
    found = [
        x for x in said(case, case.hit, case.settings, snapshots, catalog) if isinstance(x, Finding)
    ]
    [finding] = [f for f in found if f.target == case.target and case.says in f.what]
    assert finding.severity == (case.severity or rule_by_id(case.rule).severity)
    assert finding.blocks == case.blocks
    assert finding.why
    assert finding.fix
    assert finding.evidence


@EACH
def test_rule_finds_nothing_beside_it(case: Case, snapshots: Any, catalog: Catalog) -> None:
    clean = case.clean or (lambda s: s.clean())
    settings = case.clean_settings or case.settings
    assert said(case, clean, settings, snapshots, catalog) == []


def test_every_rule_has_a_case() -> None:
    assert {r.id for r in RULES} == {c.rule for c in CASES} | {hit[0] for hit in HITS}
