"""The Deployment controller: one ReplicaSet a template, and the rollout between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import ApiError, ConflictError
from poolshift.semantics.rollout import Pace, deployment_pace
from poolshift.sim.kube import admission, errors, news
from poolshift.sim.kube.controllers import deploymentstatus, proportion
from poolshift.sim.kube.controllers.deploymentmemory import (
    HASH,
    Known,
    bare_template,
    complete,
    request_of,
    same_request,
)
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.controllers.refusals import Refusals
from poolshift.sim.kube.controllers.workloadevents import WorkloadEvents
from poolshift.sim.kube.objects import (
    Key,
    Object,
    annotations_of,
    controller_ref,
    finished,
    key_of,
    owner_reference,
    template_hash,
    terminating,
    with_meta,
    with_spec,
    with_status,
)
from poolshift.sim.kube.resources import DEPLOYMENTS, REPLICA_SETS

if TYPE_CHECKING:
    from poolshift.core.kube import Workload
    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.store import Change, PodChange

BY = "controller:deployment"
REVISION = "deployment.kubernetes.io/revision"


class Deployments:
    """Rolls every Deployment."""

    def __init__(self, ctx: Context, deleter: Deleter, recorder: Recorder) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._refusals = Refusals(ctx, recorder, "deployment-controller")
        self._events = WorkloadEvents(ctx, recorder, "deployment-controller")
        self._deadlines: dict[Key, Timer] = {}
        self.queue = WorkQueue(ctx, ctx.timings.controller_s, self._sync)
        self._known: dict[str, Known] = {}
        # Those that wait for pods to be gone.
        self._waiting: dict[Key, None] = {}
        ctx.store.listen(DEPLOYMENTS, self._seen)
        ctx.store.listen(REPLICA_SETS, self._owned)
        ctx.store.follow_pods(self._pod, news.DELETED, traits=news.OF_REPLICA_SET)

    def _seen(self, change: Change) -> None:
        if change.type == "DELETED":
            self._known.pop(change.obj["metadata"]["uid"], None)
            self._waiting.pop(key_of(change.obj), None)
        # Its own report changes nothing of what is asked for.
        if change.prev is None or change.by != BY or not same_request(change.prev, change.obj):
            self.queue.add(key_of(change.obj))

    def _owned(self, change: Change) -> None:
        ref, prev = controller_ref(change.obj), change.prev
        if ref is not None and ref["kind"] == "Deployment":
            self.queue.add((change.obj["metadata"]["namespace"], ref["name"]))
        before = controller_ref(prev) if prev is not None else None
        if before is not None and before is not ref and before["kind"] == "Deployment":
            self.queue.add((change.obj["metadata"]["namespace"], before["name"]))

    def _pod(self, change: PodChange) -> None:
        """A pod that is gone: Recreate waits for the last one, and so does the end of a set."""
        ref = change.obj.owner
        if not self._waiting or ref is None:
            return
        owner = self._ctx.store.find(REPLICA_SETS, change.obj.key[0], ref["name"])
        above = controller_ref(owner) if owner else None
        key = (change.obj.key[0], above["name"] if above else "")
        if key in self._waiting:
            self.queue.add(key)

    def _sync(self, key: Key) -> None:
        deployment = self._ctx.store.find(DEPLOYMENTS, *key)
        if deployment is None or terminating(deployment):
            return
        self._waiting.pop(key, None)
        known = self._known_of(deployment)
        new, old = self._split(deployment)
        if known.settled(deployment, new, old):
            self._finish(key, deployment, new, old)
            return
        request = request_of(deployment, new, old)
        before = self._ctx.store.rv
        try:
            self._act(deployment, new, old)
        except ConflictError:
            # Nothing is told of a name that was taken; the queue comes back to it.
            raise
        except ApiError as refused:
            self._refusals.note(self.queue, key, deployment, refused)
            return
        self._refusals.clear(key)
        unmoved = self._ctx.store.rv == before
        known.request = request if unmoved and complete(deployment, new, old) else None
        current = self._ctx.store.find(DEPLOYMENTS, *key)
        if current is not None:
            self._finish(key, current, *self._split(current))

    def _act(self, deployment: Object, new: Object | None, old: list[Object]) -> None:
        """One step towards what is asked for."""
        sets = [*old, *([new] if new else [])]
        if deployment["spec"].get("paused") or proportion.wanted(deployment, sets):
            self._spread(deployment, new, old)
        elif deployment["spec"]["strategy"]["type"] == "Recreate":
            self._recreate(deployment, new, old)
        else:
            self._roll(deployment, new, old)

    def _split(self, deployment: Object) -> tuple[Object | None, list[Object]]:
        """The ReplicaSet of the current template, and the others, oldest first."""
        known = self._known_of(deployment)
        new, old = None, []
        for rs in self._ctx.owners.owned(deployment["metadata"]["uid"], REPLICA_SETS):
            if new is None and known.alike(deployment, rs):
                new = rs
            else:
                old.append(rs)
        if len(old) > 1:
            old.sort(key=lambda rs: int(annotations_of(rs).get(REVISION, "0")))
        return new, old

    def _known_of(self, deployment: Object) -> Known:
        uid = deployment["metadata"]["uid"]
        known = self._known.get(uid)
        if known is None:
            known = self._known[uid] = Known()
        return known

    def _pace(self, deployment: Object) -> Pace:
        known = self._known_of(deployment)
        if known.spec is not deployment["spec"]:
            typed: Workload | None = self._ctx.store.typed(DEPLOYMENTS, key_of(deployment))
            known.pace = deployment_pace(typed) if typed else Pace(surge=1, unavailable=0)
            known.spec = deployment["spec"]
        return known.pace

    def _ensure(self, deployment: Object, new: Object | None, old: list[Object]) -> Object:
        """The ReplicaSet of the current template with the newest revision, made when missing."""
        top = max((int(annotations_of(rs).get(REVISION, "0")) for rs in old), default=0) + 1
        if new is not None:
            notes = annotations_of(new)
            # What is noted on the Deployment, such as why it changed, is noted on its newest set.
            wanted = {**notes, **_noted(deployment)}
            if int(notes.get(REVISION, "0")) < top:
                wanted[REVISION] = str(top)
            if wanted != notes:
                new = with_meta(new, annotations=wanted)
            wait_s = deployment["spec"].get("minReadySeconds")
            if new["spec"].get("minReadySeconds") != wait_s:
                new = with_spec(new, minReadySeconds=wait_s)
        else:
            new = self._create(deployment, old, str(top))
        new = proportion.annotated(deployment, new, self._pace(deployment))
        new = self._ctx.store.update(REPLICA_SETS, new, by=BY)
        self._mark_revision(deployment, annotations_of(new)[REVISION])
        return new

    def _create(self, deployment: Object, old: list[Object], revision: str) -> Object:
        meta = deployment["metadata"]
        collisions = deployment.get("status", {}).get("collisionCount", 0)
        code = template_hash(bare_template(deployment), collisions)
        template = deployment["spec"]["template"]
        labels = {**(template["metadata"].get("labels") or {}), HASH: code}
        selector = deployment["spec"].get("selector") or {}
        figured = {**(selector.get("matchLabels") or {}), HASH: code}
        body = {
            "metadata": {
                "name": f"{meta['name']}-{code}",
                "labels": labels,
                "annotations": {**_noted(deployment), REVISION: revision},
                "ownerReferences": [owner_reference(deployment)],
            },
            "spec": {
                "replicas": self._first_count(deployment, old),
                "minReadySeconds": deployment["spec"].get("minReadySeconds"),
                "selector": {**selector, "matchLabels": figured},
                "template": {
                    **template,
                    "metadata": {**template["metadata"], "labels": labels},
                },
            },
        }
        rs = admission.created(self._ctx, REPLICA_SETS, body, meta["namespace"])
        rs = proportion.annotated(deployment, rs, self._pace(deployment))
        if self._ctx.store.find(REPLICA_SETS, *key_of(rs)) is not None:
            # Somebody else's: the next try has another name.
            counted = with_status(deployment, collisionCount=collisions + 1)
            self._ctx.store.update(DEPLOYMENTS, counted, by=BY)
            raise errors.already_exists(REPLICA_SETS, rs["metadata"]["name"])
        made = self._ctx.store.create(REPLICA_SETS, rs, by=BY)
        if count := made["spec"]["replicas"]:
            self._events.scaled(deployment, made["metadata"]["name"], 0, count)
        return made

    def _first_count(self, deployment: Object, old: list[Object]) -> int:
        if deployment["spec"]["strategy"]["type"] == "Recreate":
            return 0 if self._running(old) else deployment["spec"]["replicas"]
        return _room(deployment, old, 0, self._pace(deployment))

    def _mark_revision(self, deployment: Object, revision: str) -> None:
        notes = annotations_of(deployment)
        if notes.get(REVISION) != revision:
            current = self._ctx.store.find(DEPLOYMENTS, *key_of(deployment))
            if current is not None:
                marked = with_meta(current, annotations={**notes, REVISION: revision})
                self._ctx.store.update(DEPLOYMENTS, marked, by=BY)

    def _scale(self, deployment: Object, rs: Object, replicas: int) -> None:
        if rs["spec"]["replicas"] == replicas:
            return
        scaled = with_spec(rs, replicas=replicas)
        scaled = proportion.annotated(deployment, scaled, self._pace(deployment))
        generation = rs["metadata"].get("generation", 1) + 1
        self._ctx.store.update(REPLICA_SETS, with_meta(scaled, generation=generation), by=BY)
        before: int = rs["spec"]["replicas"]
        self._events.scaled(deployment, rs["metadata"]["name"], before, replicas)

    def _spread(self, deployment: Object, new: Object | None, old: list[Object]) -> None:
        """A changed replica count in the middle of a rollout, or while it is paused."""
        sets = [*old, *([new] if new else [])]
        pace = self._pace(deployment)
        for rs, replicas in proportion.shares(deployment, sets, new, pace):
            self._scale(deployment, rs, replicas)
            current = self._ctx.store.find(REPLICA_SETS, *key_of(rs))
            if current is not None:
                noted = proportion.annotated(deployment, current, pace)
                self._ctx.store.update(REPLICA_SETS, noted, by=BY)

    def _running(self, sets: list[Object]) -> bool:
        """Whether any pod of these sets is still there, terminating ones included."""
        return any(
            not finished(pod) for rs in sets for pod in self._ctx.owners.pods(rs["metadata"]["uid"])
        )

    def _recreate(self, deployment: Object, new: Object | None, old: list[Object]) -> None:
        for rs in old:
            self._scale(deployment, rs, 0)
        if self._running(old):
            self._waiting[key_of(deployment)] = None
            return
        new = self._ensure(deployment, new, old)
        self._scale(deployment, new, deployment["spec"]["replicas"])

    def _roll(self, deployment: Object, new: Object | None, old: list[Object]) -> None:
        """One step: grow the new set if there is room, else shrink the old ones."""
        new = self._ensure(deployment, new, old)
        pace = self._pace(deployment)
        replicas, wanted = new["spec"]["replicas"], deployment["spec"]["replicas"]
        if replicas > wanted:
            self._scale(deployment, new, wanted)
        elif replicas < wanted and (grown := _room(deployment, old, replicas, pace)) > replicas:
            self._scale(deployment, new, grown)
        elif old:
            self._shrink(deployment, new, old, pace)

    def _shrink(self, deployment: Object, new: Object, old: list[Object], pace: Pace) -> None:
        """Take old pods away: first the useless ones, then as many as stay above the least."""
        least = deployment["spec"]["replicas"] - pace.unavailable
        total = sum(rs["spec"]["replicas"] for rs in (*old, new))
        lacking = new["spec"]["replicas"] - _available(new)
        spare = total - least - lacking
        for rs in old:
            unhealthy = rs["spec"]["replicas"] - _available(rs)
            taken = min(spare, unhealthy)
            if taken > 0:
                self._scale(deployment, rs, rs["spec"]["replicas"] - taken)
                spare -= taken
        current = [self._ctx.store.get(REPLICA_SETS, *key_of(rs)) for rs in old]
        spare = sum(_available(rs) for rs in (*current, new)) - least
        for rs in current:
            taken = min(spare, rs["spec"]["replicas"])
            if taken > 0:
                self._scale(deployment, rs, rs["spec"]["replicas"] - taken)
                spare -= taken

    def _finish(self, key: Key, deployment: Object, new: Object | None, old: list[Object]) -> None:
        """Drop revisions beyond the limit and write the status."""
        status = deploymentstatus.status(
            deployment, new, old, self._pace(deployment), self._ctx.now()
        )
        self._ctx.store.update(DEPLOYMENTS, status, by=BY)
        self._watch_deadline(key, deploymentstatus.overdue_in_s(status, self._ctx.now()))
        limit = deployment["spec"].get("revisionHistoryLimit", 10)
        if len(old) <= limit:
            return
        unused = [rs for rs in old if not rs["spec"]["replicas"]]
        idle = [rs for rs in unused if not self._running([rs])]
        if len(idle) < len(unused):
            self._waiting[key] = None
        for rs in idle[: max(len(idle) - limit, 0)]:
            self._deleter.delete(REPLICA_SETS, rs, by=BY)

    def _watch_deadline(self, key: Key, wait_s: float | None) -> None:
        """Look again when a rollout that makes no progress is overdue."""
        known = self._deadlines.get(key)
        if known is not None and (wait_s is None or known.cancelled):
            known.cancel()
            del self._deadlines[key]
        if wait_s is not None and key not in self._deadlines:
            self._deadlines[key] = self.queue.add_after(key, wait_s)


_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_PRIVATE = frozenset({REVISION, _APPLIED, proportion.DESIRED, proportion.MOST})


def _noted(deployment: Object) -> dict[str, str]:
    """The annotations of a Deployment that its sets carry too."""
    return {k: v for k, v in annotations_of(deployment).items() if k not in _PRIVATE}


def _available(rs: Object) -> int:
    """Available pods of a set, no more than it is asked to have."""
    found: int = rs.get("status", {}).get("availableReplicas", 0)
    asked: int = rs["spec"]["replicas"]
    return min(found, asked)


def _room(deployment: Object, old: list[Object], replicas: int, pace: Pace) -> int:
    """How large the new set may be: no more pods in all than the surge allows."""
    wanted: int = deployment["spec"]["replicas"]
    total: int = sum(rs["spec"]["replicas"] for rs in old) + replicas
    return min(wanted, replicas + max(wanted + pace.surge - total, 0))
