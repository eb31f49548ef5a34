"""A Dockerfile cut into its instructions, as BuildKit's parser does.

Continued lines are joined, comments and blank lines between them left out, the bodies of heredocs
passed over. Where each part stands in the file is kept.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.splices import Text

_BOM = "\ufeff"
_BLANKS = " \t"
_DIRECTIVE = re.compile(r"#\s*(?P<name>[A-Za-z][A-Za-z0-9]*)\s*=\s*(?P<value>.+?)\s*$")
_DIRECTIVES = frozenset({"syntax", "escape", "check"})
_KEYWORD = re.compile(r"\s*([A-Za-z]+)(?=[\s]|$)")
_HEREDOC = re.compile(
    r"(?<!\S)\d*<<(?P<chomp>-?)[ \t]*(?P<name>\"[^\"\n]+\"|'[^'\n]+'|[^\s<]+)(?!\S)"
)
_WITH_HEREDOCS = frozenset({"RUN", "COPY", "ADD"})


class Span(msgspec.Struct, frozen=True):
    """Characters that stand together in the file, from `offset` on.

    `argument` is the ARG whose default they are a part of, empty for any other place. An offset
    of -1 is that of characters which stand nowhere, since an expansion has made them.
    """

    offset: int
    text: str
    argument: str = ""


class Instruction(msgspec.Struct, frozen=True):
    """An instruction with continuation lines joined; `line` is its first line.

    `spans` are the parts of its text in the file. `keyword` is in capitals; for ONBUILD it is
    that of the instruction which is put off, and `start` is where that begins in the text.
    """

    keyword: str
    line: int
    spans: tuple[Span, ...]
    text: str
    start: int = 0

    @property
    def body(self) -> int:
        """Where in the text the keyword has ended."""
        return self.start + len(self.keyword)

    def located(self, start: int, end: int) -> tuple[Span, ...]:
        """The characters of the text between two indexes, with their places in the file."""
        found = []
        at = 0
        for span in self.spans:
            low, high = max(start - at, 0), min(end - at, len(span.text))
            if low < high:
                found.append(Span(span.offset + low, span.text[low:high]))
            at += len(span.text)
        return tuple(found)


def escape_of(source: Text) -> str:
    """The escape character that the directives at the top choose."""
    for number, line in enumerate(source.lines):
        text = line.removeprefix(_BOM) if number == 0 else line
        found = _DIRECTIVE.match(text.strip())
        if found is None or found["name"].lower() not in _DIRECTIVES:
            break
        if found["name"].lower() == "escape" and found["value"] in ("`", "\\"):
            return found["value"]
    return "\\"


def instructions(source: Text) -> Iterator[Instruction]:
    """The instructions of a Dockerfile, in order."""
    escape = escape_of(source)
    line = 1
    while line <= len(source.lines):
        text = source.lines[line - 1].lstrip()
        if line == 1:
            text = text.removeprefix(_BOM).lstrip()
        if not text or text[0] == "#":
            line += 1
            continue
        spans, after = _join(source, line, escape)
        instruction = _instruction(line, spans)
        yield instruction
        line = after
        if "<<" in instruction.text:
            line = _skip_heredocs(source, instruction, after)


def _join(source: Text, line: int, escape: str) -> tuple[tuple[Span, ...], int]:
    """The parts of an instruction over its lines, and the number of the line after it."""
    spans: list[Span] = []
    while line <= len(source.lines):
        raw = source.lines[line - 1]
        stripped = raw.lstrip()
        if spans and (not stripped or stripped[0] == "#"):
            line += 1
            continue
        offset = source.line_start(line)
        if line == 1 and raw.startswith(_BOM):
            offset, raw = offset + 1, raw[1:]
        body = raw.rstrip("\r")
        continued = continues(body, escape)
        if continued:
            body = body.rstrip(_BLANKS)[: -len(escape)]
        spans.append(Span(offset, body))
        line += 1
        if not continued:
            break
    return tuple(spans), line


def continues(body: str, escape: str) -> bool:
    """Whether a line goes on: it ends in one escape character; two are an escaped one."""
    bare = body.rstrip(_BLANKS)
    return bare.endswith(escape) and not bare.endswith(escape * 2)


def _instruction(line: int, spans: tuple[Span, ...]) -> Instruction:
    text = spans[0].text if len(spans) == 1 else "".join(span.text for span in spans)
    found = _KEYWORD.match(text)
    if found is not None and found[1].upper() == "ONBUILD":
        found = _KEYWORD.match(text, found.end())
        if found is not None and found[1].upper() == "FROM":
            # It is not allowed there, so that it names no image.
            found = None
    if found is None:
        return Instruction("", line, spans, text)
    return Instruction(found[1].upper(), line, spans, text, found.start(1))


def _skip_heredocs(source: Text, instruction: Instruction, line: int) -> int:
    """The first line after the heredocs that an instruction opens."""
    if instruction.keyword not in _WITH_HEREDOCS or _is_exec_form(instruction):
        return line
    for found in _unquoted(_HEREDOC, instruction.text):
        name = found["name"].strip("\"'")
        end = line
        while end <= len(source.lines):
            text = source.lines[end - 1].rstrip("\r")
            if (text.lstrip("\t") if found["chomp"] else text) == name:
                break
            end += 1
        if end > len(source.lines):
            # Without an end it is none: a shift, or a builder that knows no heredocs.
            return line
        line = end + 1
    return line


def _is_exec_form(instruction: Instruction) -> bool:
    rest = instruction.text[instruction.body :].lstrip()
    if not rest.startswith("["):
        return False
    try:
        json.loads(rest)
    except ValueError:
        return False
    return True


def _unquoted(expression: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """What is found in a text and does not begin within quotes."""
    quote, at = "", 0
    for found in expression.finditer(text):
        for char in text[at : found.start()]:
            if char in "\"'" and quote in ("", char):
                quote = "" if quote else char
        at = found.start()
        if not quote:
            yield found
