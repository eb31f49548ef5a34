"""The DaemonSet controller: one pod on each node that it matches, and its rolling update."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import ApiError
from poolshift.core.kube import Node, PodSpec, Toleration, Workload
from poolshift.semantics import taints
from poolshift.semantics.budgets import scaled
from poolshift.semantics.selectors import node_matches
from poolshift.sim.kube.controllers import pods
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.controllers.refusals import Refusals
from poolshift.sim.kube.nodeviews import decides
from poolshift.sim.kube.objects import (
    Key,
    Object,
    controller_ref,
    finished,
    key_of,
    labels_of,
    node_of,
    ready,
    template_hash,
    terminating,
    with_status,
)
from poolshift.sim.kube.resources import DAEMON_SETS, NODES, PODS

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.store import Change

BY = "controller:daemonset"
HASH = "controller-revision-hash"

# What every daemon pod tolerates: (key, effect).
_TOLERATED = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)
_HOST_NETWORK = ("node.kubernetes.io/network-unavailable", "NoSchedule")


class DaemonSets:
    """Keeps every DaemonSet's pods."""

    def __init__(self, ctx: Context, deleter: Deleter, recorder: Recorder) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._refusals = Refusals(ctx, recorder, "daemonset-controller")
        self.queue = WorkQueue(ctx, ctx.timings.controller_s, self._sync)
        ctx.store.listen(DAEMON_SETS, lambda change: self.queue.add(key_of(change.obj)))
        ctx.store.listen(PODS, self._pod)
        ctx.store.listen(NODES, self._node)

    def _pod(self, change: Change) -> None:
        ref = controller_ref(change.obj)
        if ref is not None and ref["kind"] == "DaemonSet":
            self.queue.add((change.obj["metadata"]["namespace"], ref["name"]))

    def _node(self, change: Change) -> None:
        if decides(change):
            for key in self._ctx.store.collection(DAEMON_SETS).ordered():
                self.queue.add(key)

    def _sync(self, key: Key) -> None:
        daemon = self._ctx.store.find(DAEMON_SETS, *key)
        if daemon is None or terminating(daemon):
            return
        typed: Workload = self._ctx.store.typed(DAEMON_SETS, key)
        spec = _tolerant(typed.spec.template.spec)
        by_node = self._by_node(daemon)
        wanted = self._place(daemon, spec, by_node)
        code = template_hash(daemon["spec"]["template"])
        if daemon["spec"]["updateStrategy"]["type"] == "RollingUpdate":
            self._roll(daemon, typed, by_node, wanted, code)
        self._report(key, daemon, wanted, code)

    def _by_node(self, daemon: Object) -> dict[str, list[Object]]:
        found: dict[str, list[Object]] = {}
        for pod in self._ctx.owners.owned(daemon["metadata"]["uid"], PODS):
            found.setdefault(node_of(pod) or _pinned(pod), []).append(pod)
        return found

    def _place(self, daemon: Object, spec: PodSpec, by_node: dict[str, list[Object]]) -> set[str]:
        """Make missing pods, delete those that should not be; gives the nodes meant."""
        wanted = set()
        missing: list[str] = []
        for _, name in self._ctx.store.collection(NODES).ordered():
            node: Node = self._ctx.store.typed(NODES, ("", name))
            runs, stays = _verdict(spec, node)
            if runs:
                wanted.add(name)
                if not any(not finished(p) for p in by_node.get(name, ())):
                    missing.append(name)
            elif not stays:
                for pod in pods.active(by_node.get(name, [])):
                    self._deleter.delete(PODS, pod, by=BY)
        self._fill(daemon, missing)
        return wanted

    def _fill(self, daemon: Object, missing: list[str]) -> None:
        """Make pods for these nodes, or for as many as the server takes."""
        key = key_of(daemon)
        try:
            for name in missing:
                self._make(daemon, name)
        except ApiError as refused:
            self._refusals.note(self.queue, key, daemon, refused)
        else:
            self._refusals.clear(key)

    def _make(self, daemon: Object, node: str) -> None:
        template = daemon["spec"]["template"]
        term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
        affinity = template["spec"].get("affinity") or {}
        placed = {
            **affinity,
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}
            },
        }
        pods.make(
            self._ctx,
            daemon,
            by=BY,
            labels={HASH: template_hash(template), "pod-template-generation": "1"},
            spec={"affinity": placed, "tolerations": _toleration_objects(template["spec"])},
        )

    def _roll(
        self,
        daemon: Object,
        typed: Workload,
        by_node: dict[str, list[Object]],
        wanted: set[str],
        code: str,
    ) -> None:
        """Replace pods of an older template, no more at a time than may be unavailable."""
        rolling = typed.spec.update_strategy.rolling_update
        figure = rolling.max_unavailable if rolling and rolling.max_unavailable is not None else 1
        most = max(scaled(figure, len(wanted), up=True), 1)
        old, down = [], 0
        for name in sorted(wanted):
            current = pods.active(by_node.get(name, []))
            down += not any(ready(p) for p in current)
            old += [p for p in current if labels_of(p).get(HASH) != code]
        # A pod that serves no one costs nothing to replace.
        for pod in sorted(old, key=ready):
            if ready(pod) and down >= most:
                break
            down += ready(pod)
            self._deleter.delete(PODS, pod, by=BY)

    def _report(self, key: Key, daemon: Object, wanted: set[str], code: str) -> None:
        current = self._ctx.store.find(DAEMON_SETS, *key)
        if current is None:
            return
        owned = pods.active(self._ctx.owners.owned(daemon["metadata"]["uid"], PODS))
        placed = [p for p in owned if (node_of(p) or _pinned(p)) in wanted]
        up = sum(ready(p) for p in placed)
        status = {
            "currentNumberScheduled": len({node_of(p) or _pinned(p) for p in placed}),
            "numberMisscheduled": len(owned) - len(placed),
            "desiredNumberScheduled": len(wanted),
            "numberReady": up,
            "observedGeneration": daemon["metadata"]["generation"],
            "updatedNumberScheduled": sum(labels_of(p).get(HASH) == code for p in placed),
            "numberAvailable": up or None,
            "numberUnavailable": max(len(wanted) - up, 0) or None,
        }
        self._ctx.store.update(DAEMON_SETS, with_status(current, **status), by=BY)


