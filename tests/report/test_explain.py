"""explain finds rules, service codes, HRESULTs and start-script codes, and admits what it lacks."""

from __future__ import annotations

import pytest

from poolshift.catalog import load_catalog
from poolshift.report.explain import explain
from poolshift.rules.registry import RULES


@pytest.mark.parametrize("text", ["PSW101", "psw101", " PSW101 ", RULES[0].name])
def test_rule_is_found_by_id_and_by_name(text: str) -> None:
    found = explain(text, load_catalog(), RULES)
    assert found.known
    assert all(a.why and a.fix and a.sources for a in found.answers)


def test_every_rule_explains_itself() -> None:
    for rule in RULES:
        answer = explain(rule.id, load_catalog(), RULES).answers[0]
        assert answer.id == f"{rule.id} {rule.name}"
        assert answer.why, rule.id
        assert answer.fix, rule.id


@pytest.mark.parametrize(
    "text",
    [
        "0xc0370101",
        "hcs failed with (0xc0370101) while creating the container",
        "WindowsAgentPoolNameTooLong",
    ],
    ids=["hresult", "hresult-in-text", "service-code"],
)
def test_error_is_found_in_any_text(text: str) -> None:
    found = explain(text, load_catalog(), RULES)
    assert found.known
    assert all(a.sources for a in found.answers)


def test_unknown_text_gives_the_nearest_and_says_so() -> None:
    found = explain("WindowsAgentPoolNameToLong", load_catalog(), RULES)
    assert not found.known
    assert "WindowsAgentPoolNameTooLong" in [a.id for a in found.answers]
