"""Values go into sentences and commands, and steer neither."""

from __future__ import annotations

import re
import shlex

import pytest

from poolshift.catalog import load_catalog
from poolshift.report.explain.values import PLACEHOLDERS, command, message, sentence
from poolshift.rules.registry import RULES


def test_first_sentence_whose_holes_are_known_is_said() -> None:
    variants = ("{pod} on {node}", "{pod}", "a pod")
    assert sentence(variants, {"pod": "a", "node": "n"}) == "a on n"
    assert sentence(variants, {"pod": "a"}) == "a"
    assert sentence(variants, {}) == "a pod"
    assert sentence(("{pod}",), {}) == ""


def test_value_with_braces_is_not_read_again() -> None:
    assert sentence(("{pod}",), {"pod": "{node}", "node": "x"}) == "{node}"
    assert message("<size> is odd, <other> too", {"size": "S"}) == "S is odd, <other> too"


@pytest.mark.parametrize(
    "hostile", ["-x", "--all", "a b", "$(id)", "`id`", "a;id", "a\nid", "a|id", "", "'a'", "*"]
)
def test_odd_value_is_not_put_into_a_command(hostile: str) -> None:
    assert command("kubectl get pod POD", {"pod": hostile}) == "kubectl get pod POD"


def test_plain_value_is_put_in_whole() -> None:
    said = command("kubectl describe pod -n NAMESPACE POD", {"namespace": "shop", "pod": "a.b-1"})
    assert said == "kubectl describe pod -n shop a.b-1"
    assert command("docker pull IMAGE", {"image": "r:5000/a/b@sha256:0f"}).endswith("b@sha256:0f")


def test_every_command_of_the_catalog_is_one_that_a_shell_takes() -> None:
    errors = load_catalog().errors
    groups = errors.windows_cse_exit_codes.group_help.values()
    records = [c for r in errors.errors for c in r.commands]
    for line in (*records, *(c for g in groups for c in g.commands)):
        assert shlex.split(line)[0] in ("az", "kubectl", "docker", "poolshift"), line
        assert "<" not in line, line


def test_every_error_says_what_and_what_to_run() -> None:
    for record in load_catalog().errors.errors:
        assert record.what, record.code
        assert record.commands, record.code
        assert sentence(record.what, {}) or message(record.message, {}), record.code


def test_errors_refer_to_rules_and_errors_that_there_are() -> None:
    errors = load_catalog().errors.errors
    codes = {c for r in errors for c in (r.code, *r.aliases)} | {"BackOff"}
    rules = {rule.id for rule in RULES}
    for record in errors:
        assert set(record.rules) <= rules, record.code
        assert set(record.covers) <= codes, record.code
        assert all(re.fullmatch(r"[BCMVDF]\d{1,2}", p) for p in record.pains), record.code


def test_no_pattern_stands_for_two_errors() -> None:
    patterns = [p for r in load_catalog().errors.errors for p in r.patterns]
    assert len(patterns) == len(set(patterns))


def test_placeholders_are_names_of_values() -> None:
    patterns = [p for r in load_catalog().errors.errors for p in r.patterns]
    of_context = {"pod", "namespace", "node", "image", "pool", "container", "build"}
    for value in PLACEHOLDERS.values():
        assert value in of_context or any(f"<{value}" in p for p in patterns), value
