"""Edits as splices into the original text, and the same edits told line by line.

Everything outside a splice stays as it was, byte for byte. Lines end at LF only.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec

from poolshift.rewrite.model import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable


class Splice(msgspec.Struct, frozen=True, order=True):
    """Replace `text[start:end]` by `new`."""

    start: int
    end: int
    new: str


class Text:
    """A text with its lines, which end at LF only."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self.lines[:-1])]

    def line_of(self, offset: int) -> int:
        """The number of the line that holds an offset, from 1."""
        return bisect_right(self._starts, offset)

    def line_start(self, line: int) -> int:
        """The offset at which a line begins."""
        return self._starts[line - 1]

    def line_end(self, line: int) -> int:
        """The offset of a line's LF, or the end of the text."""
        return self._starts[line - 1] + len(self.lines[line - 1])

    def after_line(self, line: int, new_lines: Iterable[str]) -> Splice:
        """A splice that adds whole lines after a line, with the line end that it has.

        The last line of a text may have none: then the line before it tells.
        """
        end = self.line_end(line)
        if 1 < line == len(self.lines) and self.lines[line - 2].endswith("\r"):
            return Splice(end, end, "".join(f"\r\n{new}" for new in new_lines))
        carriage = "\r" if self.lines[line - 1].endswith("\r") else ""
        return Splice(end, end, "".join(f"\n{new}{carriage}" for new in new_lines))

    def before_line(self, line: int, new_lines: Iterable[str]) -> Splice:
        """A splice that adds whole lines before a line, with the line end that it has."""
        start = self.line_start(line)
        carriage = "\r" if self.lines[line - 1].endswith("\r") else ""
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
    for first, last, group in _by_lines(source, splices):
        start, end = source.line_start(first), source.line_end(last)
        shifted = [Splice(s.start - start, s.end - start, s.new) for s in group]
        new = apply(source.text[start:end], shifted)
        edits.append(Edit(first, source.lines[first - 1], new))
        edits += [Edit(line, source.lines[line - 1], None) for line in range(first + 1, last + 1)]
    return tuple(edits)


def _by_lines(source: Text, splices: list[Splice]) -> list[tuple[int, int, list[Splice]]]:
    groups: list[tuple[int, int, list[Splice]]] = []
    for splice in splices:
        first, last = source.line_of(splice.start), source.line_of(splice.end)
        if groups and first <= groups[-1][1]:
            begin, end, group = groups[-1]
            groups[-1] = (begin, max(end, last), [*group, splice])
        else:
            groups.append((first, last, [splice]))
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