def _pinned(pod: Object) -> str:
    """The node that a daemon pod was made for."""
    terms = pod["spec"]["affinity"]["nodeAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]["nodeSelectorTerms"]
    name: str = terms[0]["matchFields"][0]["values"][0]
    return name


def _added(*, host_network: bool) -> tuple[tuple[str, str], ...]:
    return (*_TOLERATED, _HOST_NETWORK) if host_network else _TOLERATED


def _tolerant(spec: PodSpec) -> PodSpec:
    """The template's spec as its pods will have it."""
    added = tuple(
        Toleration(key=key, operator="Exists", effect=effect)
        for key, effect in _added(host_network=spec.host_network)
    )
    return PodSpec(
        node_selector=spec.node_selector,
        affinity=spec.affinity,
        tolerations=(*spec.tolerations, *added),
    )


def _toleration_objects(spec: Object) -> list[Object]:
    added = _added(host_network=bool(spec.get("hostNetwork")))
    return [
        *(spec.get("tolerations") or ()),
        *({"key": key, "operator": "Exists", "effect": effect} for key, effect in added),
    ]


def _verdict(spec: PodSpec, node: Node) -> tuple[bool, bool]:
    """Whether a daemon pod should run on a node, and whether one that runs may stay."""
    if not node_matches(spec, node.metadata):
        return False, False
    banned = taints.first_untolerated(spec.tolerations, node.spec.taints, ("NoExecute",))
    hard = taints.first_untolerated(spec.tolerations, node.spec.taints)
    return hard is None, banned is None
