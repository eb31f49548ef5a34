"""Dockerfiles read into the instructions that name images, with the place of every character.

Only FROM, ARG and COPY --from matter here; what stands in a heredoc or a comment is no
instruction. Quotes and variables are resolved as the builder does for FROM.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.splices import Text

_BOM = "\ufeff"
_DIRECTIVE = re.compile(r"\ufeff?#\s*(?P<name>[A-Za-z]+)\s*=\s*(?P<value>\S+)\s*$")
_WORD = re.compile(r"\s*(\w+)(?=\s|$)")
_HEREDOC = re.compile(r"<<-?\s*([\"']?)(\w+)\1")
_VARIABLE = re.compile(r"\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?::?(?P<op>[-+])(?P<word>[^{}$]*))?\})")
_MOST_EXPANSIONS = 64
"""Bound on nested defaults, which may name each other in a circle."""


class Piece(msgspec.Struct, frozen=True):
    """A character of a value and the offset in the file where it stands."""

    char: str
    offset: int


Pieces = tuple[Piece, ...]


def plain(pieces: Pieces) -> str:
    """The characters of pieces."""
    return "".join(p.char for p in pieces)


class Instruction(msgspec.Struct, frozen=True):
    """An instruction with continuation lines joined; `line` is its first line."""

    keyword: str
    line: int
    pieces: Pieces

    @property
    def text(self) -> str:
        """The joined text, keyword included."""
        return plain(self.pieces)


def escape_of(source: Text) -> str:
    """The escape character that the directives at the top choose."""
    for line in source.lines:
        found = _DIRECTIVE.match(line.rstrip("\r"))
        if found is None:
            break
        if found["name"].lower() == "escape" and found["value"] in ("`", "\\"):
            return found["value"]
    return "\\"


def instructions(source: Text) -> Iterator[Instruction]:
    """The instructions of a Dockerfile, comments and heredocs left out."""
    escape = escape_of(source)
    line = 1
    while line <= len(source.lines):
        text = source.lines[line - 1].lstrip(_BOM).strip()
        if not text or text.startswith("#"):
            line += 1
            continue
        pieces, after = _join(source, line, escape)
        word = _WORD.match(plain(pieces))
        keyword = word[1].upper() if word else ""
        yield Instruction(keyword, line, pieces)
        line = _skip_heredocs(source, keyword, plain(pieces), after)


def _join(source: Text, line: int, escape: str) -> tuple[Pieces, int]:
    """An instruction's characters over its lines, and the number of the line after it."""
    pieces: list[Piece] = []
    while line <= len(source.lines):
        raw = source.lines[line - 1]
        stripped = raw.strip().lstrip(_BOM)
        if pieces and (not stripped or stripped.startswith("#")):
            line += 1
            continue
        body = raw.rstrip()
        goes_on = body.endswith(escape)
        body = body[: -len(escape)] if goes_on else body
        start = source.line_start(line)
        pieces += [Piece(c, start + i) for i, c in enumerate(body) if c != _BOM]
        line += 1
        if not goes_on:
            break
    return tuple(pieces), line


def _skip_heredocs(source: Text, keyword: str, text: str, line: int) -> int:
    if keyword not in ("RUN", "COPY", "ADD"):
        return line
    for _, word in _HEREDOC.findall(text):
        end = line
        while end <= len(source.lines) and source.lines[end - 1].strip() != word:
            end += 1
        if end > len(source.lines):
            # No end: it was no heredoc but a shift or a redirection.
            return line
        line = end + 1
    return line


class Value(msgspec.Struct, frozen=True):
    """A word with variables filled in.

    `arguments` are the ARGs whose defaults went into it, `open` the names without a default.
    """

    pieces: Pieces
    arguments: frozenset[str] = frozenset()
    open: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The characters."""
        return plain(self.pieces)


def expand(pieces: Pieces, defaults: dict[str, Pieces | None], depth: int = 0) -> Value:
    """Fill in variables from the defaults of ARGs, and take quotes away.

    Each character keeps its place in the file: that of the literal, or that of the default.
    """
    text = plain(pieces)
    result: list[Piece] = []
    used: set[str] = set()
    unset: list[str] = []
    at = 0
    while at < len(text):
        found = _VARIABLE.match(text, at)
        if found is None:
            if text[at] not in "\"'":
                result.append(pieces[at])
            at += 1
            continue
        inner = _fill(found, pieces, defaults, depth)
        if inner is None:
            unset.append(found["bare"] or found["name"])
        else:
            result += inner.pieces
            used |= inner.arguments
            unset += inner.open
        at = found.end()
    return Value(tuple(result), frozenset(used), tuple(unset))


def _fill(
    found: re.Match[str], pieces: Pieces, defaults: dict[str, Pieces | None], depth: int
) -> Value | None:
    """What stands for one variable; None when nothing does."""
    name = found["bare"] or found["name"]
    default = defaults.get(name)
    if found["op"] == "+":
        word = found.span("word") if default is not None else (0, 0)
        return Value(pieces[word[0] : word[1]])
    if default is not None and depth < _MOST_EXPANSIONS:
        inner = expand(default, defaults, depth + 1)
        return Value(inner.pieces, inner.arguments | {name}, inner.open)
    if found["op"] == "-":
        return Value(pieces[found.start("word") : found.end("word")])
    return None


def words(instruction: Instruction) -> list[Pieces]:
    """The words after the keyword; white space inside quotes does not part them."""
    found: list[Pieces] = []
    current: list[Piece] = []
    quote = ""
    for piece in instruction.pieces:
        if piece.char in "\"'" and quote in ("", piece.char):
            quote = "" if quote else piece.char
        if piece.char.isspace() and not quote:
            if current:
                found.append(tuple(current))
            current = []
        else:
            current.append(piece)
    if current:
        found.append(tuple(current))
    return found[1:]
