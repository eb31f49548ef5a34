"""YAML nodes with their place in the text: looked up by key, replaced in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from poolshift.rewrite.splices import Splice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.findings import Collector

_BOM = "\ufeff"


def pairs(node: yaml.Node | None) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """Keys and values of a mapping, those with scalar keys; nothing of another node."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key, value


def all_nodes(root: yaml.Node) -> Iterator[yaml.Node]:
    """A node and all that is in it, each once however often it is named by an alias."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(reversed(node.value))
        elif isinstance(node, yaml.MappingNode):
            waiting.extend(value for _, value in reversed(node.value))


def child(node: yaml.Node | None, *path: str) -> yaml.Node | None:
    """The node under a path of keys; None where a key is absent."""
    for name in path:
        node = next((value for key, value in pairs(node) if key.value == name), None)
        if node is None:
            return None
    return node


def key_of(node: yaml.Node | None, name: str) -> yaml.ScalarNode | None:
    """The key node of a mapping's entry."""
    return next((key for key, _ in pairs(node) if key.value == name), None)


def scalar_of(node: yaml.Node | None, *path: str) -> yaml.ScalarNode | None:
    """The scalar under a path of keys; None where it is absent or no scalar."""
    found = child(node, *path)
    return found if isinstance(found, yaml.ScalarNode) else None


def text_of(node: yaml.Node | None, *path: str) -> str:
    """The text of the scalar under a path, empty where there is none."""
    found = scalar_of(node, *path)
    return str(found.value) if found is not None else ""


def entries(node: yaml.Node | None, *path: str) -> tuple[yaml.Node, ...]:
    """The items of the sequence under a path, empty where there is none."""
    found = child(node, *path)
    return tuple(found.value) if isinstance(found, yaml.SequenceNode) else ()


def span(node: yaml.Node, collector: Collector) -> tuple[int, int]:
    """Where a node stands in the text; the parser does not count a byte order mark."""
    shift = len(_BOM) if collector.source.text.startswith(_BOM) else 0
    return node.start_mark.index + shift, node.end_mark.index + shift


def line_of(node: yaml.Node, collector: Collector) -> int:
    """The line on which a node begins."""
    return collector.source.line_of(span(node, collector)[0])


def replace_scalar(node: yaml.ScalarNode, new: str, collector: Collector) -> None:
    """Put another value in the place of a scalar, its quotes kept.

    A scalar that is folded, escaped or spread over lines is left to a person.
    """
    start, end = span(node, collector)
    raw = collector.source.text[start:end]
    quote = node.style if node.style in ("'", '"') else ""
    if raw != f"{quote}{node.value}{quote}":
        line = line_of(node, collector)
        collector.need(
            line, "escaped", f"{node.value!r} is written over several lines or with escapes", new
        )
        return
    collector.splices.append(Splice(start + len(quote), end - len(quote), new))


def quoted_like(text: str, node: yaml.ScalarNode) -> str:
    """A text with the quotes that another scalar has."""
    quote = node.style if node.style in ("'", '"') else ""
    return f"{quote}{text}{quote}"
