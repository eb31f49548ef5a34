"""The patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/new}`.

`*` stands for any characters, `?` for one; there are no sets.
"""

from __future__ import annotations

import re

_MOST_STARS = 2
"""Bound on `*` in one pattern, so that no pattern takes longer than it is worth."""

_MOST_CHARACTERS = 256
"""Bound on what is cut, for the same reason; no tag is longer."""


def without_prefix(value: str, pattern: str, *, longest: bool) -> str | None:
    """The value without the shortest or longest beginning that fits; None for a bad pattern."""
    expression = _expression(value, pattern, greedy=longest)
    if expression is None:
        return None
    found = re.match(expression, value, re.DOTALL)
    return value[found.end() :] if found else value


def without_suffix(value: str, pattern: str, *, longest: bool) -> str | None:
    """The value without the shortest or longest end that fits; None for a bad pattern."""
    expression = _expression(value, pattern, greedy=True)
    if expression is None:
        return None
    starts = range(len(value) + 1) if longest else range(len(value), -1, -1)
    for start in starts:
        if re.fullmatch(expression, value[start:], re.DOTALL):
            return value[:start]
    return value


def replaced(value: str, pattern: str, new: str, *, everywhere: bool) -> str | None:
    """The value with what fits replaced, once or everywhere; None for a bad pattern."""
    expression = _expression(value, pattern, greedy=True)
    if expression is None:
        return None
    return re.sub(expression, lambda _: new, value, count=0 if everywhere else 1, flags=re.DOTALL)


def _expression(value: str, pattern: str, *, greedy: bool) -> str | None:
    if pattern.count("*") > _MOST_STARS or len(value) > _MOST_CHARACTERS:
        return None
    parts = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
            if at == len(pattern):
                return None
            parts.append(re.escape(pattern[at]))
        elif char == "*":
            parts.append(".*" if greedy else ".*?")
        elif char == "?":
            parts.append(".")
        else:
            parts.append(re.escape(char))
        at += 1
    return "".join(parts)
