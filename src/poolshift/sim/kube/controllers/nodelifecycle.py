"""The node lifecycle controller: taints that follow a node's conditions, and silence noticed.

A kubelet posts its status without anybody looking here; one that stops doing so is noticed after
the grace period. Not here: the slower pace at which the real controller marks nodes when most of a
zone is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.semantics.taints import NOT_READY, UNSCHEDULABLE
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.objects import (
    Key,
    Object,
    condition_of,
    finished,
    key_of,
    ready,
    with_condition,
    with_spec,
)
from poolshift.sim.kube.resources import NODES, PODS

if TYPE_CHECKING:
    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.store import Change

BY = "controller:node-lifecycle"
UNREACHABLE = "node.kubernetes.io/unreachable"
# The controller-manager's --node-monitor-grace-period.
GRACE_S = 40.0
_SILENT = "Kubelet stopped posting node status."
_PRESSURES = {
    "MemoryPressure": "node.kubernetes.io/memory-pressure",
    "DiskPressure": "node.kubernetes.io/disk-pressure",
    "PIDPressure": "node.kubernetes.io/pid-pressure",
    "NetworkUnavailable": "node.kubernetes.io/network-unavailable",
}
_MANAGED = frozenset({NOT_READY, UNREACHABLE, UNSCHEDULABLE, *_PRESSURES.values()})
Taint = tuple[str, str]


class NodeLifecycle:
    """Keeps the taints of every node in step with its conditions and its cordon."""

    def __init__(self, ctx: Context, recorder: Recorder) -> None:
        self._ctx = ctx
        self._recorder = recorder
        self._watches: dict[str, Timer] = {}
        self.queue = WorkQueue(ctx, ctx.timings.node_taint_s, self._sync)
        ctx.store.listen(NODES, self._node)

    def _node(self, change: Change) -> None:
        if change.type == "DELETED":
            self.answers(change.obj["metadata"]["name"])
        elif _wanted(change.obj) != _present(change.obj):
            self.queue.add(key_of(change.obj))

    def silent(self, name: str) -> None:
        """A kubelet posts no more."""
        if name not in self._watches:
            self._watches[name] = self._ctx.clock.after(GRACE_S, lambda: self._lost(name))

    def answers(self, name: str) -> None:
        """A kubelet posts again, or its node is gone."""
        watch = self._watches.pop(name, None)
        if watch is not None:
            watch.cancel()

    def _lost(self, name: str) -> None:
        """The grace period is over: nothing is known of the node, and its pods serve nobody."""
        node = self._ctx.store.find(NODES, "", name)
        if node is None:
            return
        for old in node["status"].get("conditions") or ():
            unknown = {
                **old,
                "status": "Unknown",
                "reason": "NodeStatusUnknown",
                "message": _SILENT,
            }
            node = with_condition(node, unknown, self._ctx.now())
        self._ctx.store.update(NODES, node, by=BY)
        for pod in self._ctx.pods.on_node(name):
            condition = condition_of(pod, "Ready")
            if ready(pod) and condition is not None and not finished(pod):
                down = with_condition(pod, {**condition, "status": "False"}, self._ctx.now())
                self._ctx.store.update(PODS, down, by=BY)
                self._recorder.record(
                    pod,
                    type_="Warning",
                    reason="NodeNotReady",
                    message="Node is not ready",
                    source="node-controller",
                )

    def _sync(self, key: Key) -> None:
        node = self._ctx.store.find(NODES, *key)
        if node is None:
            return
        wanted, present = _wanted(node), _present(node)
        if wanted == present:
            return
        stays = [
            t
            for t in node["spec"].get("taints", ())
            if t["key"] not in _MANAGED or (t["key"], t["effect"]) in wanted
        ]
        now = self._ctx.now()
        added = [
            {"key": key, "effect": effect, "timeAdded": now}
            for key, effect in wanted
            if (key, effect) not in present
        ]
        taints = [*stays, *added]
        self._ctx.store.update(NODES, with_spec(node, taints=taints or None), by=BY)


def _present(node: Object) -> dict[Taint, None]:
    """The taints of the node that the controller answers for."""
    taints = node["spec"].get("taints") or ()
    return {(t["key"], t["effect"]): None for t in taints if t["key"] in _MANAGED}


def _wanted(node: Object) -> dict[Taint, None]:
    """The taints that the node's conditions and its cordon ask for."""
    found: dict[Taint, None] = {}
    for condition in node["status"].get("conditions") or ():
        type_, status = condition["type"], condition["status"]
        if type_ == "Ready" and status != "True":
            key = NOT_READY if status == "False" else UNREACHABLE
            found[key, "NoSchedule"] = found[key, "NoExecute"] = None
        elif type_ in _PRESSURES and status == "True":
            found[_PRESSURES[type_], "NoSchedule"] = None
    if node["spec"].get("unschedulable"):
        found[UNSCHEDULABLE, "NoSchedule"] = None
    return found
