"""What becomes of pods with hard rules about other pods when their pools move.

An emptied node stays a topology domain while it is there: by default a spread looks at a pod's
selector and not at taints, so cordoned nodes count, with no pod on them. Then every new node may
hold no more than the allowed skew, and with more pods than that the last ones find no node.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from itertools import cycle, islice
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.kube import Meta, Node, NodeSpec, PodSpec
from poolshift.core.snapshot import NodeFacts, PodFacts, PoolFacts, Snapshot, WorkloadFacts
from poolshift.semantics import taints
from poolshift.semantics.pins import NODE_IMAGE_KEY, OS_SKU_KEY, POOL_KEYS, WINDOWS_BUILD_KEY
from poolshift.semantics.placement import Placed, Stage, minds_others
from poolshift.semantics.rollout import may_miss

if TYPE_CHECKING:
    from collections.abc import Iterable

HOSTNAME = "kubernetes.io/hostname"
HASH = "pod-template-hash"


class Succession(msgspec.Struct, frozen=True):
    """A pool that moves: to which OS SKU and build, and what its successor is called."""

    blue: PoolFacts
    green: str
    to: str
    build: str


class Forecast:
    """Plays moves through on a snapshot; each starts from what is there.

    Args:
        snapshot: the cluster.
        moving: the pools that move; their successors are as large as they are.
    """

    def __init__(self, snapshot: Snapshot, moving: Iterable[Succession]) -> None:
        self._snapshot = snapshot
        self._moving = tuple(moving)

    def stranded_by_drain(self, workload: WorkloadFacts) -> int:
        """How many pods find no node when they are moved off their cordoned nodes one by one."""
        if not minds_others(workload.template.spec):
            return 0
        blues = {s.blue.name for s in self._moving}
        pods = [p for p in self._pods[workload.target] if self._pool_of.get(p.node) in blues]
        return self._play(workload, pods, workload.template.spec, len(pods), fresh=False)

    def stranded_by_rollout(self, workload: WorkloadFacts, selector: dict[str, str]) -> int:
        """The same when the template gets more entries in its nodeSelector and rolls out."""
        spec = workload.template.spec
        if not minds_others(spec):
            return 0
        chosen = msgspec.structs.replace(spec, node_selector={**spec.node_selector, **selector})
        pods = self._pods[workload.target]
        return self._play(workload, pods, chosen, workload.replicas, fresh=True)

    def _play(
        self, workload: WorkloadFacts, old: list[Placed], spec: PodSpec, count: int, *, fresh: bool
    ) -> int:
        """Replace pods one at a time, and put everything back; gives how many found no node."""
        meta = self._meta(workload)
        if fresh and workload.kind == "Deployment":
            meta = msgspec.structs.replace(meta, labels={**meta.labels, HASH: "new"})
        leaving = list(old)
        first = _adds_first(workload)
        if workload.kind == "Deployment" and workload.strategy.type == "Recreate" and fresh:
            self._take(leaving)
            leaving = []
        made: list[str] = []
        for number in range(count):
            if not first:
                self._take(leaving[:1])
            uid = f"{workload.target}#{number}"
            if not self._stage.place(uid, meta, spec):
                break
            made.append(uid)
            if first:
                self._take(leaving[:1])
            leaving = leaving[1:]
        for uid in made:
            self._stage.take(uid)
        self._take(old)
        for pod in old:
            self._stage.put(pod)
        return count - len(made)

    def _take(self, pods: Iterable[Placed]) -> None:
        for pod in pods:
            self._stage.take(pod.uid)

    def _meta(self, workload: WorkloadFacts) -> Meta:
        return Meta(namespace=workload.namespace, labels=workload.template.metadata.labels)

    @cached_property
    def _pool_of(self) -> dict[str, str]:
        return {n.name: n.pool for n in self._snapshot.nodes}

    @cached_property
    def _pods(self) -> defaultdict[str, list[Placed]]:
        """Placed pods by workload, each with its workload's template."""
        templates = {w.target: (self._meta(w), w.template.spec) for w in self._snapshot.workloads}
        found: defaultdict[str, list[Placed]] = defaultdict(list)
        for pod in self._snapshot.pods:
            if pod.node and pod.phase not in ("Succeeded", "Failed"):
                meta, spec = templates.get(pod.workload) or (_unknown(pod), PodSpec())
                found[pod.workload].append(Placed(pod.uid, pod.node, meta, spec))
        return found

    @cached_property
    def _stage(self) -> Stage:
        blues = {s.blue.name for s in self._moving}
        nodes = [_node(n, closed=n.cordoned or n.pool in blues) for n in self._snapshot.nodes]
        for succession in self._moving:
            nodes += _greens(self._snapshot.nodes_of(succession.blue.name), succession)
        return Stage(nodes, (pod for pods in self._pods.values() for pod in pods))


def _adds_first(workload: WorkloadFacts) -> bool:
    """Whether a new pod is there before an old one goes."""
    if workload.kind != "Deployment" or workload.strategy.type == "Recreate":
        return False
    return may_miss(workload.strategy, workload.replicas) == 0


def _unknown(pod: PodFacts) -> Meta:
    return Meta(namespace=pod.namespace)


def _node(facts: NodeFacts, *, closed: bool) -> Node:
    kept = tuple(t for t in facts.taints if t.key != taints.UNSCHEDULABLE)
    return Node(
        metadata=Meta(name=facts.name, labels=facts.labels),
        spec=NodeSpec(unschedulable=closed, taints=(*kept, taints.CORDONED) if closed else kept),
    )


def _greens(blues: tuple[NodeFacts, ...], succession: Succession) -> list[Node]:
    """Green's nodes: blue's own in turn, so that each zone has as many, with what must differ."""
    made = []
    for number, blue in enumerate(islice(cycle(blues), succession.blue.count if blues else 0)):
        name = f"{succession.green}-{number}"
        labels = {k: v for k, v in blue.labels.items() if k != NODE_IMAGE_KEY}
        labels |= {k: succession.green for k in POOL_KEYS if k in labels}
        labels |= {HOSTNAME: name, OS_SKU_KEY: succession.to, WINDOWS_BUILD_KEY: succession.build}
        facts = msgspec.structs.replace(blue, name=name, labels=labels)
        made.append(_node(facts, closed=False))
    return made
