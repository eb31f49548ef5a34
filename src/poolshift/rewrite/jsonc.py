"""JSON with comments and trailing commas, as a tree with the place of each value in the text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 120
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
"""ARM takes strings that go over lines."""
_ATOM = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_BLANK = re.compile(r"(?:[ \t\r\n\ufeff]|//[^\n]*|/\*.*?\*/)*", re.DOTALL)


class JsonError(ValueError):
    """The text is no JSON; `offset` is where it stops to be."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.offset = offset


class JsonNode(msgspec.Struct, frozen=True):
    """A value. `kind` is object, array, string or atom; `text` the string or atom itself.

    `members` are keys with values, of an object; `items` the elements of an array.
    """

    kind: str
    start: int
    end: int
    text: str = ""
    members: tuple[tuple[JsonNode, JsonNode], ...] = ()
    items: tuple[JsonNode, ...] = ()

    def member(self, name: str) -> tuple[JsonNode, JsonNode] | None:
        """Key and value of a member, found without case as ARM does."""
        wanted = name.lower()
        return next((m for m in self.members if m[0].text.lower() == wanted), None)

    def get(self, name: str) -> JsonNode | None:
        """The value of a member; None where there is none."""
        found = self.member(name)
        return found[1] if found else None

    @property
    def string(self) -> str | None:
        """The value of a string; None of another kind."""
        return self.text if self.kind == "string" else None


def parse(text: str) -> JsonNode:
    """The value that a text is.

    Raises:
        JsonError: it is none.
    """
    node = _value(text, after_blank(text, 0), 0)
    at = after_blank(text, node.end)
    if at < len(text):
        raise JsonError("something follows the end", at)
    return node


def strings(node: JsonNode, key: str = "") -> Iterator[tuple[str, JsonNode]]:
    """Every string with the nearest key above it."""
    if node.kind == "string":
        yield key, node
    for name, value in node.members:
        yield from strings(value, name.text)
    for item in node.items:
        yield from strings(item, key)


def after_blank(text: str, at: int) -> int:
    """The offset after blanks and comments."""
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int, depth: int) -> JsonNode:
    if depth > _DEEPEST:
        raise JsonError("it is nested too deeply", at)
    if text.startswith("{", at):
        return _object(text, at, depth)
    if text.startswith("[", at):
        return _array(text, at, depth)
    if text.startswith('"', at):
        return _string(text, at)
    atom = _ATOM.match(text, at)
    if atom is None:
        raise JsonError("a value is missing", at)
    return JsonNode("atom", at, atom.end(), atom[0])


def _string(text: str, at: int) -> JsonNode:
    found = _STRING.match(text, at)
    if found is None:
        raise JsonError("a string is missing or does not end", at)
    try:
        value = json.loads(found[0], strict=False)
    except ValueError as error:
        raise JsonError("a string has a wrong escape", at) from error
    return JsonNode("string", at, found.end(), str(value))


def _object(text: str, start: int, depth: int) -> JsonNode:
    members: list[tuple[JsonNode, JsonNode]] = []
    at = after_blank(text, start + 1)
    while not text.startswith("}", at):
        key = _string(text, at)
        at = after_blank(text, key.end)
        if not text.startswith(":", at):
            raise JsonError("':' is missing", at)
        value = _value(text, after_blank(text, at + 1), depth + 1)
        members.append((key, value))
        at = _after_item(text, value.end, "}")
    return JsonNode("object", start, at + 1, members=tuple(members))


def _array(text: str, start: int, depth: int) -> JsonNode:
    items: list[JsonNode] = []
    at = after_blank(text, start + 1)
    while not text.startswith("]", at):
        items.append(_value(text, at, depth + 1))
        at = _after_item(text, items[-1].end, "]")
    return JsonNode("array", start, at + 1, items=tuple(items))


def _after_item(text: str, at: int, closing: str) -> int:
    """The offset of the next item or of the closing bracket."""
    at = after_blank(text, at)
    if text.startswith(",", at):
        return after_blank(text, at + 1)
    if not text.startswith(closing, at):
        raise JsonError(f"',' or {closing!r} is missing", at)
    return at
