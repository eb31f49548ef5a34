"""Tells the trace what happens in Kubernetes, from nothing but the writes to the store."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from poolshift.semantics.owners import pool_of_labels
from poolshift.semantics.rollout import lowest_ready, replicas_of
from poolshift.sim.kube import news
from poolshift.sim.kube.objects import (
    Object,
    controller_ref,
    key_of,
    labels_of,
    qualified_name,
    ready,
    serving,
)
from poolshift.sim.kube.owners import workload_of
from poolshift.sim.kube.resources import (
    DAEMON_SETS,
    DEPLOYMENTS,
    NODES,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
    Kind,
)

if TYPE_CHECKING:
    from poolshift.core.kube import Workload
    from poolshift.semantics.budgets import Resolved
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.podobjects import PodObject
    from poolshift.sim.kube.store import Change, PodChange

BUILD_LABEL = "node.kubernetes.io/windows-build"
ZONE_LABEL = "topology.kubernetes.io/zone"
FAULT = "fault:"
_COUNTED = (DEPLOYMENTS, STATEFUL_SETS, REPLICA_SETS)


class Narrator:
    """Writes the Kubernetes lines of the trace."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._emit = ctx.trace.emit
        self._workloads: dict[str, tuple[int, int]] = {}
        self._budgets: dict[str, dict[str, Any]] = {}
        ctx.store.listen(NODES, self._node)
        ctx.store.follow_pods(self._pod, news.COUNTED | news.BOUND)
        for kind in (*_COUNTED, DAEMON_SETS):
            ctx.store.listen(kind, partial(self._workload, kind))

    def tell_world(self) -> None:
        """Open the trace: everything that is there, as events of this instant."""
        store = self._ctx.store
        for node in store.all(NODES):
            self._node_added(node)
            self._node_changes(node, None, "")
        for kind in _COUNTED:
            for workload in store.all(kind):
                self._figures(kind, workload, anew=True)
        for line in self._budgets.values():
            self._emit("budget", **line)
        for key in store.collection(PODS).ordered():
            self._pod_created(store.pods[key])
            self._pod_changes(store.pods[key], None)

    def budget(self, budget: Object, resolved: Resolved, workloads: list[str]) -> None:
        """A budget's resolved figure, when it is another than last time."""
        line: dict[str, Any] = {"budget": "/".join(key_of(budget))}
        if resolved.max_unavailable is not None:
            line["max_unavailable"] = resolved.max_unavailable
        else:
            line["min_available"] = resolved.min_available
        line["workloads"] = workloads
        if self._budgets.get(line["budget"]) != line:
            self._budgets[line["budget"]] = line
            self._emit("budget", **line)

    def budget_gone(self, name: str) -> None:
        """A budget that was deleted protects nothing any more."""
        line = self._budgets.pop(name, None)
        if line is not None:
            self._emit("budget", **{**line, "workloads": []})

    def _node(self, change: Change) -> None:
        node = change.obj
        if change.type == "DELETED":
            # A machine that a fault took went without anybody's doing.
            fault = {"fault": True} if change.by.startswith(FAULT) else {}
            self._emit("node-removed", node=node["metadata"]["name"], by=change.by, **fault)
            return
        if change.type == "ADDED":
            self._node_added(node)
        self._node_changes(node, change.prev, change.by)
        if change.prev is not None:
            self._labels(node, change.prev, change.by)

    def _node_added(self, node: Object) -> None:
        labels = labels_of(node)
        self._emit(
            "node-added",
            node=node["metadata"]["name"],
            pool=pool_of_labels(labels),
            build=labels.get(BUILD_LABEL, ""),
            zone=labels.get(ZONE_LABEL, ""),
        )

    def _node_changes(self, node: Object, prev: Object | None, by: str) -> None:
        name = node["metadata"]["name"]
        if ready(node) and not (prev and ready(prev)):
            self._emit("node-ready", node=name)
        cordoned = bool(node["spec"].get("unschedulable"))
        if cordoned != bool(prev and prev["spec"].get("unschedulable")):
            self._emit("node-cordoned" if cordoned else "node-uncordoned", node=name, by=by)
        self._taints(node, prev, by)

    def _taints(self, node: Object, prev: Object | None, by: str) -> None:
        new = {(t["key"], t["effect"]): t.get("value", "") for t in node["spec"].get("taints", ())}
        spec = prev["spec"] if prev else {}
        old = {(t["key"], t["effect"]): t.get("value", "") for t in spec.get("taints", ())}
        if new == old:
            return
        name = node["metadata"]["name"]
        for key, value in {k: v for (k, _), v in old.items()}.items():
            if key not in {k for k, _ in new}:
                self._emit("taint", node=name, key=key, value=value, effect="", by=by)
        for (key, effect), value in new.items():
            if old.get((key, effect)) != value:
                self._emit("taint", node=name, key=key, value=value, effect=effect, by=by)

    def _labels(self, node: Object, prev: Object, by: str) -> None:
        new, old = labels_of(node), labels_of(prev)
        name = node["metadata"]["name"]
        for key in old:
            if key not in new:
                self._emit("label", node=name, key=key, value=None, by=by)
        for key, value in new.items():
            if old.get(key) != value:
                self._emit("label", node=name, key=key, value=value, by=by)

    def _pod(self, change: PodChange) -> None:
        if self._ctx.trace.muted:
            return
        pod = change.obj
        if change.type == "DELETED":
            if serving(pod):
                self._emit("pod-unready", uid=pod.uid)
            self._emit("pod-deleted", uid=pod.uid, by=change.by)
            return
        if change.type == "ADDED":
            self._pod_created(pod)
        self._pod_changes(pod, change.prev)

    def _pod_created(self, pod: Object) -> None:
        ref = controller_ref(pod)
        self._emit(
            "pod-created",
            pod="/".join(key_of(pod)),
            uid=pod["metadata"]["uid"],
            workload=workload_of(self._ctx.store, pod),
            daemon=ref is not None and ref["kind"] == "DaemonSet",
        )

    def _pod_changes(self, pod: PodObject, prev: PodObject | None) -> None:
        if pod.node and not (prev and prev.node):
            self._emit("pod-bound", uid=pod.uid, node=pod.node)
        was = prev is not None and prev.ready and not prev.terminating
        if (pod.ready and not pod.terminating) != was:
            self._emit("pod-unready" if was else "pod-ready", uid=pod.uid)
        if pod.finished and not (prev and prev.finished):
            self._emit("pod-finished", uid=pod.uid)

    def _workload(self, kind: Kind, change: Change) -> None:
        workload, prev = change.obj, change.prev
        if prev is not None and prev["spec"] is workload["spec"]:
            return
        if kind is REPLICA_SETS and controller_ref(workload) is not None:
            return
        if kind is not DAEMON_SETS:
            self._figures(kind, workload, gone=change.type == "DELETED")
        if prev is not None and workload["spec"]["template"] != prev["spec"]["template"]:
            self._emit("template-changed", workload=qualified_name(workload), by=change.by)

    def _figures(
        self, kind: Kind, workload: Object, *, gone: bool = False, anew: bool = False
    ) -> None:
        """Replicas and lowest allowed ready count, when they are others than last time."""
        if kind is REPLICA_SETS and controller_ref(workload) is not None:
            return
        name = qualified_name(workload)
        figures = (0, 0)
        if not gone:
            typed: Workload = self._ctx.store.typed(kind, key_of(workload))
            figures = (replicas_of(typed), lowest_ready(typed, kind.kind))
        if anew or self._workloads.get(name) != figures:
            self._workloads[name] = figures
            self._emit("workload", workload=name, replicas=figures[0], allowed_min=figures[1])
        if gone:
            del self._workloads[name]
