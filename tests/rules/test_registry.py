"""What holds for every rule."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from poolshift.catalog import load_catalog, sources_of
from poolshift.core.errors import UsageError
from poolshift.rules import RULES, Rule, rule_by_id

ROOT = Path(__file__).parents[2]
BY_ID = pytest.mark.parametrize("rule", RULES, ids=[r.id for r in RULES])


def test_ids_and_names_are_unique() -> None:
    assert len({r.id for r in RULES}) == len(RULES)
    assert len({r.name for r in RULES}) == len(RULES)


@BY_ID
def test_id_and_name_are_well_formed(rule: Rule) -> None:
    assert re.fullmatch(r"PS[WKICX]\d{3}", rule.id)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)


@BY_ID
def test_sources_are_records_with_addresses(rule: Rule) -> None:
    catalog = load_catalog()
    # What a rule says of the tool itself rests on no fact.
    assert rule.sources or rule.area == "tool"
    for source in rule.sources:
        assert sources_of(catalog.record(source).source)


@BY_ID
def test_page_has_every_section(rule: Rule) -> None:
    text = inspect.getdoc(type(rule)) or ""
    for section in ("What it finds", "Why it matters", "How it is decided", "What to do"):
        assert f"{section}:" in text
    assert (ROOT / rule.docs).exists()


def test_pages_are_what_the_rules_say() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "docs_rules.py"), "--check"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout


def test_rule_is_found_by_id_in_any_case() -> None:
    assert rule_by_id("psw101").id == "PSW101"
    with pytest.raises(UsageError, match="PSW999"):
        rule_by_id("PSW999")


def test_retired_rules_do_not_apply() -> None:
    rule = rule_by_id("PSW101")
    assert rule.applies_until is None


def test_rule_applies_between_its_days() -> None:
    class Dated(type(rule_by_id("PSW101"))):  # type: ignore[misc]
        applies_from = date(2026, 1, 1)
        applies_until = date(2026, 12, 31)

    rule = Dated()
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
    assert [rule.applies(day) for day in days] == [False, True, True, False]
