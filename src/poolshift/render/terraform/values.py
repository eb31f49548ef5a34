"""Values of a plan as expressions of HCL. Names come from a cluster and are hostile input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from unicodedata import category

from poolshift.rewrite.terraform.layout import aligned

if TYPE_CHECKING:
    from collections.abc import Mapping

_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


_PLANE = 0xFFFF
"""Up to here an escape has four digits, and eight beyond."""


def text(value: str) -> str:
    """A string: quoted, without interpolation, with every hidden character visible.

    Marks that join the character before them are written as escapes, too: the formatter counts
    both as one when it aligns.
    """
    plain = value.replace("\\", "\\\\").replace('"', '\\"')
    plain = plain.replace("${", "$${").replace("%{", "%%{")
    plain = _HIDDEN.sub(lambda m: _NAMED.get(m[0], _escaped(m[0])), plain)
    return '"' + "".join(_escaped(c) if category(c).startswith("M") else c for c in plain) + '"'


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= _PLANE else f"\\U{ord(char):08x}"


def expression(value: Any, indent: str, *, quoted_keys: bool = False) -> str:
    """A value of JSON as an expression; what goes over lines is indented by `indent`.

    Args:
        value: the value.
        indent: what stands before the line that the expression begins on.
        quoted_keys: whether keys are data, as in labels, rather than names of fields.
    """
    if isinstance(value, str):
        return text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return _object(value, indent, quoted_keys=quoted_keys)
    if isinstance(value, list | tuple):
        return _list(list(value), indent)
    return str(value)


def _object(value: Mapping[str, Any], indent: str, *, quoted_keys: bool) -> str:
    if not value:
        return "{}"
    deeper = indent + "  "
    items = [
        (_key(k, quoted=quoted_keys), expression(v, deeper, quoted_keys=quoted_keys or k in DATA))
        for k, v in value.items()
    ]
    return "\n".join(("{", *aligned(items, deeper), f"{indent}}}"))


DATA = frozenset({"nodeLabels", "tags", "node_labels", "create_headers", "update_headers"})
"""Fields whose keys are names that somebody chose."""


def _key(key: str, *, quoted: bool) -> str:
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key) is not None
    return key if plain and not quoted else text(key)


def _list(value: list[Any], indent: str) -> str:
    if not any(isinstance(v, dict | list) for v in value):
        return f"[{', '.join(expression(v, indent) for v in value)}]"
    deeper = indent + "  "
    inner = [f"{deeper}{expression(v, deeper)}," for v in value]
    return "\n".join(("[", *inner, f"{indent}]"))
