"""What a run sees of its cluster at one moment; the first argument of `decide`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from poolshift.core.kube import (
    Budget,
    Node,
    Pod,
    Workload,
    controller_of,
    is_finished,
    is_ready,
)
from poolshift.semantics.owners import pool_of_labels, workload_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from poolshift.core.arm import Cluster, Pool, ScaleSet


def pool_of(node: Node) -> str:
    """The pool of a node, by its labels: a name tells nothing on Windows."""
    return pool_of_labels(node.metadata.labels)


@dataclass(frozen=True)
class View:
    """One observation. Maps are by name, target or pool; nothing here is ever changed."""

    now: datetime
    cluster: Cluster
    pools: Mapping[str, Pool]
    nodes: Mapping[str, Node]
    pods: tuple[Pod, ...]
    workloads: Mapping[str, Workload]
    budgets: tuple[Budget, ...] = ()
    scale_sets: Mapping[str, ScaleSet] = field(default_factory=dict)
    features: Mapping[str, str] = field(default_factory=dict)
    helpers: Mapping[str, Workload] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    pods_on: Mapping[str, tuple[Pod, ...]] = field(default_factory=dict)
    pods_of: Mapping[str, tuple[Pod, ...]] = field(default_factory=dict)

    def nodes_of(self, pool: str) -> tuple[Node, ...]:
        """The nodes of a pool, by name."""
        return tuple(n for n in self.nodes.values() if pool_of(n) == pool)

    def pool_name_of_pod(self, pod: Pod) -> str:
        """The pool of the node that a pod is bound to, empty when it is bound to none."""
        node = self.nodes.get(pod.spec.node_name)
        return pool_of(node) if node else ""

    def moving_pods(self, node: str) -> tuple[Pod, ...]:
        """The pods that must leave before a node may go: neither daemons nor finished ones."""
        return tuple(
            p for p in self.pods_on.get(node, ()) if not is_daemon(p) and not is_finished(p)
        )

    def ready_of(self, target: str) -> int:
        """Ready pods of a workload that are not on their way out."""
        return sum(
            1
            for p in self.pods_of.get(target, ())
            if is_ready(p) and p.metadata.deletion_timestamp is None
        )


def is_daemon(pod: Pod) -> bool:
    """Whether a DaemonSet (or the node itself) owns the pod."""
    owner = controller_of(pod.metadata)
    return owner is not None and owner.kind in ("DaemonSet", "Node")


def index_pods(
    pods: Iterable[Pod], owners: Mapping[str, str]
) -> tuple[dict[str, tuple[Pod, ...]], dict[str, tuple[Pod, ...]]]:
    """Pods by node and by workload, each in order of name."""
    on: defaultdict[str, list[Pod]] = defaultdict(list)
    of: defaultdict[str, list[Pod]] = defaultdict(list)
    for pod in sorted(pods, key=lambda p: (p.metadata.namespace, p.metadata.name)):
        if pod.spec.node_name:
            on[pod.spec.node_name].append(pod)
        of[workload_of(pod.metadata, owners)].append(pod)
    return {k: tuple(v) for k, v in on.items()}, {k: tuple(v) for k, v in of.items()}
