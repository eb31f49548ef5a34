"""Affinity and anti-affinity between pods: what a pod asks of its neighbours, and they of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from poolshift.semantics.census import (
    Anchor,
    Census,
    Clause,
    Matcher,
    Tally,
    anchor_of,
    anchors,
    clause_of,
    tally_of,
)
from poolshift.semantics.reasons import FITS, Check, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.kube import Meta, Node, PodAffinity, PodAffinityTerm, PodSpec

_NO_COMPANY = (Reason("node(s) didn't match pod affinity rules", lasting=True),)
_CROWDED = (Reason("node(s) didn't match pod anti-affinity rules", lasting=False),)
_REPELLED = (Reason("node(s) didn't satisfy existing pods anti-affinity rules", lasting=False),)
# kube-scheduler's hardPodAffinityWeight: what a running pod's required affinity counts in scores.
_REQUIRED_WEIGHT = 1


def _required(affinity: PodAffinity | None) -> tuple[PodAffinityTerm, ...]:
    return affinity.required_during_scheduling_ignored_during_execution if affinity else ()


class Stand(msgspec.Struct, frozen=True):
    """A term of running pods: whom it is about, in which domain, and how much it counts.

    A weight of 0 is a required anti-affinity, which refuses; others only score.
    """

    clause: Clause
    key: str
    weight: int


def stands_of(meta: Meta, spec: PodSpec) -> Iterator[Stand]:
    """What a pod, once it runs, asks of those that come."""
    affinity = spec.affinity
    if affinity is None:
        return
    for term in _required(affinity.pod_anti_affinity):
        yield Stand(clause_of(term, meta), term.topology_key, 0)
    for term in _required(affinity.pod_affinity):
        yield Stand(clause_of(term, meta), term.topology_key, _REQUIRED_WEIGHT)
    yield from _preferred(meta, spec)


def _preferred(meta: Meta, spec: PodSpec) -> Iterator[Stand]:
    affinity = spec.affinity
    for part, sign in (
        (affinity.pod_affinity if affinity else None, 1),
        (affinity.pod_anti_affinity if affinity else None, -1),
    ):
        for weighted in part.preferred_during_scheduling_ignored_during_execution if part else ():
            term = weighted.pod_affinity_term
            yield Stand(clause_of(term, meta), term.topology_key, sign * weighted.weight)


class Stands:
    """The terms of placed pods, and on which nodes the pods are that hold them."""

    def __init__(self, census: Census) -> None:
        self._census = census
        self._by_anchor: dict[Anchor, dict[Stand, Counter[str]]] = {}
        self._held: dict[str, tuple[str, tuple[Stand, ...]]] = {}
        self._tallies: dict[Stand, Tally] = {}

    def __bool__(self) -> bool:
        return bool(self._held)

    def add(self, uid: str, node: str, meta: Meta, spec: PodSpec) -> None:
        """A pod is on a node."""
        if spec.affinity is None or (
            spec.affinity.pod_affinity is None and spec.affinity.pod_anti_affinity is None
        ):
            return
        held = tuple(stands_of(meta, spec))
        self._held[uid] = (node, held)
        for stand in held:
            group = self._by_anchor.setdefault(anchor_of(stand.clause), {})
            group.setdefault(stand, Counter())[node] += 1
            self._tell(stand, node, 1)

    def remove(self, uid: str) -> None:
        """A pod has left its node."""
        node, held = self._held.pop(uid, ("", ()))
        for stand in held:
            anchor = anchor_of(stand.clause)
            nodes = self._by_anchor[anchor][stand]
            self._tell(stand, node, -1)
            nodes[node] -= 1
            if not nodes[node]:
                del nodes[node]
            if not nodes:
                self._drop(anchor, stand)

    def _tell(self, stand: Stand, node: str, change: int) -> None:
        if tally := self._tallies.get(stand):
            tally.add(node, change)

    def _drop(self, anchor: Anchor, stand: Stand) -> None:
        group = self._by_anchor[anchor]
        del group[stand]
        self._tallies.pop(stand, None)
        if not group:
            del self._by_anchor[anchor]

    def relabel(self) -> None:
        """Nodes or their labels changed."""
        self._tallies.clear()

    def held_by(self, uid: str) -> tuple[Stand, ...]:
        """The terms of a placed pod."""
        return self._held.get(uid, ("", ()))[1]

    def about(self, meta: Meta) -> list[tuple[Stand, Tally]]:
        """The terms that are about a pod, with how many pods hold each in each domain."""
        if not self._by_anchor:
            return []
        found = []
        for anchor in anchors(meta):
            for stand, nodes in self._by_anchor.get(anchor, {}).items():
                if stand.clause.holds(meta, self._census.labels_of):
                    found.append((stand, self._tally(stand, nodes)))
        return found

    def _tally(self, stand: Stand, nodes: Counter[str]) -> Tally:
        tally = self._tallies.get(stand)
        if tally is None:
            values = {
                name: node.metadata.labels[stand.key]
                for name, node in self._census.nodes.items()
                if stand.key in node.metadata.labels
            }
            tally = self._tallies[stand] = tally_of(values, nodes)
        return tally


def checks(meta: Meta, spec: PodSpec, census: Census, stands: Stands) -> list[Check]:
    """What affinity, anti-affinity and the running pods' anti-affinity ask of a node, in order."""
    found = []
    affinity = spec.affinity
    if affinity is not None and (terms := _required(affinity.pod_affinity)):
        found.append(_company(terms, meta, census))
    if affinity is not None and (terms := _required(affinity.pod_anti_affinity)):
        found.append(_distance(terms, meta, census))
    repelling = [(stand.key, tally) for stand, tally in stands.about(meta) if not stand.weight]
    if repelling:
        found.append(_apart(repelling, _REPELLED))
    return found


