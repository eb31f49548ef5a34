"""Text on a terminal that can be copied from: words wrap, commands and references never break."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from rich.text import Text

from poolshift.report.hostile import clean

if TYPE_CHECKING:
    from rich.console import Console

_COMMAND = re.compile(r"(?<=: )(?:poolshift|az|kubectl|docker) [^;,]+")
_PROGRAM = re.compile(r"(?:poolshift|az|kubectl|docker) ")


def print_wrapped(
    console: Console, text: str, *, label: str = "", indent: int = 0, style: str = ""
) -> None:
    """A paragraph with a label before it and its further lines below its first.

    A word that is longer than the line stands on a line of its own, whole. A command that a
    colon announces does, too.
    """
    head = " " * indent + (f"{label}  " if label else "")
    rest = " " * len(head)
    lead = head
    for part in parts_of(clean(text)):
        if is_command(part):
            lines = [rest + "  " + part]
        else:
            lines = textwrap.wrap(
                part,
                width=console.width,
                initial_indent=lead,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            )
        lead = rest
        for line in lines:
            console.print(Text(line, style=style), soft_wrap=True)


def is_command(part: str) -> bool:
    """Whether a part of a text is to be typed."""
    return _PROGRAM.match(part) is not None


def parts_of(text: str) -> list[str]:
    """Prose and commands, in order."""
    parts: list[str] = []
    at = 0
    for match in _COMMAND.finditer(text):
        parts += [text[at : match.start()].strip().lstrip(" ;,"), match[0].strip()]
        at = match.end()
    return [p for p in (*parts, text[at:].lstrip(" ;,")) if p]
