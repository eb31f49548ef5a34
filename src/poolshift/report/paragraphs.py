"""Text on a terminal that can be copied from: words wrap, commands and references never break."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from rich.text import Text

from poolshift.report.hostile import clean

if TYPE_CHECKING:
    from rich.console import Console

_QUOTED = r"""(?<=[ =])(?:'[^']*'|"[^"]*")(?![^ ;,.)])"""
"""An argument in quotes: what stands in it ends no command."""
_PROGRAM = rf"(?:poolshift|az|kubectl|docker) (?:{_QUOTED}|[^;,])+"
_LEADING = re.compile(_PROGRAM)
_COMMAND = re.compile(rf"(?<=: ){_PROGRAM}")
_SHORT = 3
"""A text that begins with a program's name and has no option is a command up to so many words."""


def print_wrapped(
    console: Console, text: str, *, label: str = "", indent: int = 0, style: str = ""
) -> None:
    """A paragraph with a label before it and its further lines below its first.

    A word that is longer than the line stands on a line of its own, whole. A command that a
    colon announces does, too.
    """
    head = " " * indent + (f"{label}  " if label else "")
    rest = " " * len(head)
    lead, first = head, True
    for command, part in parts_of(clean(text)):
        if command:
            # Alone with its label it stays beside it.
            lines = [(head if label and first else rest + "  ") + part]
        else:
            lines = textwrap.wrap(
                part,
                width=console.width,
                initial_indent=lead,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            )
        lead, first = rest, False
        for line in lines:
            console.print(Text(line, style=style), soft_wrap=True)


def parts_of(text: str) -> list[tuple[bool, str]]:
    """Prose and commands in order, each with whether it is a command."""
    parts: list[tuple[bool, str]] = []
    at = 0
    leading = _LEADING.match(text)
    if leading is not None and _is_command(leading[0]):
        parts.append((True, leading[0].strip()))
        at = leading.end()
    for match in _COMMAND.finditer(text, at):
        parts += [(False, text[at : match.start()].strip(" ;,\n")), (True, match[0].strip())]
        at = match.end()
    parts.append((False, text[at:].lstrip(" ;,")))
    return [(command, part) for command, part in parts if part]


def _is_command(beginning: str) -> bool:
    """Whether a text that begins with a program's name runs it, rather than speaks of it."""
    return " -" in beginning or len(beginning.split()) <= _SHORT
