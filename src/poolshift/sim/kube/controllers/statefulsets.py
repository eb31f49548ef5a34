"""The StatefulSet controller: numbered pods in order, and the update from the highest down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import ApiError
from poolshift.semantics.rollout import stateful_unavailable
from poolshift.sim.kube import news
from poolshift.sim.kube.controllers import claims, pods
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.controllers.refusals import Refusals
from poolshift.sim.kube.controllers.revisions import Revisions, with_template
from poolshift.sim.kube.controllers.workloadevents import WorkloadEvents
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
from poolshift.sim.kube.resources import PODS, STATEFUL_SETS

if TYPE_CHECKING:
    from poolshift.core.kube import Workload
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.podobjects import PodObject
    from poolshift.sim.kube.store import Change, PodChange

BY = "controller:statefulset"
HASH = "controller-revision-hash"
_NEWS = news.COUNTED | news.LABELS


class StatefulSets:
    """Keeps every StatefulSet's pods."""

    def __init__(self, ctx: Context, deleter: Deleter, recorder: Recorder) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._refusals = Refusals(ctx, recorder, "statefulset-controller")
        self._events = WorkloadEvents(ctx, recorder, "statefulset-controller")
        self._revisions = Revisions(ctx, deleter, BY)
        self.queue = WorkQueue(ctx, ctx.timings.controller_s, self._sync)
        ctx.store.listen(STATEFUL_SETS, self._set)
        ctx.store.follow_pods(self._pod, _NEWS, traits=news.OF_STATEFUL_SET)

    def _set(self, change: Change) -> None:
        if change.type == "DELETED":
            self._revisions.forget(change.obj)
        # Its own report changes nothing of what is asked for.
        if change.by != BY:
            self.queue.add(key_of(change.obj))

    def _pod(self, change: PodChange) -> None:
        for pod in (change.obj, change.prev):
            if pod is not None and pod.owner is not None:
                self.queue.add((pod.key[0], pod.owner["name"]))

    def _sync(self, key: Key) -> None:
        owner = self._ctx.store.find(STATEFUL_SETS, *key)
        if owner is None or terminating(owner):
            return
        owned = {_ordinal(pod): pod for pod in self._ctx.owners.pods(owner["metadata"]["uid"])}
        revision = f"{key[1]}-{self._revisions.current(owner)}"
        if self._fill(key, owner, owned, revision) and self._trim(owner, owned):
            self._update(key, owner, owned, revision)
        self._report(key, owner, revision)

    def _up(self, owner: Object, pod: Object) -> bool:
        """Whether a pod has been ready for as long as the set wants."""
        wait_s: int = owner["spec"].get("minReadySeconds", 0)
        return pods.available(self._ctx, pod, wait_s)

    def _fill(self, key: Key, owner: Object, owned: dict[int, PodObject], revision: str) -> bool:
        """Make what is missing, in order unless Parallel; whether nothing is to be waited for.

        In order, a pod that does not get ready holds everything up, the update included: the
        real controller waits for it, or for somebody who deletes it.
        """
        ordered = owner["spec"]["podManagementPolicy"] == "OrderedReady"
        for ordinal in _ordinals(owner):
            pod = owned.get(ordinal)
            if pod is not None and finished(pod) and not terminating(pod):
                self._take(owner, pod)
            if pod is None and not self._make(key, owner, ordinal, revision):
                return False
            if ordered and (pod is None or terminating(pod) or not self._up(owner, pod)):
                return False
        self._refusals.clear(key)
        return True

    def _revision_for(self, owner: Object, ordinal: int, revision: str) -> str:
        """The revision that a new pod gets: below the partition the one that runs already."""
        if ordinal >= _partition(owner) + _start(owner):
            return revision
        current: str = owner.get("status", {}).get("currentRevision", revision)
        return current

    def _make(self, key: Key, owner: Object, ordinal: int, newest: str) -> bool:
        """Make a pod with its claims; whether the server took them."""
        revision = self._revision_for(owner, ordinal, newest)
        name = f"{owner['metadata']['name']}-{ordinal}"
        labels = {
            HASH: revision,
            "statefulset.kubernetes.io/pod-name": name,
            "apps.kubernetes.io/pod-index": str(ordinal),
        }
        if revision != newest:
            code = revision.removeprefix(f"{owner['metadata']['name']}-")
            owner = with_template(owner, self._revisions.template(owner, code))
        spec: Object = {"hostname": name, "subdomain": owner["spec"].get("serviceName") or None}
        if (own := claims.volumes(owner, name)) is not None:
            spec["volumes"] = own
        try:
            for claim in claims.ensure(self._ctx, owner, name):
                self._events.claimed(owner, claim, name)
            pods.make(self._ctx, owner, by=BY, name=name, labels=labels, spec=spec)
        except ApiError as refused:
            self._refusals.note(self.queue, key, owner, refused, about=name)
            return False
        self._events.numbered(owner, "create", name)
        return True

    def _take(self, owner: Object, pod: Object) -> None:
        """Delete a pod, and tell of it."""
        self._deleter.delete(PODS, pod, by=BY)
        self._events.numbered(owner, "delete", pod["metadata"]["name"])

    def _trim(self, owner: Object, owned: dict[int, PodObject]) -> bool:
        """Take surplus pods away from the highest down, one at a time unless Parallel."""
        wanted = _ordinals(owner)
        surplus = sorted((o for o in owned if o not in wanted), reverse=True)
        for ordinal in surplus:
            if not terminating(owned[ordinal]):
                claims.retain(self._ctx, owner, owned[ordinal], surplus=True)
                self._take(owner, owned[ordinal])
            if owner["spec"]["podManagementPolicy"] == "OrderedReady":
                return False
        return not surplus

    def _update(self, key: Key, owner: Object, owned: dict[int, PodObject], revision: str) -> None:
        """Replace pods of an older template from the highest ordinal down to the partition."""
        if owner["spec"]["updateStrategy"]["type"] != "RollingUpdate":
            return
        typed: Workload = self._ctx.store.typed(STATEFUL_SETS, key)
        most = stateful_unavailable(typed)
        least = _partition(owner) + _start(owner)
        down = 0
        for ordinal in sorted(owned, reverse=True):
            pod = owned[ordinal]
            if ordinal >= least and labels_of(pod).get(HASH) != revision:
                if not terminating(pod) and (down < most or not ready(pod)):
                    self._take(owner, pod)
                down += 1
            elif terminating(pod) or not self._up(owner, pod):
                down += 1
            if down >= most:
                return

    def _report(self, key: Key, owner: Object, revision: str) -> None:
        current = self._ctx.store.find(STATEFUL_SETS, *key)
        if current is None:
            return
        owned = pods.active(self._ctx.owners.pods(owner["metadata"]["uid"]))
        fresh = [p for p in owned if labels_of(p).get(HASH) == revision]
        up = sum(ready(p) for p in owned)
        self._come_back(key, owner, owned)
        before = owner.get("status", {}).get("currentRevision", revision)
        done = len(fresh) == len(owned) == owner["spec"]["replicas"] and up == len(owned)
        now_current = revision if done else before
        status = {
            "observedGeneration": owner["metadata"]["generation"],
            "replicas": len(owned),
            "readyReplicas": up or None,
            "availableReplicas": sum(self._up(owner, p) for p in owned),
            "updatedReplicas": len(fresh) or None,
            "currentReplicas": sum(labels_of(p).get(HASH) == now_current for p in owned) or None,
            "currentRevision": now_current,
            "updateRevision": revision,
            "collisionCount": 0,
        }
        self._ctx.store.update(STATEFUL_SETS, with_status(current, **status), by=BY)
        prefix = f"{key[1]}-"
        live = {labels_of(p).get(HASH, "").removeprefix(prefix) for p in owned}
        live |= {now_current.removeprefix(prefix), revision.removeprefix(prefix)}
        self._revisions.trim(owner, live)

    def _come_back(self, key: Key, owner: Object, owned: list[PodObject]) -> None:
        """When the next pod has been ready for as long as the set wants."""
        young = [p for p in owned if ready(p) and not self._up(owner, p)]
        if young:
            longest = max(pods.ready_for_s(self._ctx, p) for p in young)
            wait_s = owner["spec"].get("minReadySeconds", 0) - longest
            self.queue.add_after(key, wait_s)


def _start(owner: Object) -> int:
    start: int = (owner["spec"].get("ordinals") or {}).get("start", 0)
    return start


def _ordinals(owner: Object) -> range:
    """The ordinals of the pods that should be."""
    return range(_start(owner), _start(owner) + owner["spec"]["replicas"])


def _partition(owner: Object) -> int:
    """How many pods keep their template in a rolling update."""
    rolling = owner["spec"]["updateStrategy"].get("rollingUpdate") or {}
    partition: int = rolling.get("partition", 0)
    return partition


def _ordinal(pod: Object) -> int:
    tail = pod["metadata"]["name"].rpartition("-")[2]
    return int(tail) if tail.isdigit() else -1
