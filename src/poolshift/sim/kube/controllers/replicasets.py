"""The ReplicaSet controller: as many pods as asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import ApiError
from poolshift.sim.kube import news
from poolshift.sim.kube.controllers import pods
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.controllers.refusals import Refusals
from poolshift.sim.kube.controllers.tallies import Tallies
from poolshift.sim.kube.controllers.workloadevents import WorkloadEvents
from poolshift.sim.kube.objects import (
    Key,
    Object,
    key_of,
    ready,
    terminating,
    with_status,
)
from poolshift.sim.kube.resources import PODS, REPLICA_SETS

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.podobjects import PodObject
    from poolshift.sim.kube.store import Change, PodChange

BY = "controller:replicaset"
# Pods made or deleted in one pass, as the real controller bounds its bursts.
BURST = 500


class ReplicaSets:
    """Keeps the replica count of every ReplicaSet."""

    def __init__(self, ctx: Context, deleter: Deleter, recorder: Recorder) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._refusals = Refusals(ctx, recorder, "replicaset-controller")
        self._events = WorkloadEvents(ctx, recorder, "replicaset-controller")
        self.queue = WorkQueue(ctx, ctx.timings.controller_s, self._sync)
        self._tallies = Tallies(ctx.store)
        ctx.store.listen(REPLICA_SETS, self._seen)
        ctx.store.follow_pods(self._pod, news.COUNTED, traits=news.OF_REPLICA_SET)

    def _pod(self, change: PodChange) -> None:
        """A pod that came, went, or changed in what is counted."""
        ref, prev = change.obj.owner, change.prev
        if prev is not None and prev.owner is not ref and prev.owner is not None:
            self.queue.add((change.obj.key[0], prev.owner["name"]))
        # One that was on its way out has not counted since.
        if ref is not None and not (change.type == "DELETED" and change.obj.terminating):
            self.queue.add((change.obj.key[0], ref["name"]))

    def _seen(self, change: Change) -> None:
        # Its own report changes nothing of what is asked for.
        if change.by != BY:
            self.queue.add(key_of(change.obj))

    def _sync(self, key: Key) -> None:
        owner = self._ctx.store.find(REPLICA_SETS, *key)
        if owner is None:
            return
        if not terminating(owner):
            uid = owner["metadata"]["uid"]
            difference = owner["spec"]["replicas"] - self._tallies.of(uid).active
            self._make(key, owner, min(difference, BURST))
            for pod in self._surplus(owner, min(-difference, BURST)) if difference < 0 else ():
                self._deleter.delete(PODS, pod, by=BY)
                self._events.deleted(owner, pod)
            if abs(difference) > BURST:
                self.queue.add(key)
        self._report(key, owner)

    def _make(self, key: Key, owner: Object, count: int) -> None:
        """Make so many pods, or as many as the server takes."""
        try:
            for _ in range(count):
                self._events.created(owner, pods.make(self._ctx, owner, by=BY))
        except ApiError as refused:
            self._refusals.note(self.queue, key, owner, refused)
        else:
            self._refusals.clear(key)

    def _active(self, owner: Object) -> list[PodObject]:
        return pods.active(self._ctx.owners.pods(owner["metadata"]["uid"]))

    def _surplus(self, owner: Object, count: int) -> list[PodObject]:
        return pods.surplus(self._active(owner), count)

    def _young(self, key: Key, owner: Object) -> int:
        """Ready pods that have not been so for long enough; comes back when the next one has."""
        wait_s = owner["spec"].get("minReadySeconds", 0)
        if not wait_s:
            return 0
        young = [
            pod
            for pod in self._active(owner)
            if ready(pod) and not pods.available(self._ctx, pod, wait_s)
        ]
        if young:
            longest = max(pods.ready_for_s(self._ctx, pod) for pod in young)
            self.queue.add_after(key, wait_s - longest)
        return len(young)

    def _report(self, key: Key, owner: Object) -> None:
        """Write the counts."""
        young = self._young(key, owner)
        tally = self._tallies.of(owner["metadata"]["uid"])
        status = {
            "replicas": tally.active,
            "fullyLabeledReplicas": tally.active or None,
            "readyReplicas": tally.ready or None,
            "availableReplicas": tally.ready - young or None,
            "observedGeneration": owner["metadata"]["generation"],
        }
        current = self._refusals.told(key, with_status(owner, **status))
        self._ctx.store.update(REPLICA_SETS, current, by=BY)
