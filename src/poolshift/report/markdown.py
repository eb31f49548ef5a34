"""Names and prose as Markdown: no markup, no HTML, no link, nobody mentioned.

For GitHub's dialect and Azure DevOps' alike. Names stand as code; prose, which may hold names, is
escaped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.report.hostile import clean, flat

if TYPE_CHECKING:
    from collections.abc import Iterable

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$&])")
_LEADING = re.compile(r"^(\d*)([-+=:.)])")
_AUTOMATIC = re.compile(r"@|://|www\.", re.IGNORECASE)


def prose(text: str) -> str:
    """Words that show as they are, on one line.

    A comment that shows as nothing keeps an address from becoming a link and a name from being
    notified; a backslash would not.
    """
    escaped = _SPECIAL.sub(r"\\\1", flat(text))
    escaped = _AUTOMATIC.sub(lambda m: f"{m[0][0]}<!-- -->{m[0][1:]}", escaped)
    # At the beginning of a paragraph these would make a list, a heading or a table.
    return _LEADING.sub(lambda m: f"{m[1]}\\{m[2]}", escaped)


def code(text: str, *, cell: bool = False) -> str:
    """A name as code.

    Dialects differ on how a bar in code within a cell is escaped where a backslash stands before
    it; such a name is written as HTML.
    """
    shown = flat(text)
    if cell and "|" in shown:
        return f"<code>{prose(shown)}</code>".replace("\\|", "&#124;")
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    gap = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{gap}{shown}{gap}{fence}"


def block(*commands: str, indent: str = "") -> str:
    """Commands as a block; nothing in them steers whoever reads it."""
    return fenced((clean(line) for c in commands for line in c.split("\n")), "sh", indent=indent)


def fenced(lines: Iterable[str], language: str, *, indent: str = "") -> str:
    """Lines as they are between fences that none of them holds."""
    shown = list(lines)
    runs = re.findall(r"`+", "\n".join(shown))
    fence = "`" * max(3, max(map(len, runs), default=0) + 1)
    whole = (f"{fence}{language}", *shown, fence)
    return "\n".join(f"{indent}{line}" if line else "" for line in whole)
