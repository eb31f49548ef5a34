"""Declarations of Bicep and the objects in them, with the place of each in the text.

Values are nodes as of JSON: objects, arrays, strings that are written out; anything else is an
expression, kept as text.
"""

from __future__ import annotations

import re

import msgspec

from poolshift.rewrite.arm.bicep_scan import (
    BicepError,
    after_blank,
    after_expression,
    after_string,
    line_end,
)
from poolshift.rewrite.jsonc import JsonNode

_DEEPEST = 60
_NAME = re.compile(r"[^\W\d]\w*")
_RESOURCE = re.compile(
    r"resource\s+(?P<symbol>\w+)\s+'(?P<type>[^'\n]*)'\s*(?P<there>existing\s*)?="
)
_OTHER = re.compile(
    r"(?P<kind>module|param|var)\s+(?P<symbol>\w+)(?P<between>[^=\n]*)=(?!=)", re.MULTILINE
)
_PLAIN = re.compile(r"'((?:[^'\\$\n]|\$(?!\{))*)'")


_NO_POOL = re.compile(
    r"@|#|[?:&|+.=]|(?:output|type|func|import|targetScope|metadata|assert|provider|extension|using"
    r"|extends)\b"
)
"""What else a statement may begin with; an operator goes on with the one before."""


class Declaration(msgspec.Struct, frozen=True):
    """A resource, module, parameter or variable.

    Attributes:
        kind: which of these.
        symbol: its name in the file.
        symbol_at: where that stands.
        start: where the declaration begins.
        end: where its value ends.
        value: its value; an expression where it is made by a loop.
        type: of a resource, with the api-version.
        there: whether it is declared elsewhere (`existing`).
        loop: whether a loop makes several of it.
        condition: whether it is made on a condition.
        parent: the resource that it stands in.
    """

    kind: str
    symbol: str
    symbol_at: int
    start: int
    end: int
    value: JsonNode
    type: str = ""
    there: bool = False
    loop: bool = False
    condition: bool = False
    parent: Declaration | None = None


def parse(text: str) -> list[Declaration]:
    """The declarations of a file, nested resources after those that hold them.

    Raises:
        BicepError: the text is no Bicep.
    """
    found: list[Declaration] = []
    at = after_blank(text, 0)
    while at < len(text):
        at = after_blank(text, _declaration(text, at, None, found, 0))
    return found


def _declaration(
    text: str, at: int, parent: Declaration | None, found: list[Declaration], depth: int
) -> int:
    """Take one statement; the offset after it."""
    resource = _RESOURCE.match(text, at)
    if resource is not None:
        return _resource(text, resource, parent, found, depth)
    other = _OTHER.match(text, at)
    if other is None:
        # Decorators, outputs, types: nothing in them declares a pool.
        if _NO_POOL.match(text, at) is None:
            raise BicepError(f"{text[at]!r} begins no declaration", at)
        end = after_expression(text, at)
        if end == at or (end < len(text) and text[end] in ")]}"):
            raise BicepError(f"{text[end : end + 1]!r} closes nothing", end)
        return end
    start = after_blank(text, other.end())
    end = after_expression(text, start)
    index = len(found)
    node = _node(text, start, end, None, found, depth)
    found.insert(
        index,
        Declaration(other["kind"], other["symbol"], other.start("symbol"), at, node.end, node),
    )
    return end


def _resource(
    text: str,
    match: re.Match[str],
    parent: Declaration | None,
    found: list[Declaration],
    depth: int,
) -> int:
    if depth > _DEEPEST:
        raise BicepError("it is nested too deeply", match.start())
    at = after_blank(text, match.end())
    end = after_expression(text, at)
    condition = re.compile(r"if\s*\(").match(text, at)
    if condition is not None:
        closing = after_expression(text, condition.end(), lines=True)
        at = after_blank(text, closing + 1)
        end = after_expression(text, at)
    loop = text.startswith("[", at)
    blank = JsonNode("atom", at, end, text[at:end].rstrip())
    here = Declaration(
        kind="resource",
        symbol=match["symbol"],
        symbol_at=match.start("symbol"),
        start=match.start(),
        end=end,
        value=blank,
        type=match["type"],
        there=match["there"] is not None,
        loop=loop,
        condition=condition is not None,
        parent=parent,
    )
    index = len(found)
    node = blank if loop else _node(text, at, end, here, found, depth + 1)
    found.insert(index, msgspec.structs.replace(here, value=node, end=node.end))
    return end


def _node(
    text: str,
    start: int,
    end: int,
    holder: Declaration | None,
    found: list[Declaration],
    depth: int,
) -> JsonNode:
    """The value between two offsets."""
    if depth > _DEEPEST:
        raise BicepError("it is nested too deeply", start)
    trimmed = text[start:end].rstrip()
    stop = start + len(trimmed)
    plain = _PLAIN.fullmatch(trimmed)
    if plain is not None:
        return JsonNode("string", start, stop, plain[1])
    whole = trimmed[:1] in ("{", "[") and after_expression(text, start + 1, lines=True) == stop - 1
    if whole and trimmed.startswith("{"):
        return _object(text, start, stop, holder, found, depth)
    if whole and not re.match(r"\[\s*for\b", trimmed):
        return _array(text, start, stop, found, depth)
    return JsonNode("atom", start, stop, trimmed)


def _object(
    text: str,
    start: int,
    end: int,
    holder: Declaration | None,
    found: list[Declaration],
    depth: int,
) -> JsonNode:
    members: list[tuple[JsonNode, JsonNode]] = []
    at = after_blank(text, start + 1)
    if re.match(r"for\b", text[at : at + 4]):
        return JsonNode("atom", start, end, text[start:end])
    while at < end - 1:
        if text.startswith("@", at):
            at = line_end(text, after_expression(text, at))
        elif text.startswith("...", at):
            at = after_expression(text, at + 3, stops=",")
        elif holder is not None and _RESOURCE.match(text, at):
            at = _declaration(text, at, holder, found, depth)
        else:
            key = _key(text, at)
            colon = after_blank(text, key.end, lines=False)
            if not text.startswith(":", colon):
                raise BicepError("':' is missing", colon)
            value_at = after_blank(text, colon + 1, lines=False)
            value_end = after_expression(text, value_at, stops=",")
            value = _node(text, value_at, value_end, None, found, depth + 1)
            members.append((key, value))
            at = value_end
        at = after_blank(text, at)
        if text.startswith(",", at):
            at = after_blank(text, at + 1)
    return JsonNode("object", start, end, members=tuple(members))


def _key(text: str, at: int) -> JsonNode:
    if text.startswith("'", at):
        end = after_string(text, at)
        return JsonNode("string", at, end, text[at + 1 : end - 1])
    name = _NAME.match(text, at)
    if name is None:
        raise BicepError(f"{text[at : at + 1]!r} begins no key", at)
    return JsonNode("string", at, name.end(), name[0])


def _array(text: str, start: int, end: int, found: list[Declaration], depth: int) -> JsonNode:
    items: list[JsonNode] = []
    at = after_blank(text, start + 1)
    while at < end - 1:
        item_end = after_expression(text, at, stops=",")
        if item_end == at:
            raise BicepError("an item is missing", at)
        items.append(_node(text, at, item_end, None, found, depth + 1))
        at = after_blank(text, item_end)
        if text.startswith(",", at):
            at = after_blank(text, at + 1)
    return JsonNode("array", start, end, items=tuple(items))
