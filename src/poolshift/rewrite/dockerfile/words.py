"""The words of an instruction: flags, what follows them, and the assignments of ARG."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.dockerfile.instructions import Instruction

_WORD = re.compile(r"\S+")
_SPECIAL = re.compile(r"[\s\"'\\`]")
_FLAG = re.compile(r"\s*--([\w-]*)")


class Word(msgspec.Struct, frozen=True):
    """A part of an instruction's text, by indexes, with its quotes."""

    start: int
    end: int


class Flag(msgspec.Struct, frozen=True):
    """`--name=value`; the value with its quotes."""

    name: str
    value: Word


def split_flags(instruction: Instruction) -> tuple[tuple[Flag, ...], int]:
    """The flags after the keyword, and the index at which the rest begins."""
    text, at = instruction.text, instruction.body
    flags: list[Flag] = []
    while (found := _FLAG.match(text, at)) is not None:
        end = _end_of_word(text, found.end(), "\\")
        if text[found.start() : end].strip() == "--":
            return tuple(flags), end
        start = found.end()
        if text[start : start + 1] == "=":
            start += 1
        else:
            # Newer builders take the value from the next word as well.
            blank = re.compile(r"\s*").match(text, end)
            start = blank.end() if blank else end
            end = _end_of_word(text, start, "\\")
        flags.append(Flag(found[1], Word(start, end)))
        at = end
    return tuple(flags), at


def split_blanks(instruction: Instruction, at: int) -> list[Word]:
    """The words from an index on, parted by white space alone, as FROM does."""
    return [Word(*found.span()) for found in _WORD.finditer(instruction.text, at)]


def split_quoted(instruction: Instruction, escape: str) -> Iterator[Word]:
    """The words after the keyword; white space within quotes does not part them, as for ARG."""
    text, at = instruction.text, instruction.body
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        end = _end_of_word(text, at, escape)
        yield Word(at, end)
        at = end


def _end_of_word(text: str, at: int, escape: str) -> int:
    quote = ""
    while (found := _SPECIAL.search(text, at)) is not None:
        at, char = found.start(), found[0]
        if char == escape and quote != "'":
            at += 1
        elif char in "\"'":
            if quote in ("", char):
                quote = "" if quote else char
        elif char.isspace() and not quote:
            return at
        at += 1
    return len(text)
