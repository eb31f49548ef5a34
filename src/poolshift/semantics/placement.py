"""Whether there is a node for pods that have hard rules about other pods.

A `Stage` holds nodes and placed pods, and pods are put on it and taken off it one at a time. It
looks at what the nodes themselves admit, at hard topology spread, and at affinity between pods.
It does not look at room: what is missing there an autoscaler or another node can give, whereas a
rule about other pods may leave no node at all, however many are empty.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.kube import Meta, Node, PodAffinity, PodSpec
from poolshift.semantics import fit, spread
from poolshift.semantics.fit import NodeState

if TYPE_CHECKING:
    from collections.abc import Iterable


def _requires(affinity: PodAffinity | None) -> bool:
    return bool(affinity and affinity.required_during_scheduling_ignored_during_execution)


def minds_others(spec: PodSpec) -> bool:
    """Whether a pod's place depends on where other pods are, and must."""
    affinity = spec.affinity
    if affinity and (_requires(affinity.pod_affinity) or _requires(affinity.pod_anti_affinity)):
        return True
    return bool(spread.constraints(spec, "DoNotSchedule"))


class Placed(msgspec.Struct, frozen=True):
    """A pod on a node."""

    uid: str
    node: str
    meta: Meta
    spec: PodSpec
    terminating: bool = False


class Stage:
    """Nodes with pods on them.

    Args:
        nodes: the nodes; they do not change afterwards.
        pods: the pods that are placed.
    """

    def __init__(self, nodes: Iterable[Node], pods: Iterable[Placed]) -> None:
        self._nodes = tuple(nodes)
        self._around = fit.surroundings(NodeState(node, {}) for node in self._nodes)
        self._open: dict[bytes, list[tuple[int, int]]] = {}
        for pod in pods:
            self.put(pod)

    def put(self, pod: Placed) -> None:
        """A pod is on its node."""
        self._around.add(pod.uid, pod.node, pod.meta, pod.spec, terminating=pod.terminating)

    def take(self, uid: str) -> None:
        """A pod leaves."""
        self._around.remove(uid)

    def place(self, uid: str, meta: Meta, spec: PodSpec) -> str:
        """Put a new pod on a node that takes it, the one with the fewest pods put there so far.

        Returns:
            The name of the node; empty when no node takes the pod.
        """
        bare = msgspec.structs.replace(spec, node_name="", volumes=())
        pod = fit.incoming(meta, bare)
        prepared = fit.prepare(pod, self._around)
        candidates = self._candidates(pod)
        passed: list[tuple[int, int]] = []
        found = ""
        while candidates and not found:
            load, index = heapq.heappop(candidates)
            node = self._nodes[index]
            if not any(check(node) for check in prepared.checks):
                found, load = node.metadata.name, load + 1
            passed.append((load, index))
        for entry in passed:
            heapq.heappush(candidates, entry)
        if found:
            self.put(Placed(uid, found, meta, spec))
        return found

    def _candidates(self, pod: fit.Incoming) -> list[tuple[int, int]]:
        """A heap of the nodes that admit pods of such a template, the least used first."""
        key = msgspec.msgpack.encode(
            (pod.spec.node_selector, pod.spec.affinity, pod.spec.tolerations)
        )
        if key not in self._open:
            self._open[key] = [
                (0, index)
                for index, node in enumerate(self._nodes)
                if not fit.static_reasons(pod, node)
            ]
        return self._open[key]
