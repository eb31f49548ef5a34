"""The taint eviction controller: pods leave nodes whose NoExecute taints they do not tolerate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.semantics.taints import tolerates
from poolshift.sim.kube import news
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.objects import (
    Key,
    Object,
    finished,
    key_of,
    node_of,
    terminating,
    with_condition,
)
from poolshift.sim.kube.resources import NODES, PODS

if TYPE_CHECKING:
    from poolshift.core.kube import Node, Pod, Taint, Toleration
    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.store import Change, PodChange

BY = "controller:taint-eviction"
_NEWS = news.ADDED | news.DELETED | news.BOUND | news.SPEC


class TaintEvictions:
    """Deletes pods, at once or after the time that they tolerate."""

    def __init__(self, ctx: Context, deleter: Deleter, recorder: Recorder) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._recorder = recorder
        self._tainted: dict[str, None] = {}
        self._timers: dict[str, Timer] = {}
        self._nodes = WorkQueue(ctx, ctx.timings.controller_s, self._judge_node)
        self._pods = WorkQueue(ctx, ctx.timings.controller_s, self._judge)
        ctx.store.listen(NODES, self._node)
        ctx.store.follow_pods(self._pod, _NEWS)

    def _node(self, change: Change) -> None:
        name = change.obj["metadata"]["name"]
        if change.type == "DELETED":
            self._tainted.pop(name, None)
            return
        new = _executing(change.obj)
        if new == (_executing(change.prev) if change.prev else []):
            return
        if new:
            self._tainted[name] = None
        else:
            self._tainted.pop(name, None)
        self._nodes.add(("", name))

    def _pod(self, change: PodChange) -> None:
        if change.type == "DELETED":
            if self._timers:
                self._cancel(change.obj.uid)
        elif change.obj.node in self._tainted:
            self._pods.add(change.obj.key)

    def _judge_node(self, key: Key) -> None:
        for pod in self._ctx.pods.on_node(key[1]):
            self._judge(key_of(pod))

    def _judge(self, key: Key) -> None:
        pod = self._ctx.store.find(PODS, *key)
        if pod is None or terminating(pod) or finished(pod):
            return
        uid = pod["metadata"]["uid"]
        node: Node | None = self._ctx.store.typed(NODES, ("", node_of(pod)))
        taints = [t for t in node.spec.taints if t.effect == "NoExecute"] if node else []
        if not taints:
            self._cancel(uid, pod)
            return
        typed: Pod = self._ctx.store.typed(PODS, key)
        stays_s = tolerated_s(typed.spec.tolerations, taints)
        if stays_s is None:
            self._cancel(uid, pod)
        elif stays_s <= 0:
            self._evict(key, uid)
        elif uid not in self._timers:
            self._timers[uid] = self._ctx.clock.after(stays_s, lambda: self._evict(key, uid))

    def _cancel(self, uid: str, pod: Object | None = None) -> None:
        """Let a pod stay after all; one that is still there is told so."""
        timer = self._timers.pop(uid, None)
        if timer is not None:
            timer.cancel()
            if pod is not None:
                self._tell(pod, "Cancelling deletion of Pod")

    def _evict(self, key: Key, uid: str) -> None:
        self._cancel(uid)
        pod = self._ctx.store.find(PODS, *key)
        if pod is None or pod["metadata"]["uid"] != uid or terminating(pod):
            return
        self._tell(pod, "Marking for deletion Pod")
        target: Object = {
            "type": "DisruptionTarget",
            "status": "True",
            "lastProbeTime": None,
            "reason": "DeletionByTaintManager",
            "message": "Taint manager: deleting due to NoExecute taint",
        }
        marked = with_condition(pod, target, self._ctx.now())
        self._deleter.delete(PODS, self._ctx.store.update(PODS, marked, by=BY), by=BY)

    def _tell(self, pod: Object, what: str) -> None:
        self._recorder.record(
            pod,
            type_="Normal",
            reason="TaintManagerEviction",
            message=f"{what} {'/'.join(key_of(pod))}",
            source="taint-eviction-controller",
        )


def _executing(node: Object) -> list[tuple[str, str]]:
    """The NoExecute taints of a node."""
    taints = node["spec"].get("taints") or ()
    return [(t["key"], t.get("value", "")) for t in taints if t["effect"] == "NoExecute"]


def tolerated_s(tolerations: tuple[Toleration, ...], taints: list[Taint]) -> float | None:
    """How long a pod may stay with these NoExecute taints; None for ever."""
    spans = []
    for taint in taints:
        fitting = [t for t in tolerations if tolerates(t, taint)]
        if not fitting:
            return 0.0
        spans += [t.toleration_seconds for t in fitting if t.toleration_seconds is not None]
    return max(float(min(spans)), 0.0) if spans else None
