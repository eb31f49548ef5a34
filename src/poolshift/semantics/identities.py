"""Which pools lack identities that pods of another pool may need.

What a pod asks the node's metadata endpoint for stands in no template, so every pod of a pool
whose scale set carries identities of its own is taken to need them. The exception is a workload
that runs well on the lacking pool already: that is the proof that it needs nothing there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.kube import Meta, Node, NodeSpec
from poolshift.semantics import fit, taints
from poolshift.semantics.pins import NODE_IMAGE_KEY, OS_KEYS, OS_SKU_KEY, POOL_KEYS
from poolshift.semantics.pins import WINDOWS_BUILD_KEY as BUILD_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.core.snapshot import NodeFacts, PoolFacts, Snapshot, WorkloadFacts


class Place(msgspec.Struct, frozen=True):
    """A pool on which pods may land: one of its nodes, and the identities of its scale set."""

    pool: str
    node: Node
    identities: frozenset[str]


def own_identities(pool: str, snapshot: Snapshot) -> tuple[str, ...]:
    """Identities put on a pool's scale set by hand: the kubelet's own comes with every pool."""
    scale_set = next((s for s in snapshot.scale_sets if s.pool == pool), None)
    kubelet = snapshot.cluster.kubelet_identity.lower()
    return tuple(i for i in (scale_set.identities if scale_set else ()) if i.lower() != kubelet)


def place_of(pool: PoolFacts, snapshot: Snapshot) -> Place:
    """A pool as it is; where it has no node, one as its fields describe it."""
    nodes = snapshot.nodes_of(pool.name)
    return Place(pool.name, _like(nodes[0]) if nodes else _described(pool), _set(pool, snapshot))


def successor_of(pool: PoolFacts, green: str, to: str, build: str, snapshot: Snapshot) -> Place:
    """What takes a pool's place: its labels, taints and identities under another name."""
    old = place_of(pool, snapshot)
    labels = {k: v for k, v in old.node.metadata.labels.items() if k != NODE_IMAGE_KEY}
    labels |= {OS_SKU_KEY: to, BUILD_KEY: build, **dict.fromkeys(POOL_KEYS, green)}
    meta = Meta(name=green, labels=labels)
    return Place(green, msgspec.structs.replace(old.node, metadata=meta), old.identities)


def lacking(
    workload: WorkloadFacts,
    blue: PoolFacts,
    selector: dict[str, str],
    places: Iterable[Place],
    snapshot: Snapshot,
) -> tuple[Place, ...]:
    """The places that would take the workload's pods and lack an identity of its pool.

    `selector` is what the move adds to the template's nodeSelector.
    """
    wanted = _set(blue, snapshot)
    if not wanted or not workload.pools.get(blue.name):
        return ()
    spec = workload.template.spec
    chosen = msgspec.structs.replace(spec, node_selector={**spec.node_selector, **selector})
    pod = fit.incoming(workload.template.metadata, chosen)
    return tuple(
        p
        for p in places
        if not wanted <= p.identities
        and not fit.static_reasons(pod, p.node)
        and not _proved(workload, p.pool, snapshot)
    )


def _proved(workload: WorkloadFacts, pool: str, snapshot: Snapshot) -> bool:
    """Whether pods of the workload are ready on a pool, and none there is not."""
    nodes = {n.name for n in snapshot.nodes_of(pool)}
    ready = [p.ready for p in snapshot.pods if p.workload == workload.target and p.node in nodes]
    return bool(ready) and all(ready)


def _set(pool: PoolFacts, snapshot: Snapshot) -> frozenset[str]:
    return frozenset(i.lower() for i in own_identities(pool.name, snapshot))


def _like(facts: NodeFacts) -> Node:
    # A cordon is for now: whoever set it may lift it in the middle of the move.
    kept = tuple(t for t in facts.taints if t.key != taints.UNSCHEDULABLE)
    meta = Meta(name=facts.name, labels=facts.labels)
    return Node(metadata=meta, spec=NodeSpec(taints=kept))


def _described(pool: PoolFacts) -> Node:
    labels = {
        **pool.labels,
        **dict.fromkeys(OS_KEYS, pool.os_type.lower()),
        **dict.fromkeys(POOL_KEYS, pool.name),
        OS_SKU_KEY: pool.os_sku,
    }
    if pool.build:
        labels[BUILD_KEY] = ".".join(pool.build.split(".")[:3])
    found = tuple(taints.parse_taint(text) for text in pool.taints)
    return Node(metadata=Meta(name=pool.name, labels=labels), spec=NodeSpec(taints=found))
