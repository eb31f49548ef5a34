"""Values of a plan as expressions of Bicep. Names come from a cluster and are hostile input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = frozenset({"true", "false", "null", "for", "if", "in", "existing", "resource"})
"""Words that a key must not be without quotes."""


def text(value: str) -> str:
    """A string: quoted, without interpolation, with every hidden character visible."""
    plain = value.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\${")
    return "'" + _HIDDEN.sub(lambda m: _NAMED.get(m[0], f"\\u{{{ord(m[0]):x}}}"), plain) + "'"


def expression(value: Any, indent: str) -> str:
    """A value of JSON as an expression; what goes over lines is indented by `indent`."""
    if isinstance(value, str):
        return text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        # The language has no fractions of its own.
        return f"json({text(repr(value))})"
    if isinstance(value, dict):
        return _object(value, indent)
    return _list(list(value), indent)


def _object(value: Mapping[str, Any], indent: str) -> str:
    if not value:
        return "{}"
    deeper = indent + "  "
    items = [f"{deeper}{_key(k)}: {expression(v, deeper)}" for k, v in value.items()]
    return "\n".join(("{", *items, f"{indent}}}"))


def _key(key: str) -> str:
    return key if _NAME.fullmatch(key) and key not in _WORDS else text(key)


def _list(value: list[Any], indent: str) -> str:
    if not value:
        return "[]"
    deeper = indent + "  "
    return "\n".join(("[", *(f"{deeper}{expression(v, deeper)}" for v in value), f"{indent}]"))
