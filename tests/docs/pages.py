"""What the documentation tests read: pages, fenced blocks, links, commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from poolshift.cli.main import cli

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    language: str
    text: str


def pages() -> tuple[Path, ...]:
    """Every Markdown page of the repository's documentation."""
    return (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))


def blocks(text: str, language: str) -> list[str]:
    return [m[2] for m in _FENCE.finditer(text) if m[1] == language]


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    start = text.index(f"\n{heading}\n") + len(heading) + 2
    after = re.compile(rf"^#{{1,{level}}} ", re.MULTILINE).search(_without_fences(text), start)
    return text[start : after.start() if after else len(text)]


def _without_fences(text: str) -> str:
    """The same length, with fenced blocks blanked: a comment in a script is no heading."""
    return _FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def links(text: str) -> list[str]:
    return _LINK.findall(_without_fences(text))


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found = set()
    for heading in _HEADING.findall(_without_fences(text)):
        plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-"))
    return found


def commands(
    command: click.Command = cli, path: tuple[str, ...] = ("poolshift",)
) -> Iterator[tuple[str, click.Command]]:
    """Every visible command that is no group, with its full name."""
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    context = click.Context(command, info_name=path[-1])
    for name in command.list_commands(context):
        child = command.get_command(context, name)
        if child is not None and not child.hidden:
            yield from commands(child, (*path, name))


def invocations(text: str) -> list[list[str]]:
    """Words of every `poolshift …` in fenced blocks and in code within a line."""
    fenced = "\n".join(m[2] for m in _FENCE.finditer(text)).replace("\\\n", " ")
    inline = _INLINE.findall(_without_fences(text))
    candidates = [line.strip().removeprefix("$ ") for line in fenced.splitlines()]
    candidates += [" ".join(code.split()) for code in inline]
    found = []
    for candidate in candidates:
        if candidate.startswith("poolshift ") and "…" not in candidate:
            found.append(shlex.split(candidate.partition(" >")[0], comments=True))
    return found


def options(command: click.Command) -> Iterator[click.Option]:
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            yield parameter
