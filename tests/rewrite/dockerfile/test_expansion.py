"""Variables are filled in as the builder does, each character with its place in the file."""

from __future__ import annotations

import pytest

from poolshift.rewrite.dockerfile.expansion import UNKNOWN, Value, expand
from poolshift.rewrite.dockerfile.instructions import Span

ENVIRONMENT = {
    "A": Value((Span(100, "abcab", "A"),)),
    "E": Value(),
    "N": None,
    "O": Value((Span(-1, UNKNOWN),), open=("X",)),
}


def filled(text: str, escape: str = "\\") -> Value:
    return expand((Span(0, text),), ENVIRONMENT, escape)


TEXTS = {
    "plain": ("a/b:c", "a/b:c"),
    "bare": ("x$A-y", "xabcab-y"),
    "braces": ("x${A}y", "xabcaby"),
    "double-quotes": ('"x$A"', "xabcab"),
    "single-quotes-fill-in-nothing": ("'x$A'", "x$A"),
    "quotes-inside": ('a:"1"-b', "a:1-b"),
    "escaped-dollar": ("\\$A", "$A"),
    "escaped-in-quotes": ('"\\$A\\b"', "$A\\b"),
    "backtick": ("`$A", "$A"),
    "no-name": ("a$", "a$"),
    "no-name-before-a-dot": ("a$.b", "a$.b"),
    "default-of-unset": ("${N:-d}", "d"),
    "default-of-empty": ("${E:-d}", "d"),
    "empty-is-set-without-colon": ("${E-d}", ""),
    "default-unused": ("${A:-d}", "abcab"),
    "default-within-default": ("${N:-${M-${A}}}", "abcab"),
    "default-in-quotes": ('${N:-"d}"}', "d}"),
    "alternative": ("${A:+d}", "d"),
    "alternative-of-empty": ("${E:+d}", ""),
    "alternative-of-empty-without-colon": ("${E+d}", "d"),
    "alternative-of-unset": ("${N+d}", ""),
    "required": ("${A:?no}", "abcab"),
    "prefix": ("${A#a?}", "cab"),
    "shortest-prefix": ("${A#*b}", "cab"),
    "longest-prefix": ("${A##*b}", ""),
    "suffix": ("${A%ab}", "abc"),
    "shortest-suffix": ("${A%b*}", "abca"),
    "longest-suffix": ("${A%%b*}", "a"),
    "replaced-once": ("${A/ab/x}", "xcab"),
    "replaced-everywhere": ("${A//ab/x}", "xcx"),
    "nothing-to-cut": ("${A#z}", "abcab"),
    "escaped-star-is-a-star": ("${A#\\*}", "abcab"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_word_is_filled_in(name: str) -> None:
    text, wanted = TEXTS[name]
    value = filled(text, "`" if name == "backtick" else "\\")
    assert (value.text, value.open, value.broken) == (wanted, (), False)


@pytest.mark.parametrize(
    ("text", "names"),
    [("$N", ("N",)), ("${M}-$N", ("M", "N")), ("$O", ("X",)), ("${N:?no}", ("N",)), ("$1", ("1",))],
)
def test_variable_that_nothing_is_known_of_stays_open(text: str, names: tuple[str, ...]) -> None:
    value = filled(text)
    assert value.open == names
    assert UNKNOWN in value.text


@pytest.mark.parametrize(
    "text",
    [
        "${A",
        "${}",
        "${:x}",
        "'a",
        '"a',
        "${A:}",
        "${A:x}",
        "${A!}",
        "${A/x}",
        "${A#***a}",
        "${A#\\",
    ],
)
def test_what_no_builder_reads_is_broken(text: str) -> None:
    assert filled(text).broken


def test_characters_of_a_default_keep_their_place_and_their_argument() -> None:
    value = filled('x"${A}y"')
    assert value.spans == (Span(0, "x"), Span(100, "abcab", "A"), Span(6, "y"))
    assert value.arguments == {"A"}


def test_what_is_cut_keeps_its_place_and_what_is_replaced_has_none() -> None:
    assert filled("${A#ab}").spans == (Span(102, "cab", "A"),)
    assert filled("${A%ab}").spans == (Span(100, "abc", "A"),)
    assert filled("${A/ab/x}").spans == (Span(-1, "xcab"),)


def test_argument_that_only_decides_has_a_say() -> None:
    assert filled("${A:+d}").arguments == {"A"}


def test_value_that_doubles_itself_without_end_is_broken() -> None:
    environment = {"A": Value((Span(0, "a" * 3000, "A"),))}
    assert expand((Span(0, "$A$A"),), environment, "\\").broken
    assert filled("${A:-" * 50 + "}" * 50).broken
