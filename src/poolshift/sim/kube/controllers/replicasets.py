"""The ReplicaSet controller: as many pods as asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import ApiError
from poolshift.sim.kube.controllers import pods
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.controllers.refusals import Refusals
from poolshift.sim.kube.objects import (
    Key,
    Object,
    controller_ref,
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
    from poolshift.sim.kube.store import Change

BY = "controller:replicaset"
# Pods made or deleted in one pass, as the real controller bounds its bursts.
BURST = 500


class ReplicaSets:
    """Keeps the replica count of every ReplicaSet."""

    def __init__(self, ctx: Context, deleter: Deleter, recorder: Recorder) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._refusals = Refusals(ctx, recorder, "replicaset-controller")
        self.queue = WorkQueue(ctx, ctx.timings.controller_s, self._sync)
        ctx.store.listen(REPLICA_SETS, lambda change: self.queue.add(key_of(change.obj)))
        ctx.store.listen(PODS, self._pod)

    def _pod(self, change: Change) -> None:
        ref = controller_ref(change.obj)
        if ref is not None and ref["kind"] == "ReplicaSet":
            self.queue.add((change.obj["metadata"]["namespace"], ref["name"]))

    def _sync(self, key: Key) -> None:
        owner = self._ctx.store.find(REPLICA_SETS, *key)
        if owner is None:
            return
        owned = pods.active(self._ctx.owners.owned(owner["metadata"]["uid"], PODS))
        if not terminating(owner):
            difference = owner["spec"]["replicas"] - len(owned)
            self._make(key, owner, owned, min(difference, BURST))
            for pod in pods.surplus(owned, min(-difference, BURST)) if difference < 0 else ():
                self._deleter.delete(PODS, pod, by=BY)
                owned.remove(pod)
            if abs(difference) > BURST:
                self.queue.add(key)
        self._report(key, owner, owned)

    def _make(self, key: Key, owner: Object, owned: list[Object], count: int) -> None:
        """Make so many pods, or as many as the server takes."""
        try:
            for _ in range(count):
                owned.append(pods.make(self._ctx, owner, by=BY))
        except ApiError as refused:
            self._refusals.note(self.queue, key, owner, refused)
        else:
            self._refusals.clear(key)

    def _report(self, key: Key, owner: Object, owned: list[Object]) -> None:
        """Count the pods; come back when the next one has been ready for long enough."""
        wait_s = owner["spec"].get("minReadySeconds", 0)
        young = [p for p in owned if ready(p) and not pods.available(self._ctx, p, wait_s)]
        if young:
            longest = max(pods.ready_for_s(self._ctx, p) for p in young)
            self.queue.add_after(key, wait_s - longest)
        up = sum(ready(p) for p in owned)
        current = self._ctx.store.find(REPLICA_SETS, *key)
        if current is None:
            return
        status = {
            "replicas": len(owned),
            "fullyLabeledReplicas": len(owned) or None,
            "readyReplicas": up or None,
            "availableReplicas": up - len(young) or None,
            "observedGeneration": owner["metadata"]["generation"],
        }
        current = self._refusals.told(key, with_status(current, **status))
        self._ctx.store.update(REPLICA_SETS, current, by=BY)
