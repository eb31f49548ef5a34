"""Values of a plan as text of a shell. Names come from a cluster and are hostile input."""

from __future__ import annotations

import re

from poolshift.report.hostile import flat

_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]"
)
"""Characters that a reader cannot see, or that make the line read otherwise than it runs."""


def shell(value: str) -> str:
    """One word of bash: quoted, on one line, and with every hidden character visible."""
    if not _HIDDEN.search(value):
        return "'" + value.replace("'", "'\\''") + "'"
    return "$'" + "".join(_ansi(c) for c in value) + "'"


def _ansi(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    if not _HIDDEN.match(character):
        return character
    # Bytes, not code points: bash 3.2 knows no \u.
    return "".join(f"\\x{byte:02x}" for byte in character.encode())


def comment(text: str) -> str:
    """Text for one line of comment: no line break, nothing that steers a terminal."""
    return flat(text)
