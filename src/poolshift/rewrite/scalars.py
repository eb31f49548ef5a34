"""YAML nodes with their place in the text: looked up by key, replaced in place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.rewrite.splices import Splice
from poolshift.rewrite.yamltree import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.rewrite.findings import Collector

_BOM = "\ufeff"
_MERGE = "<<"
_MOST_MERGES = 20
"""Bound on mappings merged into merged mappings."""
DAEMON_MODES = ("mode", "kind", "type", "deploymentMode")
"""Fields by which custom resources and values say that a DaemonSet comes of them."""
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)+")
"""An anchor and a tag before a scalar."""


def pairs(node: Node | None, depth: int = 0) -> Iterator[tuple[Scalar, Node]]:
    """Keys and values of a mapping, those with scalar keys; nothing of another node.

    What is merged into it (`<<`) comes last, so that the first of a key is the one that holds.
    """
    if not isinstance(node, Mapping):
        return
    merged: list[Node] = []
    for key, value in node.value:
        if isinstance(key, Scalar):
            if key.value == _MERGE and not quote_of(key):
                merged += value.value if isinstance(value, Sequence) else [value]
            else:
                yield key, value
    if depth < _MOST_MERGES:
        for part in merged:
            yield from pairs(part, depth + 1)


def child(node: Node | None, *path: str) -> Node | None:
    """The node under a path of keys; None where a key is absent."""
    for name in path:
        node = _entry(node, name)
        if node is None:
            return None
    return node


def _entry(node: Node | None, name: str) -> Node | None:
    """The value of a key: the mapping's own one, else that of a merged mapping."""
    if not isinstance(node, Mapping):
        return None
    merges = False
    for key, value in node.value:
        if isinstance(key, Scalar):
            if key.value == name:
                return value
            merges |= key.value == _MERGE
    return next((v for k, v in pairs(node) if k.value == name), None) if merges else None


def key_of(node: Node | None, name: str) -> Scalar | None:
    """The key node of a mapping's entry."""
    return next((key for key, _ in pairs(node) if key.value == name), None)


def scalar_of(node: Node | None, *path: str) -> Scalar | None:
    """The scalar under a path of keys; None where it is absent or no scalar."""
    found = child(node, *path)
    return found if isinstance(found, Scalar) else None


def text_of(node: Node | None, *path: str) -> str:
    """The text of the scalar under a path, empty where there is none."""
    found = scalar_of(node, *path)
    return str(found.value) if found is not None else ""


def is_object(node: Node | None) -> bool:
    """Whether a node is a whole Kubernetes object, wherever it stands."""
    has_body = isinstance(child(node, "spec"), Mapping) or child(node, "template") is not None
    return has_body and bool(text_of(node, "apiVersion") and text_of(node, "kind"))


def entries(node: Node | None, *path: str) -> tuple[Node, ...]:
    """The items of the sequence under a path, or of the node itself; empty where there is none."""
    found = child(node, *path) if path else node
    return tuple(found.value) if isinstance(found, Sequence) else ()


def twice(node: Node | None) -> Scalar | None:
    """The first key that a mapping itself holds for the second time."""
    if not isinstance(node, Mapping):
        return None
    keys = [key for key, _ in node.value if isinstance(key, Scalar)]
    if len({key.value for key in keys}) == len(keys):
        return None
    return next(k for n, k in enumerate(keys) if k.value in [e.value for e in keys[:n]])


def span(node: Node, collector: Collector) -> tuple[int, int]:
    """Where a node stands in the text; the parser does not count a byte order mark."""
    shift = collector.offset
    return node.start_mark.index + shift, node.end_mark.index + shift


def line_of(node: Node, collector: Collector) -> int:
    """The line on which a node begins."""
    return collector.source.line_of(span(node, collector)[0])


def replace_scalar(node: Scalar, new: str, collector: Collector) -> None:
    """Put another value in the place of a scalar; its quotes, anchor and tag stay.

    A scalar that is folded, escaped or spread over lines is left to a person.
    """
    replace_part(node, "", new, collector)


def replace_part(node: Scalar, kept: str, new: str, collector: Collector) -> None:
    """The same for what follows the first part of a value, which stays."""
    start, end = span(node, collector)
    quote = quote_of(node)
    raw = collector.source.text[start:end]
    properties = _PROPERTIES.match(raw)
    lead = properties.end() if properties else 0
    if raw[lead:] != f"{quote}{node.value}{quote}":
        line = line_of(node, collector)
        reason = f"{node.value!r} is written over several lines or with escapes"
        collector.need(line, "escaped", reason, kept + new)
        return
    begin = start + lead + len(quote) + len(kept)
    collector.splices.append(Splice(begin, end - len(quote), new))


def quote_of(node: Scalar) -> str:
    """The quotes that a scalar is written with, empty where there are none."""
    return node.style if node.style in ("'", '"') else ""


def quoted_like(text: str, node: Scalar) -> str:
    """A text with the quotes that another scalar has."""
    quote = quote_of(node)
    return f"{quote}{text}{quote}"
