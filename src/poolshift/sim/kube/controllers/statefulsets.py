"""The StatefulSet controller: numbered pods in order, and the update from the highest down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.semantics.rollout import stateful_unavailable
from poolshift.sim.kube.controllers import pods
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.objects import (
    Key,
    Object,
    controller_ref,
    finished,
    key_of,
    labels_of,
    ready,
    template_hash,
    terminating,
    with_status,
)
from poolshift.sim.kube.resources import PODS, STATEFUL_SETS

if TYPE_CHECKING:
    from poolshift.core.kube import Workload
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.store import Change

BY = "controller:statefulset"
HASH = "controller-revision-hash"


class StatefulSets:
    """Keeps every StatefulSet's pods."""

    def __init__(self, ctx: Context, deleter: Deleter) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self.queue = WorkQueue(ctx, ctx.timings.controller_s, self._sync)
        ctx.store.listen(STATEFUL_SETS, lambda change: self.queue.add(key_of(change.obj)))
        ctx.store.listen(PODS, self._pod)

    def _pod(self, change: Change) -> None:
        ref = controller_ref(change.obj)
        if ref is not None and ref["kind"] == "StatefulSet":
            self.queue.add((change.obj["metadata"]["namespace"], ref["name"]))

    def _sync(self, key: Key) -> None:
        owner = self._ctx.store.find(STATEFUL_SETS, *key)
        if owner is None or terminating(owner):
            return
        owned = {
            _ordinal(pod): pod for pod in self._ctx.owners.owned(owner["metadata"]["uid"], PODS)
        }
        revision = f"{key[1]}-{template_hash(owner['spec']['template'])}"
        if self._fill(owner, owned, revision) and self._trim(owner, owned):
            self._update(key, owner, owned, revision)
        self._report(key, owner, revision)

    def _fill(self, owner: Object, owned: dict[int, Object], revision: str) -> bool:
        """Make what is missing, in order unless Parallel; whether nothing is to be waited for."""
        ordered = owner["spec"]["podManagementPolicy"] == "OrderedReady"
        settled = True
        for ordinal in range(owner["spec"]["replicas"]):
            pod = owned.get(ordinal)
            if pod is not None and finished(pod) and not terminating(pod):
                self._deleter.delete(PODS, pod, by=BY)
            if pod is None:
                self._make(owner, ordinal, self._revision_for(owner, ordinal, revision))
            if pod is None or terminating(pod) or not ready(pod):
                settled = False
                if ordered:
                    # A pod of an old template that never gets ready may still be replaced.
                    return pod is not None and not terminating(pod)
        return settled or any(not terminating(p) for p in owned.values())

    def _revision_for(self, owner: Object, ordinal: int, revision: str) -> str:
        """The revision that a new pod gets: below the partition the one that runs already."""
        partition = (owner["spec"]["updateStrategy"].get("rollingUpdate") or {}).get("partition", 0)
        current = owner.get("status", {}).get("currentRevision", revision)
        return current if ordinal < partition else revision

    def _make(self, owner: Object, ordinal: int, revision: str) -> None:
        name = f"{owner['metadata']['name']}-{ordinal}"
        labels = {
            HASH: revision,
            "statefulset.kubernetes.io/pod-name": name,
            "apps.kubernetes.io/pod-index": str(ordinal),
        }
        pods.make(self._ctx, owner, by=BY, name=name, labels=labels)

    def _trim(self, owner: Object, owned: dict[int, Object]) -> bool:
        """Take surplus pods away from the highest down, one at a time unless Parallel."""
        surplus = sorted((o for o in owned if o >= owner["spec"]["replicas"]), reverse=True)
        for ordinal in surplus:
            if not terminating(owned[ordinal]):
                self._deleter.delete(PODS, owned[ordinal], by=BY)
            if owner["spec"]["podManagementPolicy"] == "OrderedReady":
                return False
        return not surplus

    def _update(self, key: Key, owner: Object, owned: dict[int, Object], revision: str) -> None:
        """Replace pods of an older template from the highest ordinal down to the partition."""
        strategy = owner["spec"]["updateStrategy"]
        if strategy["type"] != "RollingUpdate":
            return
        typed: Workload = self._ctx.store.typed(STATEFUL_SETS, key)
        most = stateful_unavailable(typed)
        partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
        down = 0
        for ordinal in sorted(owned, reverse=True):
            pod = owned[ordinal]
            if ordinal >= partition and labels_of(pod).get(HASH) != revision:
                if not terminating(pod) and (down < most or not ready(pod)):
                    self._deleter.delete(PODS, pod, by=BY)
                    down += 1
                if down >= most:
                    return
            elif terminating(pod) or not ready(pod):
                down += 1
            if down >= most:
                return

    def _report(self, key: Key, owner: Object, revision: str) -> None:
        current = self._ctx.store.find(STATEFUL_SETS, *key)
        if current is None:
            return
        owned = pods.active(self._ctx.owners.owned(owner["metadata"]["uid"], PODS))
        fresh = [p for p in owned if labels_of(p).get(HASH) == revision]
        up = sum(ready(p) for p in owned)
        before = owner.get("status", {}).get("currentRevision", revision)
        done = len(fresh) == len(owned) == owner["spec"]["replicas"] and up == len(owned)
        status = {
            "observedGeneration": owner["metadata"]["generation"],
            "replicas": len(owned),
            "readyReplicas": up or None,
            "availableReplicas": up,
            "updatedReplicas": len(fresh) or None,
            "currentReplicas": sum(labels_of(p).get(HASH) == before for p in owned) or None,
            "currentRevision": revision if done else before,
            "updateRevision": revision,
            "collisionCount": 0,
        }
        self._ctx.store.update(STATEFUL_SETS, with_status(current, **status), by=BY)


def _ordinal(pod: Object) -> int:
    tail = pod["metadata"]["name"].rpartition("-")[2]
    return int(tail) if tail.isdigit() else -1
