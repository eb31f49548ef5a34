"""YAML as nodes with exact positions, by libyaml.

The library's composer is the quickest way to them, and calls itself for every level: a document
that is deep enough ends the process. A text that might be so deep is composed from its events by a
stack instead. An alias is the anchored node itself, so a document full of aliases stays as small as
its text.
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
_SAFE_LEVELS = 5_000
"""Levels that the library's composer takes on the smallest usual stack many times over."""

_TAG = ""
"""Tags are not resolved: a rewrite compares texts."""

if TYPE_CHECKING:

    class Scalar(yaml.ScalarNode):
        """A scalar that was read, which always has its marks and its text."""

        value: str
        start_mark: yaml.Mark  # pyright: ignore[reportIncompatibleVariableOverride]
        end_mark: yaml.Mark  # pyright: ignore[reportIncompatibleVariableOverride]

    class Mapping(yaml.MappingNode):
        """A mapping that was read; `value` holds its pairs in order, doubled keys among them."""

        value: list[tuple[Node, Node]]
        start_mark: yaml.Mark  # pyright: ignore[reportIncompatibleVariableOverride]
        end_mark: yaml.Mark  # pyright: ignore[reportIncompatibleVariableOverride]

    class Sequence(yaml.SequenceNode):
        """A sequence that was read; `value` holds its items."""

        value: list[Node]
        start_mark: yaml.Mark  # pyright: ignore[reportIncompatibleVariableOverride]
        end_mark: yaml.Mark  # pyright: ignore[reportIncompatibleVariableOverride]
else:
    Scalar, Mapping, Sequence = yaml.ScalarNode, yaml.MappingNode, yaml.SequenceNode

Node: TypeAlias = Scalar | Mapping | Sequence


class TooDeepError(ValueError):
    """The document is nested deeper than any manifest."""


class Tree:
    """The documents of a text.

    Attributes:
        roots: the top node of each document.
        has_aliases: whether a node may stand in several places.
    """

    def __init__(self, roots: list[Node], *, has_aliases: bool) -> None:
        self.roots = roots
        self.has_aliases = has_aliases


class _Composer(CParser):
    """The library's composer without its resolving of tags, which would take most of the time."""

    # A text's `format` takes whatever it is called with, and is not interpreted.
    resolve = staticmethod(_TAG.format)
    descend_resolver = staticmethod(_TAG.format)
    ascend_resolver = staticmethod(_TAG.format)


def compose(text: str) -> Tree:
    """The nodes of all documents of a text.

    Raises:
        yaml.YAMLError: it is no YAML, or an alias has no anchor.
        TooDeepError: it may be nested too deep for the library, and is deeper than `MOST_LEVELS`.
    """
    roots = _composed(text) if _deepest(text) <= _SAFE_LEVELS else _stacked(text)
    return Tree(roots, has_aliases="*" in text and "&" in text)


def _deepest(text: str) -> int:
    """Levels that a text cannot exceed.

    A flow level takes a bracket; a block level takes a line or an indicator of its own, and a
    further column, though a sequence may share that of its key.
    """
    if len(text) <= _SAFE_LEVELS:
        return len(text)
    flow = text.count("[") + text.count("{")
    own = text.count("\n") + text.count("\r") + text.count("- ") + text.count("? ") + 1
    if flow + own <= _SAFE_LEVELS:
        return flow + own
    return flow + min(own, 2 * max(map(len, text.splitlines()), default=0))


def _composed(text: str) -> list[Node]:
    composer: Any = _Composer(text)
    roots: list[Node] = []
    while composer.check_node():
        roots.append(composer.get_node())
    return roots


def _stacked(text: str) -> list[Node]:
    following: Callable[[], Any] = CParser(text).get_event
    roots: list[Node] = []
    anchors: dict[str, Node] = {}
    stack: list[tuple[list[Node], Any]] = []
    children = roots
    while (event := following()) is not None:
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            node = _node(event)
            children.append(node)
            if event.anchor is not None:
                anchors[event.anchor] = node
            if not isinstance(event, yaml.ScalarEvent):
                stack.append((children, node))
                children = []
        elif isinstance(event, yaml.CollectionEndEvent):
            above, opened = stack.pop()
            in_pairs = zip(children[::2], children[1::2], strict=True)
            is_mapping = isinstance(event, yaml.MappingEndEvent)
            opened.value = list(in_pairs) if is_mapping else children
            opened.end_mark = event.end_mark
            children = above
        elif isinstance(event, yaml.AliasEvent):
            children.append(_anchored(event, anchors))
        elif isinstance(event, yaml.DocumentEndEvent):
            anchors = {}
        if len(stack) > MOST_LEVELS:
            raise TooDeepError(f"it is nested deeper than {MOST_LEVELS} levels")
    return roots


def _node(event: Any) -> Any:
    if isinstance(event, yaml.ScalarEvent):
        marks: Any = (event.start_mark, event.end_mark)
        return yaml.ScalarNode(_TAG, event.value, marks[0], marks[1], event.style)
    make: Any = yaml.MappingNode if isinstance(event, yaml.MappingStartEvent) else yaml.SequenceNode
    return make(_TAG, [], event.start_mark, event.end_mark, event.flow_style)


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