def _company(terms: tuple[PodAffinityTerm, ...], meta: Meta, census: Census) -> Check:
    """Pods that satisfy all terms must be in each term's domain; the first of its kind may start.

    A pod that satisfies its own terms goes anywhere while no such pod is anywhere.
    """
    matcher = Matcher(tuple(clause_of(term, meta) for term in terms))
    tallies = [(term.topology_key, census.tally(matcher, term.topology_key)) for term in terms]
    own = matcher.holds(meta, census.labels_of)

    def asks(node: Node) -> tuple[Reason, ...]:
        labels = node.metadata.labels
        if any(key not in labels for key, _ in tallies):
            return _NO_COMPANY
        if all(tally.counts.get(labels[key], 0) for key, tally in tallies):
            return FITS
        return FITS if own and all(tally.empty for _, tally in tallies) else _NO_COMPANY

    return asks


def _distance(terms: tuple[PodAffinityTerm, ...], meta: Meta, census: Census) -> Check:
    """No pod that satisfies a term may be in its domain."""
    tallies = [
        (term.topology_key, census.tally(Matcher((clause_of(term, meta),)), term.topology_key))
        for term in terms
    ]
    return _apart(tallies, _CROWDED)


def _apart(tallies: list[tuple[str, Tally]], refusal: tuple[Reason, ...]) -> Check:
    def asks(node: Node) -> tuple[Reason, ...]:
        labels = node.metadata.labels
        for key, tally in tallies:
            if key in labels and tally.counts.get(labels[key]):
                return refusal
        return FITS

    return asks


def matchers(meta: Meta, spec: PodSpec) -> list[Matcher]:
    """The pods that a pod's required terms are about: their coming or going can decide for it."""
    affinity = spec.affinity
    if affinity is None:
        return []
    clauses = [
        clause_of(term, meta)
        for part in (affinity.pod_affinity, affinity.pod_anti_affinity)
        for term in _required(part)
    ]
    return [Matcher((clause,)) for clause in clauses]


def points(
    meta: Meta, spec: PodSpec, nodes: list[Node], census: Census, stands: Stands
) -> list[int]:
    """Scores of nodes by preferred terms, both ways, 0 to 100; none where nothing is preferred."""
    weighed = [(stand, tally) for stand, tally in stands.about(meta) if stand.weight]
    for wanted in _preferred(meta, spec):
        weighed.append((wanted, census.tally(Matcher((wanted.clause,)), wanted.key)))
    if not weighed:
        return []
    sums = [
        sum(
            stand.weight * tally.counts.get(node.metadata.labels.get(stand.key, ""), 0)
            for stand, tally in weighed
        )
        for node in nodes
    ]
    low, high = min(sums), max(sums)
    return [100 * (total - low) // (high - low) if high > low else 0 for total in sums]
