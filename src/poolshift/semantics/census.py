"""How many placed pods a selector finds in each topology domain, counted as pods come and go.

A `Clause` says which pods (namespaces and labels), a `Matcher` asks for all of its clauses, and a
`Tally` counts a matcher's pods by the value of one node label. A matcher is counted once from the
pods that are there when it is first asked for, and by each change from then on, so asking costs no
scan. Pods whose namespace no matcher names, and worlds without matchers, pay one look-up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.kube import LabelSelector, Meta, Requirement
from poolshift.semantics.selectors import matches

if TYPE_CHECKING:
    from poolshift.core.kube import Node, PodAffinityTerm

NamespaceLabels = Callable[[str], Mapping[str, str]]
_ANY = ""


class Clause(msgspec.Struct, frozen=True):
    """Pods of some namespaces that a selector finds; `chosen` picks namespaces by their labels."""

    namespaces: tuple[str, ...]
    selector: bytes
    chosen: bytes = b""

    def holds(self, meta: Meta, labels_of: NamespaceLabels) -> bool:
        """Whether a pod is one of them."""
        if meta.namespace not in self.namespaces and not (
            self.chosen and matches(_decoded(self.chosen), labels_of(meta.namespace))
        ):
            return False
        return matches(_decoded(self.selector), meta.labels)


_SELECTORS: dict[bytes, LabelSelector | None] = {}
_MOST_SELECTORS = 20_000


def _decoded(text: bytes) -> LabelSelector | None:
    """The selector of an encoded one; the few that are in use are kept decoded."""
    if text not in _SELECTORS:
        if len(_SELECTORS) >= _MOST_SELECTORS:
            _SELECTORS.clear()
        _SELECTORS[text] = msgspec.json.decode(text, type=LabelSelector | None)
    return _SELECTORS[text]


def encoded(selector: LabelSelector | None) -> bytes:
    """A selector as a key; None, which finds nothing, is no empty selector."""
    return msgspec.json.encode(selector, order="sorted")


def clause_of(term: PodAffinityTerm, meta: Meta) -> Clause:
    """What a term of a pod selects: the pod's own namespace when it names none."""
    chosen = encoded(term.namespace_selector) if term.namespace_selector is not None else b""
    named = tuple(sorted(term.namespaces)) or (() if chosen else (meta.namespace,))
    selector = narrowed(term.label_selector, meta, term.match_label_keys)
    return Clause(
        named, encoded(narrowed(selector, meta, term.mismatch_label_keys, "NotIn")), chosen
    )


def narrowed(
    selector: LabelSelector | None, meta: Meta, keys: tuple[str, ...], operator: str = "In"
) -> LabelSelector | None:
    """A selector that also asks for the pod's own values of some labels, where it has them."""
    added = tuple(Requirement(k, operator, (meta.labels[k],)) for k in keys if k in meta.labels)
    if selector is None or not added:
        return selector
    return msgspec.structs.replace(selector, match_expressions=selector.match_expressions + added)


class Matcher(msgspec.Struct, frozen=True):
    """Pods that satisfy every clause; `living` leaves out those that are terminating."""

    clauses: tuple[Clause, ...]
    living: bool = False

    def holds(self, meta: Meta, labels_of: NamespaceLabels) -> bool:
        """Whether a pod is one of them."""
        return all(clause.holds(meta, labels_of) for clause in self.clauses)


Anchor = tuple[str, str, str]


def anchor_of(clause: Clause) -> Anchor:
    """A namespace and a label that every pod of a clause has; empty where it names none."""
    single = len(clause.namespaces) == 1 and not clause.chosen
    selector = _decoded(clause.selector)
    labels = selector.match_labels.items() if selector else ()
    name, value = min(labels, default=(_ANY, _ANY))
    return (clause.namespaces[0] if single else _ANY, name, value)


def anchors(meta: Meta) -> list[Anchor]:
    """Every anchor under which a clause that holds for the pod may be kept."""
    return [
        (namespace, *label)
        for namespace in (meta.namespace, _ANY)
        for label in (*meta.labels.items(), (_ANY, _ANY))
    ]


class Tally(msgspec.Struct):
    """A matcher's pods by topology value, over the nodes that count; `least` follows changes."""

    values: dict[str, str]
    counts: dict[str, int]
    sizes: Counter[int]
    least: int
    by_taints: bool = False

    def add(self, node: str, change: int) -> None:
        """Pods came to a node, or left it, one at a time."""
        value = self.values.get(node)
        if value is None:
            return
        old = self.counts[value]
        self.counts[value] = new = old + change
        self.sizes[old] -= 1
        self.sizes[new] += 1
        if new < self.least:
            self.least = new
        elif not self.sizes[self.least]:
            # The last of the least domains has just grown by one.
            self.least = new

    @property
    def empty(self) -> bool:
        """Whether no pod is counted anywhere."""
        return self.sizes[0] == len(self.counts)


