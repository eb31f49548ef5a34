"""Topology spread: how far apart the domains' counts may drift, and which node evens them out."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import msgspec

from poolshift.semantics import taints
from poolshift.semantics.census import Census, Clause, Matcher, Tally, encoded, narrowed
from poolshift.semantics.reasons import FITS, Check, Reason
from poolshift.semantics.selectors import matches, node_matches

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.core.kube import Meta, Node, PodSpec, TopologySpreadConstraint

_SKEWED = (Reason("node(s) didn't match pod topology spread constraints", lasting=False),)
_UNLABELLED = (
    Reason(
        "node(s) didn't match pod topology spread constraints (missing required label)",
        lasting=True,
    ),
)
_HOSTNAME = "kubernetes.io/hostname"
_BEST = 100


def matcher_of(constraint: TopologySpreadConstraint, meta: Meta) -> Matcher:
    """The pods that a constraint counts: of the pod's namespace, and not on their way out."""
    selector = narrowed(constraint.label_selector, meta, constraint.match_label_keys)
    return Matcher((Clause((meta.namespace,), encoded(selector)),), living=True)


def constraints(spec: PodSpec, mode: str) -> tuple[TopologySpreadConstraint, ...]:
    """The constraints that are `DoNotSchedule`, or those that are `ScheduleAnyway`."""
    return tuple(c for c in spec.topology_spread_constraints if c.when_unsatisfiable == mode)


def check(meta: Meta, spec: PodSpec, census: Census) -> Check | None:
    """What the required constraints ask of a node; None when there are none."""
    required = constraints(spec, "DoNotSchedule")
    if not required:
        return None
    keys = tuple(c.topology_key for c in required)
    rules = [_Rule.of(constraint, meta, spec, keys, census) for constraint in required]

    def asks(node: Node) -> tuple[Reason, ...]:
        for rule in rules:
            value = node.metadata.labels.get(rule.key)
            if value is None:
                return _UNLABELLED
            if not rule.admits(value):
                return _SKEWED
        return FITS

    return asks


class _Rule(msgspec.Struct, frozen=True):
    """A required constraint with its counts."""

    key: str
    tally: Tally
    own: int
    max_skew: int
    min_domains: int

    @classmethod
    def of(
        cls,
        constraint: TopologySpreadConstraint,
        meta: Meta,
        spec: PodSpec,
        keys: tuple[str, ...],
        census: Census,
    ) -> _Rule:
        selector = narrowed(constraint.label_selector, meta, constraint.match_label_keys)
        return cls(
            key=constraint.topology_key,
            tally=counted(constraint, meta, spec, keys, census),
            own=int(matches(selector, meta.labels)),
            max_skew=constraint.max_skew,
            min_domains=constraint.min_domains or 1,
        )

    def admits(self, value: str) -> bool:
        """Whether one more pod of a domain keeps within the skew."""
        least = self.tally.least if len(self.tally.counts) >= self.min_domains else 0
        return self.tally.counts.get(value, 0) + self.own - least <= self.max_skew


def counted(
    constraint: TopologySpreadConstraint,
    meta: Meta,
    spec: PodSpec,
    keys: tuple[str, ...],
    census: Census,
) -> Tally:
    """The counts of a constraint, over nodes that have every key and that its policies let in."""
    rule: list[object] = [keys]
    tests: list[Callable[[Node], bool]] = [
        lambda node: all(key in node.metadata.labels for key in keys)
    ]
    if constraint.node_affinity_policy == "Honor" and (spec.node_selector or spec.affinity):
        rule.append(msgspec.json.encode((spec.node_selector, spec.affinity), order="sorted"))
        tests.append(lambda node: node_matches(spec, node.metadata))
    if constraint.node_taints_policy == "Honor":
        rule.append(spec.tolerations)
        tests.append(lambda node: not _shuts_out(node, spec))
    return census.tally(
        matcher_of(constraint, meta),
        constraint.topology_key,
        tuple(rule),
        lambda node: all(test(node) for test in tests),
        by_taints=constraint.node_taints_policy == "Honor",
    )


def _shuts_out(node: Node, spec: PodSpec) -> bool:
    """Whether a node's taints keep a pod away; a cordoned node always has a taint that says so."""
    if node.spec.unschedulable and not taints.tolerated(spec.tolerations, taints.CORDONED):
        return True
    return taints.first_untolerated(spec.tolerations, node.spec.taints) is not None


class Wish(msgspec.Struct, frozen=True):
    """A preferred constraint with its counts; `domains` is how many the candidates are in."""

    key: str
    counts: dict[str, int]
    skew: int
    weight: float

    def cost(self, value: str) -> float:
        """What a domain costs: its pods, weighed by how many domains there are."""
        return self.counts.get(value, 0) * self.weight + (self.skew - 1)


@functools.cache
def weight_of(domains: int) -> float:
    """How much a pod more in a domain counts, where there are so many domains."""
    return math.log(domains + 2)


def wish(key: str, counts: dict[str, int], skew: int, domains: int) -> Wish:
    """A preferred constraint over so many domains."""
    return Wish(key, counts, skew, weight_of(domains))


def points(wishes: list[Wish], nodes: list[Node]) -> list[int]:
    """Scores of nodes: 100 for the emptiest domains, 0 where a node lacks a label."""
    costs: list[int | None] = []
    for node in nodes:
        labels = node.metadata.labels
        if any(w.key not in labels for w in wishes):
            costs.append(None)
        else:
            costs.append(round(sum(w.cost(labels[w.key]) for w in wishes)))
    known = [cost for cost in costs if cost is not None]
    low, high = min(known, default=0), max(known, default=0)
    return [
        0 if cost is None else _BEST if not high else _BEST * (high + low - cost) // high
        for cost in costs
    ]


def wishes_of(meta: Meta, spec: PodSpec, nodes: list[Node], census: Census) -> list[Wish]:
    """The pod's preferred constraints, with the domains that the candidates are in."""
    preferred = constraints(spec, "ScheduleAnyway")
    keys = tuple(c.topology_key for c in preferred)
    found = []
    for constraint in preferred:
        key = constraint.topology_key
        tally = counted(constraint, meta, spec, keys, census)
        if key == _HOSTNAME:
            domains = len(nodes)
        else:
            domains = len({v for n in nodes if (v := n.metadata.labels.get(key)) is not None})
        found.append(wish(key, tally.counts, constraint.max_skew, domains))
    return found
