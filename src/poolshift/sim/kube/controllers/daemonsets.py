"""The DaemonSet controller: one pod on each node that it matches, and its rolling update.

A pass looks at the nodes on which something changed, not at the cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import ApiError
from poolshift.semantics.budgets import scaled
from poolshift.sim.kube import news
from poolshift.sim.kube.controllers import pods
from poolshift.sim.kube.controllers.daemonplaces import (
    NOTHING,
    Places,
    PodsByNode,
    Share,
    home,
    tolerant,
    toleration_objects,
    verdict,
)
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.controllers.refusals import Refusals
from poolshift.sim.kube.controllers.revisions import Revisions
from poolshift.sim.kube.controllers.workloadevents import WorkloadEvents
from poolshift.sim.kube.nodeviews import decides
from poolshift.sim.kube.objects import (
    Key,
    Object,
    finished,
    key_of,
    labels_of,
    ready,
    terminating,
    with_status,
)
from poolshift.sim.kube.resources import DAEMON_SETS, NODES, PODS

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.core.kube import Node, Workload
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.podobjects import PodObject
    from poolshift.sim.kube.store import Change, PodChange

BY = "controller:daemonset"
HASH = "controller-revision-hash"


class DaemonSets:
    """Keeps every DaemonSet's pods."""

    def __init__(self, ctx: Context, deleter: Deleter, recorder: Recorder) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._refusals = Refusals(ctx, recorder, "daemonset-controller")
        self._events = WorkloadEvents(ctx, recorder, "daemonset-controller")
        self._revisions = Revisions(ctx, deleter, BY)
        self._places: dict[str, Places] = {}
        self._pods = PodsByNode()
        self.queue = WorkQueue(ctx, ctx.timings.controller_s, self._sync)
        ctx.store.listen(DAEMON_SETS, self._set)
        ctx.store.follow_pods(self._pod, news.ANY, traits=news.OF_DAEMON_SET)
        ctx.store.listen(NODES, self._node)

    def _set(self, change: Change) -> None:
        if change.type == "DELETED":
            self._places.pop(change.obj["metadata"]["uid"], None)
            self._revisions.forget(change.obj)
        self.queue.add(key_of(change.obj))

    def _pod(self, change: PodChange) -> None:
        pod, prev = change.obj, change.prev
        if prev is not None and (prev.owner is not pod.owner or prev.node != pod.node):
            self._touch(prev, self._pods.drop)
            self._touch(pod, self._pods.add)
        elif change.type == "DELETED":
            self._touch(pod, self._pods.drop)
        else:
            self._touch(pod, self._pods.add if change.type == "ADDED" else None)

    def _touch(self, pod: PodObject, move: Callable[[str, str, Key], None] | None) -> None:
        """Look at a pod's node again, on which it is counted from now on, or no longer."""
        ref = pod.owner
        if ref is None or ref["kind"] != "DaemonSet":
            return
        node = home(pod)
        if move is not None:
            move(ref["uid"], node, pod.key)
        places = self._places.get(ref["uid"])
        if places is not None:
            places.dirty[node] = None
        self.queue.add((pod.key[0], ref["name"]))

    def _node(self, change: Change) -> None:
        if change.type != "DELETED" and not decides(change):
            return
        name = change.obj["metadata"]["name"]
        for places in self._places.values():
            places.dirty[name] = None
            places.verdicts.pop(name, None)
        for key in self._ctx.store.collection(DAEMON_SETS).ordered():
            self.queue.add(key)

    def _sync(self, key: Key) -> None:
        daemon = self._ctx.store.find(DAEMON_SETS, *key)
        if daemon is None or terminating(daemon):
            return
        typed: Workload = self._ctx.store.typed(DAEMON_SETS, key)
        places = self._current(daemon, typed)
        missing: list[str] = []
        looked_at, places.dirty = places.dirty, {}
        for node in looked_at:
            if self._settle(daemon, typed, places, node):
                missing.append(node)
        if daemon["spec"]["updateStrategy"]["type"] == "RollingUpdate" and places.old:
            missing += self._roll(daemon, typed, places)
        self._fill(key, daemon, places, missing)
        self._report(key, daemon, places)

    def _current(self, daemon: Object, typed: Workload) -> Places:
        """The places of a DaemonSet; all of them are looked at when its spec is another."""
        meta = daemon["metadata"]
        places = self._places.get(meta["uid"])
        if places is not None and places.generation == meta["generation"]:
            return places
        # The server may refuse the revision; then all of this is done at the next try.
        code = self._revisions.current(daemon)
        if places is None:
            places = self._places[meta["uid"]] = Places()
        places.generation = meta["generation"]
        places.code = code
        places.spec = tolerant(typed.spec.template.spec)
        places.verdicts.clear()
        names = [name for _, name in self._ctx.store.collection(NODES).ordered()]
        places.dirty.update(dict.fromkeys([*names, *self._pods.nodes(meta["uid"])]))
        return places

    def _verdict(self, places: Places, name: str) -> tuple[bool, bool]:
        found = places.verdicts.get(name)
        if found is None:
            node: Node | None = self._ctx.store.typed(NODES, ("", name))
            if node is None:
                # Pods of a node that is gone are not the DaemonSet's to take.
                return False, True
            found = places.verdicts[name] = verdict(places.spec, node)
        return found

    def _on(self, daemon: Object, node: str) -> list[PodObject]:
        keys = self._pods.on(daemon["metadata"]["uid"], node)
        found = self._ctx.store.pods
        return [found[key] for key in keys if key in found]

    def _settle(self, daemon: Object, typed: Workload, places: Places, node: str) -> bool:
        """Take away what should not run on a node, count what does; whether a pod is missing."""
        runs, stays = self._verdict(places, node)
        found = self._on(daemon, node)
        for pod in found:
            if not terminating(pod) and (finished(pod) or not (runs or stays)):
                self._take(daemon, pod)
        active = pods.active(self._on(daemon, node))
        self._count(typed, places, node, active, runs=runs)
        return runs and not any(not finished(p) for p in found)

    def _count(
        self, typed: Workload, places: Places, node: str, active: list[PodObject], *, runs: bool
    ) -> None:
        wait_s = typed.spec.min_ready_seconds
        fresh = [p for p in active if labels_of(p).get(HASH) == places.code]
        if len(fresh) < len(active):
            places.old[node] = None
        else:
            places.old.pop(node, None)
        if not runs:
            places.share(node, Share(misscheduled=len(active)) if active else NOTHING)
            return
        available = [p for p in active if pods.available(self._ctx, p, wait_s)]
        up = [p for p in active if ready(p)]
        if up and not available:
            self._come_back(typed, places, node, up[0])
        places.share(
            node,
            Share(
                wanted=1,
                scheduled=int(bool(active)),
                up=int(bool(up)),
                available=int(bool(available)),
                updated=int(bool(fresh)),
            ),
        )

    def _come_back(self, typed: Workload, places: Places, node: str, pod: Object) -> None:
        """Look again when a pod has been ready for as long as the DaemonSet wants."""
        wait_s = typed.spec.min_ready_seconds - pods.ready_for_s(self._ctx, pod)
        key = (typed.metadata.namespace, typed.metadata.name)

        def look() -> None:
            places.dirty[node] = None
            self.queue.add(key)

        self._ctx.clock.after(max(wait_s, 0.0), look)

    def _fill(self, key: Key, daemon: Object, places: Places, missing: list[str]) -> None:
        """Make pods for these nodes, or for as many as the server takes."""
        done = 0
        try:
            for node in missing:
                self._make(daemon, places.code, node)
                done += 1
        except ApiError as refused:
            places.dirty.update(dict.fromkeys(missing[done:]))
            self._refusals.note(self.queue, key, daemon, refused)
        else:
            self._refusals.clear(key)

    def _make(self, daemon: Object, code: str, node: str) -> None:
        template = daemon["spec"]["template"]
        term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
        affinity = template["spec"].get("affinity") or {}
        placed = {
            **affinity,
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}
            },
        }
        made = pods.make(
            self._ctx,
            daemon,
            by=BY,
            labels={HASH: code, "pod-template-generation": str(daemon["metadata"]["generation"])},
            spec={"affinity": placed, "tolerations": toleration_objects(template["spec"])},
        )
        self._events.created(daemon, made)

    def _take(self, daemon: Object, pod: Object) -> None:
        """Delete a pod, and tell of it."""
        self._deleter.delete(PODS, pod, by=BY)
        self._events.deleted(daemon, pod)

    def _roll(self, daemon: Object, typed: Workload, places: Places) -> list[str]:
        """One step of the rolling update; gives nodes that get a new pod beside the old one."""
        rolling = typed.spec.update_strategy.rolling_update
        wanted = places.sums["wanted"]
        surge = scaled((rolling and rolling.max_surge) or 0, wanted, up=True)
        if surge:
            return self._roll_beside(daemon, typed, places, surge)
        figure = rolling.max_unavailable if rolling and rolling.max_unavailable is not None else 1
        most = max(scaled(figure, wanted, up=True), 1)
        down = wanted - places.sums["available"]
        old = [
            pod
            for node in sorted(places.old)
            for pod in pods.active(self._on(daemon, node))
            if labels_of(pod).get(HASH) != places.code
        ]
        # A pod that serves no one costs nothing to replace.
        for pod in sorted(old, key=ready):
            if ready(pod) and down >= most:
                break
            down += ready(pod)
            self._take(daemon, pod)
        return []

    def _roll_beside(
        self, daemon: Object, typed: Workload, places: Places, surge: int
    ) -> list[str]:
        """New pods come up beside the old ones, which go when those are available."""
        wait_s = typed.spec.min_ready_seconds
        candidates: list[str] = []
        at_once: list[str] = []
        surging = 0
        for node in sorted(places.old):
            active = pods.active(self._on(daemon, node))
            new = [p for p in active if labels_of(p).get(HASH) == places.code]
            old = [p for p in active if labels_of(p).get(HASH) != places.code]
            serves = any(pods.available(self._ctx, p, wait_s) for p in old)
            if not new:
                (candidates if serves else at_once).append(node)
            elif not serves or any(pods.available(self._ctx, p, wait_s) for p in new):
                for pod in old:
                    self._take(daemon, pod)
            else:
                surging += 1
        room = max(surge - surging, 0)
        return [n for n in [*at_once, *candidates[:room]] if self._verdict(places, n)[0]]

    def _report(self, key: Key, daemon: Object, places: Places) -> None:
        current = self._ctx.store.find(DAEMON_SETS, *key)
        if current is None:
            return
        sums = places.sums
        status = {
            "currentNumberScheduled": sums["scheduled"],
            "numberMisscheduled": sums["misscheduled"],
            "desiredNumberScheduled": sums["wanted"],
            "numberReady": sums["up"],
            "observedGeneration": daemon["metadata"]["generation"],
            "updatedNumberScheduled": sums["updated"],
            "numberAvailable": sums["available"] or None,
            "numberUnavailable": max(sums["wanted"] - sums["available"], 0) or None,
        }
        self._ctx.store.update(DAEMON_SETS, with_status(current, **status), by=BY)
        if not places.old:
            self._revisions.trim(daemon, {places.code})
