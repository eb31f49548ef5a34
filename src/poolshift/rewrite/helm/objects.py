"""Which object each line of a template belongs to, told by indents: a template is no YAML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

_KIND = re.compile(r"^(?P<lead>\s*(?:-\s+)?)[\"']?kind[\"']?:\s*(?P<kind>.*?)\s*$")
_SEPARATOR = re.compile(r"^\s*---(\s|$)")
_DEFINE = re.compile(r"^\s*\{\{-?\s*define\b")
_ACTIONS = re.compile(r"\{\{.*?\}\}")


class Region(msgspec.Struct, frozen=True):
    """The lines of one object, from 1, the last included; `kind` is empty where it has none."""

    kind: str
    first: int
    last: int
    indent: int

    def lines(self) -> range:
        """The numbers of its lines."""
        return range(self.first, self.last + 1)


def regions_of(lines: Sequence[str]) -> list[Region]:
    """The objects of a template, with one for each part that belongs to none of them.

    A part is what stands between separators, or in one named template.
    """
    found = []
    for first, last in _parts(lines):
        inside = [_region(lines, number, first, last) for number in range(first, last + 1)]
        objects = [r for r in inside if r is not None]
        found += [Region("", first, last, -1), *objects]
    return found


def region_of(line: int, regions: Sequence[Region]) -> Region:
    """The innermost object that holds a line."""
    around = [r for r in regions if r.first <= line <= r.last]
    return max(around, key=lambda r: (r.indent, r.first))


def _parts(lines: Sequence[str]) -> list[tuple[int, int]]:
    starts = [1]
    for number, line in enumerate(lines, start=1):
        if number > 1 and (_SEPARATOR.match(line) or _DEFINE.match(line)):
            starts.append(number)
    ends = [start - 1 for start in starts[1:]] + [len(lines)]
    return list(zip(starts, ends, strict=True))


def _region(lines: Sequence[str], number: int, first: int, last: int) -> Region | None:
    """The object whose `kind` stands on a line."""
    match = _KIND.match(lines[number - 1])
    if match is None:
        return None
    indent = len(match["lead"])
    begin, end = number, number
    if "-" not in match["lead"]:
        while begin > first and _within(lines[begin - 2], indent):
            begin -= 1
            if _starts_item(lines[begin - 1], indent):
                break
    while end < last and _within(lines[end], indent) and not _starts_item(lines[end], indent):
        end += 1
    return Region(match["kind"].strip("\"'"), begin, end, indent)


def _within(line: str, indent: int) -> bool:
    """Whether a line is as deep as an object, or says nothing about it."""
    bare = _ACTIONS.sub("", line)
    if not bare.strip() or line.lstrip().startswith("{{"):
        return True
    if _starts_item(line, indent):
        return True
    return len(line) - len(line.lstrip()) >= indent


def _starts_item(line: str, indent: int) -> bool:
    """Whether a line begins the list item whose keys stand at that indent."""
    match = re.match(r"\s*-\s+", line)
    return match is not None and len(match[0]) == indent
