"""The node controllers: the taint of a cordon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.semantics.taints import UNSCHEDULABLE
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.objects import Key, Object, key_of, with_spec
from poolshift.sim.kube.resources import NODES

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.store import Change

BY = "controller:node-lifecycle"


class NodeLifecycle:
    """Keeps the unschedulable taint in step with the field."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.queue = WorkQueue(ctx, ctx.timings.node_taint_s, self._sync)
        ctx.store.listen(NODES, self._node)

    def _node(self, change: Change) -> None:
        if change.type != "DELETED" and _cordoned(change.obj) != _tainted(change.obj):
            self.queue.add(key_of(change.obj))

    def _sync(self, key: Key) -> None:
        node = self._ctx.store.find(NODES, *key)
        if node is None or _cordoned(node) == _tainted(node):
            return
        taints = [t for t in node["spec"].get("taints", ()) if t["key"] != UNSCHEDULABLE]
        if _cordoned(node):
            taint = {"key": UNSCHEDULABLE, "effect": "NoSchedule", "timeAdded": self._ctx.now()}
            taints.append(taint)
        self._ctx.store.update(NODES, with_spec(node, taints=taints or None), by=BY)


def _cordoned(node: Object) -> bool:
    return bool(node["spec"].get("unschedulable"))


def _tainted(node: Object) -> bool:
    return any(t["key"] == UNSCHEDULABLE for t in node["spec"].get("taints", ()))
