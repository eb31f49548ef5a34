"""YAML as nodes with exact positions, from libyaml's events.

The library's own composer calls itself for every level and ends the process on a deep document;
this one keeps a stack. An alias is the anchored node itself, so a document full of aliases stays
as small as its text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import yaml
from yaml._yaml import CParser
from yaml.composer import ComposerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MOST_LEVELS = 200
"""No manifest is nested deeper; what reads the nodes may call itself this often."""

_TAG = "tag:yaml.org,2002:str"
"""Tags are not resolved: a rewrite compares texts."""


class TooDeepError(ValueError):
    """The document is nested deeper than any manifest."""


if TYPE_CHECKING:

    class Scalar(yaml.ScalarEvent):
        """A scalar as the parser gives it, which always has its marks."""

        value: str
        start_mark: yaml.Mark  # pyright: ignore[reportIncompatibleVariableOverride]
        end_mark: yaml.Mark  # pyright: ignore[reportIncompatibleVariableOverride]
else:
    # The parser's own event is the node: most nodes are scalars, and cost nothing more.
    Scalar = yaml.ScalarEvent


class Mapping:
    """A mapping; `value` holds its pairs in order, keys that stand twice among them."""

    __slots__ = ("end_mark", "flow_style", "start_mark", "value")

    def __init__(self, start: Any) -> None:
        self.start_mark: yaml.Mark = start.start_mark
        self.end_mark: yaml.Mark = start.end_mark
        self.flow_style = bool(start.flow_style)
        self.value: list[tuple[Node, Node]] = []


class Sequence:
    """A sequence; `value` holds its items."""

    __slots__ = ("end_mark", "flow_style", "start_mark", "value")

    def __init__(self, start: Any) -> None:
        self.start_mark: yaml.Mark = start.start_mark
        self.end_mark: yaml.Mark = start.end_mark
        self.flow_style = bool(start.flow_style)
        self.value: list[Node] = []


Node: TypeAlias = Scalar | Mapping | Sequence


class Tree:
    """The documents of a text.

    Attributes:
        roots: the top node of each document.
        has_aliases: whether any node stands in several places.
    """

    def __init__(self, roots: list[Node], *, has_aliases: bool) -> None:
        self.roots = roots
        self.has_aliases = has_aliases


def compose(text: str) -> Tree:
    """The nodes of all documents of a text.

    Raises:
        yaml.YAMLError: it is no YAML, or an alias has no anchor.
        TooDeepError: it is nested deeper than `MOST_LEVELS`.
    """
    # Events are told apart by their type below, once each; a typed look-up costs too much here.
    following: Callable[[], Any] = CParser(text).get_event
    roots: list[Node] = []
    anchors: dict[str, Node] = {}
    stack: list[tuple[list[Node], Any]] = []
    children = roots
    has_aliases = False
    while (event := following()) is not None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            children.append(event)
            if event.anchor is not None:
                anchors[event.anchor] = event
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            node = Mapping(event) if kind is yaml.MappingStartEvent else Sequence(event)
            if event.anchor is not None:
                anchors[event.anchor] = node
            children.append(node)
            stack.append((children, node))
            if len(stack) > MOST_LEVELS:
                raise TooDeepError(f"it is nested deeper than {MOST_LEVELS} levels")
            children = []
        elif kind is yaml.MappingEndEvent:
            above, node = stack.pop()
            node.value = list(zip(children[::2], children[1::2], strict=True))
            node.end_mark = event.end_mark
            children = above
        elif kind is yaml.SequenceEndEvent:
            above, node = stack.pop()
            node.value = children
            node.end_mark = event.end_mark
            children = above
        elif kind is yaml.AliasEvent:
            has_aliases = True
            children.append(_anchored(event, anchors))
        elif kind is yaml.DocumentEndEvent:
            anchors = {}
    return Tree(roots, has_aliases=has_aliases)


def _anchored(alias: Any, anchors: dict[str, Node]) -> Node:
    try:
        return anchors[alias.anchor]
    except KeyError:
        raise ComposerError(None, None, "an alias without its anchor", alias.start_mark) from None


def every_node(roots: Iterable[Node]) -> Iterator[Node]:
    """Every node once, however many places it has."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, Mapping):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, Sequence):
            waiting += node.value
