"""Blocks, attributes and objects of HCL with the place of each in the text.

Expressions are kept as text: only whole strings and objects among them are looked into.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from poolshift.rewrite.terraform.scan import HclError, after_blank, after_expression, after_string

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 60
_NAME = re.compile(r"[^\W\d][\w-]*")
_OBJECT = re.compile(r"(?:jsonencode\s*\(\s*)?\{")
_PLAIN = re.compile(r'"((?:[^"\\$%]|\$(?!\{)|%(?!\{))*)"')


class Span(msgspec.Struct, frozen=True):
    """A piece of the text."""

    start: int
    end: int
    text: str

    @property
    def literal(self) -> str | None:
        """The value of a string that is written out; None of any other expression."""
        found = _PLAIN.fullmatch(self.text)
        return found[1] if found else None


class Attribute(msgspec.Struct, frozen=True):
    """`name = value`, in a block or an object."""

    name: str
    start: int
    value: Span


class Block(msgspec.Struct, frozen=True):
    """A block: `kind label label { … }`; `start` to `end` holds all of it."""

    kind: str
    labels: tuple[Span, ...]
    start: int
    end: int
    attributes: tuple[Attribute, ...]
    blocks: tuple[Block, ...]

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of a name."""
        return next((a for a in self.attributes if a.name == name), None)

    def value(self, name: str) -> Span | None:
        """The value of the attribute of a name."""
        found = self.attribute(name)
        return found.value if found else None

    def label(self, index: int) -> str:
        """A label without its quotes; empty where there is none."""
        return self.labels[index].text.strip('"') if index < len(self.labels) else ""

    def all_blocks(self) -> Iterator[Block]:
        """The blocks inside, at every depth."""
        for block in self.blocks:
            yield block
            yield from block.all_blocks()


def parse(text: str) -> Block:
    """The whole file as a block without kind and labels.

    Raises:
        HclError: the text is no HCL.
    """
    return _body(text, 0, "", (), 0, 0)


def _body(
    text: str, start: int, kind: str, labels: tuple[Span, ...], inside: int, depth: int
) -> Block:
    """A block whose inside begins at `inside`; the file where `depth` is 0."""
    if depth > _DEEPEST:
        raise HclError("it is nested too deeply", start)
    attributes: list[Attribute] = []
    blocks: list[Block] = []
    at = after_blank(text, inside)
    while at < len(text) and text[at] != "}":
        name = _NAME.match(text, at)
        if name is None:
            raise HclError(f"{text[at]!r} begins neither an attribute nor a block", at)
        after = after_blank(text, name.end(), lines=False)
        if text.startswith("=", after) and not text.startswith("==", after):
            value = _value(text, after + 1, "")
            attributes.append(Attribute(name[0], at, value))
            end = value.end
        else:
            own, opening = _labels(text, after)
            block = _body(text, at, name[0], own, opening, depth + 1)
            blocks.append(block)
            end = block.end
        at = after_blank(text, end)
    if (at < len(text)) != (depth > 0):
        raise HclError("'}' is missing" if depth else "'}' closes nothing", at)
    end = at + 1 if depth else at
    return Block(kind, labels, start, end, tuple(attributes), tuple(blocks))


def _labels(text: str, at: int) -> tuple[tuple[Span, ...], int]:
    """The labels of a block, and where its inside begins."""
    labels: list[Span] = []
    while at < len(text) and text[at] != "{":
        name = _NAME.match(text, at)
        if text[at] == '"':
            end = after_string(text, at)
        elif name is not None:
            end = name.end()
        else:
            raise HclError(f"{text[at]!r} stands where a block should begin", at)
        labels.append(Span(at, end, text[at:end]))
        at = after_blank(text, end, lines=False)
    if at >= len(text):
        raise HclError("a block does not begin", at)
    return tuple(labels), at + 1


def _value(text: str, at: int, stops: str) -> Span:
    start = after_blank(text, at, lines=False)
    end = after_expression(text, start, stops=stops)
    trimmed = text[start:end].rstrip(" \t\r")
    if not trimmed:
        raise HclError("a value is missing", start)
    return Span(start, start + len(trimmed), trimmed)


def object_items(text: str, value: Span) -> tuple[Attribute, ...] | None:
    """The items of an object that is written out, or handed to `jsonencode`; None of another value.

    Raises:
        HclError: it begins as an object and is none.
    """
    opening = _OBJECT.match(value.text)
    if opening is None or value.text.count("{") == 0:
        return None
    items: list[Attribute] = []
    at = after_blank(text, value.start + opening.end())
    if re.match(r"for\b", text[at : at + 4]):
        return None
    while at < value.end and text[at] != "}":
        start, end = _key(text, at)
        after = after_blank(text, end, lines=False)
        if after >= len(text) or text[after] not in "=:":
            raise HclError("a key without a value", at)
        item = _value(text, after + 1, ",")
        items.append(Attribute(text[start:end].strip().strip('"'), at, item))
        at = after_blank(text, item.end)
        if text.startswith(",", at):
            at = after_blank(text, at + 1)
    return tuple(items)


def _key(text: str, at: int) -> tuple[int, int]:
    """Where a key stands: a word, a string, or an expression in brackets."""
    if text[at] == '"':
        return at, after_string(text, at)
    name = _NAME.match(text, at)
    if name is not None:
        return at, name.end()
    end = after_expression(text, at, stops="=:")
    if end <= at:
        raise HclError(f"{text[at]!r} begins no key", at)
    return at, end
