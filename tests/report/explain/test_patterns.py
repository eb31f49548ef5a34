"""Texts with holes are found with what is in the holes, and a search has bounds."""

from __future__ import annotations

import re
import time

from poolshift.catalog import load_catalog
from poolshift.report.explain.patterns import MOST_MATCHES, TYPES, Pattern, Scanner
from poolshift.report.explain.text import prepare

PDB = Pattern("PDB <namespace>/<budget> has minAvailable <need:n> >= expected pods <have:n>")


def values(pattern: Pattern, text: str) -> list[dict[str, str]]:
    return [m.values for m in pattern.matches(prepare(text))]


def test_holes_are_read() -> None:
    said = "x pdb shop/cart-a.b has minAvailable 3 >= expected\n   pods 3, cannot"
    expected = {"namespace": "shop", "budget": "cart-a.b", "need": "3", "have": "3"}
    assert values(PDB, said) == [expected]


def test_a_pattern_stands_at_the_borders_of_words() -> None:
    pattern = Pattern("<count:n> Too many pods")
    assert values(pattern, "0/5: 3 Too many pods.") == [{"count": "3"}]
    assert values(pattern, "a3 Too many podsters") == []


def test_the_last_hole_is_never_cut() -> None:
    pattern = Pattern("failed in pod <pod>")
    assert values(pattern, "failed in pod cart-7d-x_shop(uid)") == []
    assert values(pattern, "failed in pod cart-7d-x.") == [{"pod": "cart-7d-x"}]


def test_a_name_that_stands_twice_is_the_same_twice() -> None:
    pattern = Pattern("moved from <node> back to <node> again")
    assert values(pattern, "moved from a1 back to a1 again") == [{"node": "a1"}]
    assert values(pattern, "moved from a1 back to b2 again") == []


def test_a_hidden_hole_gives_nothing() -> None:
    assert values(Pattern("took <_time:n> s for <pod>"), "took 3 s for x") == [{"pod": "x"}]


def test_matches_have_a_bound() -> None:
    text = "3 Too many pods, " * (MOST_MATCHES + 5)
    assert len(values(Pattern("<count:n> Too many pods"), text)) == MOST_MATCHES


def test_scanner_gives_only_what_has_all_its_words() -> None:
    other = Pattern("surge nodes of the moon")
    scanner = Scanner([PDB, other])
    text = prepare("PDB a/b has minAvailable 1 >= expected pods 1 on the surge")
    assert list(scanner.candidates(text)) == [PDB]


def test_every_pattern_of_the_catalog_is_sound() -> None:
    for source in (s for r in load_catalog().errors.errors for s in r.patterns):
        pattern = Pattern(source)
        assert len(pattern.anchor) >= 8, source
        assert pattern.words, source
        assert pattern.regex.groups >= 0
        assert all(hole[1:-1].partition(":")[2] in ("", *TYPES) for hole in _holes(source))


def _holes(source: str) -> list[str]:
    return re.findall(r"<\w+(?::\w+)?>", source)


def test_hostile_repetition_costs_little() -> None:
    patterns = [Pattern(s) for r in load_catalog().errors.errors for s in r.patterns]
    anchors = " ".join(p.anchor + " a.a-a_a/a:" * 20 for p in patterns)
    text = prepare((anchors + " ") * 20)
    began = time.perf_counter()
    for pattern in patterns:
        assert len(list(pattern.matches(text))) <= MOST_MATCHES
    assert time.perf_counter() - began < 20
