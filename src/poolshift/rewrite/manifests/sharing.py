"""Anchors: a node that stands in several places may change only where all of them must."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.manifests.template import affinity_terms
from poolshift.rewrite.scalars import child, pairs
from poolshift.rewrite.yamltree import Mapping, Scalar, Sequence
from poolshift.semantics.pins import OS_KEYS, VERSION_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.rewrite.manifests.template import Template
    from poolshift.rewrite.yamltree import Node, Tree

_PLACE = frozenset({"nodeSelector", "tolerations", "affinity"})
_CONTAINER = frozenset({"image"})


def fixed_nodes(
    tree: Tree, changing: Iterable[Template], others: Iterable[Template]
) -> frozenset[int]:
    """The ids of all nodes that are reached otherwise than as an editable part of a template.

    Args:
        tree: the whole file.
        changing: the templates whose parts may be edited.
        others: those whose parts must stay.
    """
    if not tree.has_aliases:
        return frozenset()
    doors: dict[int, frozenset[str]] = {}
    for template in changing:
        doors |= dict.fromkeys(map(id, template.containers), _CONTAINER) | {
            id(template.place): _PLACE
        }
    for template in others:
        for part in (template.place, *template.containers):
            doors.pop(id(part), None)
    return frozenset(_reached(tree.roots, doors))


def _reached(roots: list[Node], doors: dict[int, frozenset[str]]) -> set[int]:
    """What is reached from the roots without going through a door."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            waiting += node.value
        elif isinstance(node, Mapping):
            closed = doors.get(id(node), frozenset())
            for key, value in node.value:
                if not (isinstance(key, Scalar) and key.value in closed):
                    waiting += (key, value)
    return seen


def editable_nodes(template: Template) -> Iterator[Node]:
    """The nodes of a template that an edit would touch.

    Among them what a selector has by an alias or merged into it: that stands somewhere else.
    """
    for name in ("nodeSelector", "tolerations"):
        node = child(template.place, name)
        if node is not None:
            yield node
    for key, value in pairs(child(template.place, "nodeSelector")):
        if key.value in VERSION_KEYS:
            yield value
        elif key.value in OS_KEYS:
            yield key  # a line is added below it, wherever it stands
    for term in affinity_terms(template.place):
        yield term.node
        if term.key in VERSION_KEYS:
            yield from term.values
    yield from template.images()
