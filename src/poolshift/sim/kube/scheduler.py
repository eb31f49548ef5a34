"""The scheduler: filters by `semantics.fit`, scores, binds, and parks what fits nowhere.

A parked pod is tried again when something changes that can help it: a node that now fits it, or
room on a node that fits it already. Nothing polls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.semantics import fit
from poolshift.semantics.selectors import pinned_node
from poolshift.sim.kube.nodeviews import NodeViews, decides, owner_uid, signature_of
from poolshift.sim.kube.objects import (
    Key,
    Object,
    finished,
    key_of,
    node_of,
    terminating,
    with_condition,
    with_spec,
)
from poolshift.sim.kube.resources import NODES, PODS
from poolshift.sim.kube.scoring import Candidate, scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.core.kube import Pod
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.kubelet import Kubelets
    from poolshift.sim.kube.store import Change

BY = "controller:scheduler"
# Feasible nodes after which the search stops; kube-scheduler never stops before as many.
ENOUGH = 100


class _Waiting(msgspec.Struct):
    """A pod that looks for a node."""

    uid: str
    owner: str
    pod: fit.Incoming
    signature: bytes
    pinned: str | None


class Scheduler:
    """Binds pending pods."""

    def __init__(self, ctx: Context, recorder: Recorder, kubelets: Kubelets) -> None:
        self._ctx = ctx
        self._recorder = recorder
        self._kubelets = kubelets
        self._views = NodeViews(ctx)
        self._active: dict[Key, None] = {}
        self._waiting: dict[Key, _Waiting] = {}
        self._parked: dict[bytes, dict[Key, None]] = {}
        self._parked_on: dict[str, dict[Key, None]] = {}
        self._scheduled = False
        self._start = 0
        ctx.store.listen(PODS, self._pod)
        ctx.store.listen(NODES, self._node)

    @property
    def views(self) -> NodeViews:
        """What is known of the nodes."""
        return self._views

    def _pod(self, change: Change) -> None:
        pod, key = change.obj, key_of(change.obj)
        if change.type == "DELETED" or finished(pod):
            self._unpark(key)
            if node_of(pod):
                self._room(node_of(pod))
        elif not node_of(pod) and not terminating(pod) and change.type == "ADDED":
            self._activate(key)

    def _node(self, change: Change) -> None:
        if change.type == "DELETED" or not decides(change):
            return
        name = change.obj["metadata"]["name"]
        for key in list(self._parked_on.get(name, ())):
            self._activate(key)
        view = self._views.views.get(name)
        for group in list(self._parked.values()):
            first = next(iter(group))
            if view and not fit.static_reasons(self._waiting[first].pod, view.state.node):
                for key in list(group):
                    self._activate(key)

    def _room(self, node: str) -> None:
        """A pod has left a node: those that wait for room there try again."""
        for key in list(self._parked_on.get(node, ())):
            self._activate(key)
        for signature, group in list(self._parked.items()):
            first = self._waiting[next(iter(group))]
            verdict = self._views.verdicts(signature, first.pod).get(node)
            if verdict == ():
                for key in list(group):
                    self._activate(key)

    def _activate(self, key: Key) -> None:
        self._unpark(key)
        self._active[key] = None
        if not self._scheduled:
            self._scheduled = True
            self._ctx.after(self._ctx.timings.scheduler_s, self._run)

    def _unpark(self, key: Key) -> None:
        waiting = self._waiting.pop(key, None)
        if waiting is None:
            return
        if waiting.pinned is not None:
            self._drop(self._parked_on, waiting.pinned, key)
        else:
            group = self._parked.get(waiting.signature, {})
            group.pop(key, None)
            if not group:
                self._parked.pop(waiting.signature, None)

    @staticmethod
    def _drop(index: dict[str, dict[Key, None]], entry: str, key: Key) -> None:
        group = index.get(entry, {})
        group.pop(key, None)
        if not group:
            index.pop(entry, None)

    def _run(self) -> None:
        self._scheduled = False
        active, self._active = self._active, {}
        for key in active:
            pod = self._ctx.store.find(PODS, *key)
            if pod is not None and not node_of(pod) and not terminating(pod):
                self._schedule(key, pod)

    def _schedule(self, key: Key, pod: Object) -> None:
        typed: Pod = self._ctx.store.typed(PODS, key)
        waiting = _Waiting(
            uid=pod["metadata"]["uid"],
            owner=owner_uid(pod),
            pod=fit.incoming(typed.metadata, typed.spec),
            signature=signature_of(typed.spec),
            pinned=pinned_node(typed.spec),
        )
        if waiting.pinned is not None:
            node = self._pinned(waiting)
        else:
            candidates = self._feasible(waiting)
            node = self._best(waiting, candidates) if candidates else None
        if node is None:
            self._park(key, pod, waiting)
        else:
            self._bind(pod, node)

    def _pinned(self, waiting: _Waiting) -> str | None:
        """The node that the pod names, if it takes it."""
        view = self._views.views.get(waiting.pinned or "")
        if view is None or fit.reasons(waiting.pod, view.state):
            return None
        return waiting.pinned

    def _feasible(self, waiting: _Waiting) -> list[Candidate]:
        """Nodes that take the pod; the search goes on where the last one stopped."""
        names = self._views.willing(waiting.signature, waiting.pod)
        machines = self._kubelets.machines
        found: list[Candidate] = []
        for step in range(len(names)):
            name = names[(self._start + step) % len(names)]
            view = self._views.views[name]
            if not fit.dynamic_reasons(waiting.pod, view.state):
                machine = machines.get(name)
                found.append(Candidate(name, view, machine.images if machine else {}))
                if len(found) == ENOUGH:
                    self._start += step + 1
                    break
        return found

    def _best(self, waiting: _Waiting, candidates: list[Candidate]) -> str:
        total = len(self._views.views)
        points = scores(waiting.pod, waiting.owner, candidates, total)
        most = max(points)
        best = [c.name for c, score in zip(candidates, points, strict=True) if score == most]
        return best[0] if len(best) == 1 else self._ctx.rng.choice(best)

    def _bind(self, pod: Object, node: str) -> None:
        scheduled: Object = {"type": "PodScheduled", "status": "True", "lastProbeTime": None}
        bound = with_condition(with_spec(pod, nodeName=node), scheduled, self._ctx.now())
        self._ctx.store.update(PODS, bound, by=BY)
        name = "/".join(key_of(pod))
        self._record(pod, "Normal", "Scheduled", f"Successfully assigned {name} to {node}")

    def _park(self, key: Key, pod: Object, waiting: _Waiting) -> None:
        self._waiting[key] = waiting
        if waiting.pinned is not None:
            self._parked_on.setdefault(waiting.pinned, {})[key] = None
        else:
            self._parked.setdefault(waiting.signature, {})[key] = None
        message = fit.summary(self._refusals(waiting).values(), len(self._views.views))
        condition: Object = {
            "type": "PodScheduled",
            "status": "False",
            "lastProbeTime": None,
            "reason": "Unschedulable",
            "message": message,
        }
        self._ctx.store.update(PODS, with_condition(pod, condition, self._ctx.now()), by=BY)
        self._record(pod, "Warning", "FailedScheduling", message)

    def _refusals(self, waiting: _Waiting) -> Mapping[str, tuple[fit.Reason, ...]]:
        views = self._views.views
        if waiting.pinned is not None:
            return {name: fit.reasons(waiting.pod, view.state) for name, view in views.items()}
        verdicts = self._views.verdicts(waiting.signature, waiting.pod)
        return {
            name: refused or fit.dynamic_reasons(waiting.pod, views[name].state)
            for name, refused in verdicts.items()
        }

    def _record(self, pod: Object, type_: str, reason: str, message: str) -> None:
        self._recorder.record(
            pod, type_=type_, reason=reason, message=message, source="default-scheduler"
        )
