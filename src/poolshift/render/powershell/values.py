"""Values of a plan as PowerShell. Names come from a cluster and are hostile input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)
_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
"""The language takes typographic quotes for plain ones."""
_CUT = re.compile(f"({_HIDDEN.pattern})")


def text(value: str) -> str:
    """A string: in single quotes, on one line, with every hidden character visible."""
    if not _HIDDEN.search(value):
        return _quoted(value)
    parts = [
        f"[char]{ord(part)}" if _HIDDEN.fullmatch(part) else _quoted(part)
        for part in _CUT.split(value)
        if part
    ]
    # A character alone would be a number where a text is asked for.
    return f"('' + {' + '.join(parts)})"


def _quoted(value: str) -> str:
    return "'" + _QUOTES.sub(lambda m: m[0] * 2, value) + "'"


def lines(value: str) -> str:
    """A string that keeps its line ends: the text of a file."""
    return _quoted(value)


def array(values: Iterable[str]) -> str:
    """An array of strings."""
    return f"@({', '.join(map(text, values))})"


def table(values: Mapping[str, Any]) -> str:
    """A hashtable."""
    if not values:
        return "@{}"
    return "@{ " + "; ".join(f"{text(k)} = {literal(v)}" for k, v in values.items()) + " }"


def literal(value: Any) -> str:
    """A value of JSON."""
    if isinstance(value, bool):
        return "$true" if value else "$false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        return table(value)
    if isinstance(value, list | tuple):
        return f"@({', '.join(map(literal, value))})"
    return text(str(value))
