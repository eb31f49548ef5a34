"""The pod garbage collector: finished pods in excess, pods of nodes gone or out of service.

It looks every twenty seconds, but only while there is something to look at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube import news
from poolshift.sim.kube.objects import (
    Key,
    Object,
    finished,
    key_of,
    ready,
    terminating,
    with_condition,
    with_status,
)
from poolshift.sim.kube.resources import NODES, PODS

if TYPE_CHECKING:
    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.store import Change

BY = "controller:pod-garbage-collector"
# The controller-manager's --terminated-pod-gc-threshold, its period, and how long a node may be
# gone before its pods are taken for orphans.
MOST_FINISHED = 12_500
PERIOD_S, QUARANTINE_S = 20.0, 40.0
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"


class PodGarbage:
    """Takes pods away that nobody else takes."""

    def __init__(self, ctx: Context, deleter: Deleter) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._finished: dict[Key, None] = {}
        self._gone: dict[str, float] = {}
        self._out: dict[str, None] = {}
        self._timer: Timer | None = None
        ctx.store.follow_pods(self._pod, news.LEFT)
        ctx.store.listen(NODES, self._node)

    def _pod(self, change: Change) -> None:
        if change.type == "DELETED":
            if self._finished:
                self._finished.pop(key_of(change.obj), None)
        elif finished(change.obj):
            self._finished[key_of(change.obj)] = None
            if len(self._finished) > MOST_FINISHED:
                self._wake()

    def _node(self, change: Change) -> None:
        name = change.obj["metadata"]["name"]
        if change.type == "DELETED":
            self._out.pop(name, None)
            self._gone[name] = self._ctx.clock.t
            self._wake()
        else:
            self._gone.pop(name, None)
            if any(t["key"] == OUT_OF_SERVICE for t in change.obj["spec"].get("taints") or ()):
                self._out[name] = None
                self._wake()
            else:
                self._out.pop(name, None)

    def _wake(self) -> None:
        if self._timer is None:
            self._timer = self._ctx.clock.after(PERIOD_S, self._pass, periodic=True)

    def _pass(self) -> None:
        self._timer = None
        self._drop_finished()
        for name in list(self._out):
            self._free(name)
        for name, since in list(self._gone.items()):
            if self._ctx.clock.t - since >= QUARANTINE_S:
                del self._gone[name]
                for pod in self._ctx.pods.on_node(name):
                    self._drop(pod, "PodGC: node no longer exists")
        if self._gone or self._out:
            self._wake()

    def _drop_finished(self) -> None:
        """The oldest finished pods beyond the threshold."""
        surplus = len(self._finished) - MOST_FINISHED
        if surplus <= 0:
            return
        pods = [p for key in self._finished if (p := self._ctx.store.find(PODS, *key))]
        pods.sort(key=lambda p: (p["metadata"]["creationTimestamp"], key_of(p)))
        for pod in pods[:surplus]:
            self._deleter.delete(PODS, pod, by=BY, grace_s=0)

    def _free(self, name: str) -> None:
        """Pods that a node out of service can no longer end."""
        node = self._ctx.store.find(NODES, "", name)
        if node is None or ready(node):
            return
        for pod in self._ctx.pods.on_node(name):
            if terminating(pod):
                self._drop(pod, "PodGC: node out of service")

    def _drop(self, pod: Object, why: str) -> None:
        if not finished(pod):
            target = {
                "type": "DisruptionTarget",
                "status": "True",
                "lastProbeTime": None,
                "reason": "DeletionByPodGC",
                "message": why,
            }
            failed = with_condition(with_status(pod, phase="Failed"), target, self._ctx.now())
            pod = self._ctx.store.update(PODS, failed, by=BY)
        self._deleter.delete(PODS, pod, by=BY, grace_s=0)
