"""Edits as splices into the original text, and the same edits told line by line.

Everything outside a splice stays as it was, byte for byte. Lines end at LF only.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec

from poolshift.rewrite.model import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable


_SMALL = 20_000
"""Characters up to which counting lines anew is quicker than finding where each begins."""


class Splice(msgspec.Struct, frozen=True, order=True):
    """Replace `text[start:end]` by `new`."""

    start: int
    end: int
    new: str


class Text:
    """A text with its lines, which end at LF only.

    Most files of a tree have nothing to change: lines are counted when they are asked for.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their LF."""
        return self.text.split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate([0, *[len(line) + 1 for line in self.lines[:-1]]]))

    def line_of(self, offset: int) -> int:
        """The number of the line that holds an offset, from 1."""
        if len(self.text) < _SMALL:
            return self.text.count("\n", 0, offset) + 1
        return bisect_right(self._starts, offset)

    def line_start(self, line: int) -> int:
        """The offset at which a line begins."""
        return self._starts[line - 1]

    def line_end(self, line: int) -> int:
        """The offset of a line's LF, or the end of the text."""
        return self._starts[line - 1] + len(self.lines[line - 1])

    def begin_of(self, offset: int) -> int:
        """Where the line that holds an offset begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def end_of(self, offset: int) -> int:
        """The LF of the line that holds an offset, or the end of the text."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found

    def lead(self, offset: int) -> str:
        """What stands before an offset on its line, a byte order mark aside."""
        return self.text[self.begin_of(offset) : offset].lstrip("\ufeff")

    def carriage(self, offset: int) -> str:
        """The carriage return before the LF of an offset's line, empty without one.

        The last line of a text may have none: then the line before it tells.
        """
        end = self.end_of(offset)
        if end == len(self.text):
            end = max(self.begin_of(offset) - 1, 0)
        return "\r" if self.text[:end].endswith("\r") else ""

    def after(self, offset: int, new_lines: Iterable[str]) -> Splice:
        """A splice that adds whole lines after an offset's line, with the line end that it has."""
        end, carriage = self.end_of(offset), self.carriage(offset)
        if end == len(self.text):
            return Splice(end, end, "".join(f"{carriage}\n{new}" for new in new_lines))
        return Splice(end, end, "".join(f"\n{new}{carriage}" for new in new_lines))

    def before(self, offset: int, new_lines: Iterable[str]) -> Splice:
        """A splice that adds whole lines before an offset's line, with the line end that it has."""
        start, carriage = self.begin_of(offset), self.carriage(offset)
        return Splice(start, start, "".join(f"{new}{carriage}\n" for new in new_lines))


def without_clashes(splices: Iterable[Splice]) -> tuple[list[Splice], list[Splice]]:
    """The splices that can be made together, in order, and those that overlap another one.

    The same splice twice is one; two different insertions at one place follow each other.
    """
    kept: list[Splice] = []
    clashing: list[Splice] = []
    for splice in sorted(set(splices)):
        if kept and splice.start < kept[-1].end:
            clashing.append(splice)
        else:
            kept.append(splice)
    return kept, clashing


def apply(text: str, splices: Iterable[Splice]) -> str:
    """The text after splices that do not overlap, given in order."""
    parts: list[str] = []
    at = 0
    for splice in splices:
        parts += [text[at : splice.start], splice.new]
        at = splice.end
    return "".join([*parts, text[at:]])


def edits_of(source: Text, splices: list[Splice]) -> tuple[Edit, ...]:
    """The same change told line by line; lines that one splice joins are told together."""
    edits: list[Edit] = []
    for start, end, group in _by_lines(source, splices):
        shifted = [Splice(s.start - start, s.end - start, s.new) for s in group]
        held = source.text[start:end]
        first, *others = held.split("\n")
        line = source.line_of(start)
        edits.append(Edit(line, first, apply(held, shifted)))
        edits += [Edit(line + n, old, None) for n, old in enumerate(others, start=1)]
    return tuple(edits)


def _by_lines(source: Text, splices: list[Splice]) -> list[tuple[int, int, list[Splice]]]:
    """Where the lines that splices touch begin and end, those that touch the same together."""
    groups: list[tuple[int, int, list[Splice]]] = []
    for splice in splices:
        begin, end = source.begin_of(splice.start), source.end_of(splice.end)
        if groups and begin <= groups[-1][1]:
            first, last, group = groups[-1]
            groups[-1] = (first, max(end, last), [*group, splice])
        else:
            groups.append((begin, end, [splice]))
    return groups


def narrow(old: str, new: str) -> tuple[int, int, str]:
    """The middle in which two texts differ: `old[start:end]` becomes the last value."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start, len(old) - end, new[start : len(new) - end]