def tally_of(values: dict[str, str], nodes: Mapping[str, int]) -> Tally:
    """A tally over the nodes that count, `values` by name, from a matcher's pods by node."""
    counts = dict.fromkeys(values.values(), 0)
    for node, count in nodes.items():
        if node in values:
            counts[values[node]] += count
    return Tally(values, counts, Counter(counts.values()), min(counts.values(), default=0))


class Placed(msgspec.Struct):
    """A pod on a node, as far as it is counted."""

    node: str
    meta: Meta
    terminating: bool = False


class _Counted(msgspec.Struct):
    """A matcher's pods by node, and its tallies."""

    nodes: Counter[str]
    tallies: dict[tuple[str, object], Tally]


class Census:
    """The placed pods, counted for every matcher that has been asked for.

    Attributes:
        nodes: the nodes by name, which the owner keeps up to date and tells `relabel` about.
    """

    def __init__(self, labels_of: NamespaceLabels | None = None) -> None:
        self.labels_of: NamespaceLabels = labels_of or (lambda _: {})
        self.nodes: dict[str, Node] = {}
        self._placed: dict[str, Placed] = {}
        self._homes: dict[str, dict[str, None]] = {}
        self._matchers: dict[Anchor, dict[Matcher, _Counted]] = {}

    def relabel(self) -> None:
        """Nodes or their labels changed: tallies are summed anew when they are next asked for."""
        for group in self._matchers.values():
            for counted in group.values():
                counted.tallies.clear()

    def retaint(self) -> None:
        """Taints of nodes changed: only tallies that choose nodes by taints are summed anew."""
        for group in self._matchers.values():
            for counted in group.values():
                for key in [k for k, tally in counted.tallies.items() if tally.by_taints]:
                    del counted.tallies[key]

    def rename(self) -> None:
        """Labels of a namespace changed: what chose by them is counted anew."""
        for anchor in [a for a in self._matchers if a[0] == _ANY]:
            del self._matchers[anchor]

    def add(self, uid: str, node: str, meta: Meta, *, terminating: bool = False) -> None:
        """A pod is on a node."""
        placed = self._placed[uid] = Placed(node, meta, terminating)
        self._homes.setdefault(meta.namespace, {})[uid] = None
        if self._matchers:
            self._count(placed, 1)

    def remove(self, uid: str) -> None:
        """A pod has left its node."""
        placed = self._placed.pop(uid, None)
        if placed is None:
            return
        del self._homes[placed.meta.namespace][uid]
        if self._matchers:
            self._count(placed, -1)

    def change(self, uid: str, meta: Meta, *, terminating: bool) -> None:
        """A pod on a node has other labels, or has begun to end."""
        placed = self._placed.get(uid)
        if placed is None:
            return
        if self._matchers:
            self._count(placed, -1)
        placed.meta, placed.terminating = meta, terminating
        if self._matchers:
            self._count(placed, 1)

    def _count(self, placed: Placed, change: int) -> None:
        for anchor in anchors(placed.meta):
            for matcher, counted in self._matchers.get(anchor, {}).items():
                if self._takes(matcher, placed):
                    counted.nodes[placed.node] += change
                    for tally in counted.tallies.values():
                        tally.add(placed.node, change)

    def _takes(self, matcher: Matcher, placed: Placed) -> bool:
        if matcher.living and placed.terminating:
            return False
        return matcher.holds(placed.meta, self.labels_of)

    def _counted(self, matcher: Matcher) -> _Counted:
        anchor = anchor_of(matcher.clauses[0])
        group = self._matchers.setdefault(anchor, {})
        counted = group.get(matcher)
        if counted is None:
            uids: Iterable[str] = self._homes.get(anchor[0], {}) if anchor[0] else self._placed
            nodes = Counter(
                placed.node for uid in uids if self._takes(matcher, placed := self._placed[uid])
            )
            counted = group[matcher] = _Counted(nodes, {})
        return counted

    def on_nodes(self, matcher: Matcher) -> Mapping[str, int]:
        """A matcher's pods by node."""
        return self._counted(matcher).nodes

    def tally(
        self,
        matcher: Matcher,
        key: str,
        rule: object = None,
        counts: Callable[[Node], bool] | None = None,
        *,
        by_taints: bool = False,
    ) -> Tally:
        """A matcher's pods by the value of a node label.

        Args:
            matcher: which pods.
            key: the label of nodes.
            rule: a key that stands for `counts`, so that the tally is kept.
            counts: which nodes count; all that have the label when there is none.
            by_taints: whether `counts` reads the nodes' taints.
        """
        counted = self._counted(matcher)
        tally = counted.tallies.get((key, rule))
        if tally is None:
            values = {
                name: node.metadata.labels[key]
                for name, node in self.nodes.items()
                if key in node.metadata.labels and (counts is None or counts(node))
            }
            tally = counted.tallies[(key, rule)] = tally_of(values, counted.nodes)
            tally.by_taints = by_taints
        return tally
