"""The scheduler: filters by `semantics.fit`, scores, binds, preempts, and parks what fits nowhere.

Pods are taken by priority, then in the order in which they came. What a change can help is in
`parking`; what a preempting pod waits for is kept free for it by its nomination.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from poolshift.semantics import fit
from poolshift.sim.kube import news
from poolshift.sim.kube.nodeviews import NodeViews, decides, meta_of, owner_uid
from poolshift.sim.kube.nominations import Nominations
from poolshift.sim.kube.objects import (
    Key,
    Object,
    key_of,
    node_of,
    terminating,
    with_condition,
    with_status,
)
from poolshift.sim.kube.parking import Parking, Waiting
from poolshift.sim.kube.preemption import BY, Preemption, priority_of
from poolshift.sim.kube.resources import CLAIMS, NODES, PODS, STORAGE_CLASSES, VOLUMES
from poolshift.sim.kube.scoring import Scorer
from poolshift.sim.kube.seats import FULL, STALE

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.controllers.volumes import Bound, Volumes
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.seats import View
    from poolshift.sim.kube.store import Change, PodChange

__all__ = ["BY", "ENOUGH", "Scheduler"]
NAME = "default-scheduler"
_SCHEDULED = "PodScheduled"
# Feasible nodes after which the search stops; kube-scheduler never stops before as many.
ENOUGH = 100


AtOnce = Callable[["Object"], "Object | None"]


def _the_long_way(pod: Object) -> Object | None:
    """A bound pod that its kubelet has still to start."""
    return None


class Scheduler:
    """Binds pending pods.

    Attributes:
        at_once: what makes a bound pod one that runs, while a world is set up.
    """

    def __init__(
        self,
        ctx: Context,
        recorder: Recorder,
        deleter: Deleter,
        volumes: Volumes,
    ) -> None:
        self._ctx = ctx
        self._recorder = recorder
        self._volumes = volumes
        self._views = NodeViews(ctx, volumes.storage)
        self._scorer = Scorer(self._views, ctx.image_nodes)
        self._preemption = Preemption(ctx, self._views, deleter, recorder)
        self._parking = Parking(self._views, self._activate)
        self._active: dict[Key, None] = {}
        self._nominations = Nominations(self._views)
        self._scheduled = False
        self._start = 0
        self._late: list[tuple[Object, str]] = []
        self.at_once: AtOnce = _the_long_way
        ctx.store.follow_pods(self._pod, news.PLACED)
        ctx.store.listen(NODES, self._node)
        for kind in (CLAIMS, VOLUMES, STORAGE_CLASSES):
            ctx.store.listen(kind, lambda _: self._parking.volumes_changed())

    @property
    def views(self) -> NodeViews:
        """What is known of the nodes."""
        return self._views

    def _pod(self, change: PodChange) -> None:
        pod, key = change.obj, change.obj.key
        if change.type == "DELETED" or pod.finished:
            self._gone(key, pod)
        elif pod.node:
            self._parking.pod_changed(pod)
        elif change.type == "ADDED" and not pod.terminating and _ours(pod):
            self._activate(key)

    def _gone(self, key: Key, pod: Object) -> None:
        self._parking.leave(key)
        self._nominations.drop(key)
        if node_of(pod):
            self._parking.room(node_of(pod))
            self._parking.pod_changed(pod)

    def _node(self, change: Change) -> None:
        if change.type != "DELETED" and decides(change):
            self._parking.node_changed(change.obj["metadata"]["name"])

    def _activate(self, key: Key) -> None:
        self._parking.leave(key)
        self._active[key] = None
        if not self._scheduled:
            self._scheduled = True
            self._ctx.after(self._ctx.timings.scheduler_s, self._run)

    def _run(self) -> None:
        self._scheduled = False
        active, self._active = self._active, {}
        known = self._ctx.store.pods
        pods = [(key, pod) for key in active if (pod := known.get(key))]
        pods.sort(key=lambda entry: -priority_of(entry[1]))
        for key, _ in pods:
            current = known.get(key)
            if current is not None and not current.node and not current.terminating:
                self._schedule(key, current)
        self._write_late(self.at_once)

    def _schedule(self, key: Key, pod: Object) -> None:
        shape = self._views.shapes.of_pod(pod)
        waiting = Waiting(
            uid=pod["metadata"]["uid"],
            key=key,
            owner=owner_uid(pod),
            pod=shape.incoming(meta_of(pod)),
            shape=shape,
            priority=priority_of(pod),
        )
        around = self._views.around
        prepared = fit.NOTHING
        if not shape.plain or around.stands:
            prepared = fit.prepare(waiting.pod, around)
        node = None if prepared.refusal else self._find(waiting, prepared)
        if node is None:
            self._fail(pod, waiting, prepared)
        else:
            self._assume(pod, waiting, node)

    def _find(self, waiting: Waiting, prepared: fit.Prepared) -> str | None:
        """The node to take, None when none takes the pod."""
        nominated = waiting.pinned or self._nominations.of(waiting.key)
        if nominated is not None and self._takes(waiting, prepared, nominated):
            return nominated
        if waiting.pinned is not None:
            return None
        rows = self._feasible(waiting, prepared)
        names = waiting.shape.seats.names
        if len(rows) < 2:
            return names[rows[0]] if rows else None
        best = self._scorer.best(waiting.pod, waiting.shape, waiting.owner, rows)
        return best[0] if len(best) == 1 else self._ctx.rng.choice(best)

    def _takes(self, waiting: Waiting, prepared: fit.Prepared, node: str) -> bool:
        view = self._views.views.get(node)
        if view is None or fit.static_reasons(waiting.pod, view.state.node):
            return False
        if fit.dynamic_reasons(waiting.pod, view.state, prepared):
            return False
        return not self._nominations.by_node or not self._nominations.beside(waiting, node)

    def _feasible(self, waiting: Waiting, prepared: fit.Prepared) -> list[int]:
        """Seats that take the pod, by row; the search goes on where the last one stopped."""
        shape, pod = waiting.shape, waiting.pod
        seats = self._views.seats(shape, pod)
        count = len(seats.names)
        found: list[int] = []
        if not count:
            return found
        at, looked = self._start % count, 0
        asking = bool(prepared.checks or self._nominations.by_node)
        while looked < count and len(found) < ENOUGH:
            # As many as are still wanted, up to the end of the list or to where the search began.
            end = min(at + min(ENOUGH - len(found), count - looked), count)
            some = seats.points[at:end]
            if STALE in some:
                for row, points in enumerate(some, at):
                    if points == STALE:
                        shape.judge(row, pod)
                some = seats.points[at:end]
            if FULL in some:
                fitting = [row for row, points in enumerate(some, at) if points != FULL]
            else:
                fitting = list(range(at, end))
            if asking:
                fitting = [r for r in fitting if self._admits(waiting, prepared, seats.views[r])]
            found += fitting
            looked += end - at
            at = end % count
        if len(found) == ENOUGH:
            self._start = at
        return found

    def _admits(self, waiting: Waiting, prepared: fit.Prepared, view: View) -> bool:
        """Whether a node that has room also suits other pods, those to come and those there."""
        node = view.state.node
        for check in prepared.checks:
            if check(node):
                return False
        return not self._nominations.by_node or not self._nominations.beside(waiting, view.name)

    def _assume(self, pod: Object, waiting: Waiting, node: str) -> None:
        """Take the room, have the claims bound, then bind the pod."""
        self._nominations.drop(waiting.key)
        self._views.place(waiting.uid, node, waiting.owner, waiting.shape, waiting.pod.meta)
        if waiting.shape.claims and self._volumes.bind(
            waiting.pod, node, self._bound(waiting, node)
        ):
            return
        if self._ctx.warming and not waiting.shape.claims:
            self._late.append((pod, node))
        else:
            self._bind(pod, node)

    def _write_late(self, at_once: AtOnce) -> None:
        """While a world is set up a pod gets its node and runs there in one write.

        That write comes after all pods of a turn have their nodes, because what they pull would
        count in the scores.
        """
        late, self._late = self._late, []
        for pod, node in late:
            self._bind(pod, node, at_once)

    def _bound(self, waiting: Waiting, node: str) -> Bound:
        """What to do when the claims are bound, or cannot be."""

        def then(error: str) -> None:
            pod = self._ctx.store.find(PODS, *waiting.key)
            if pod is None or pod["metadata"]["uid"] != waiting.uid or terminating(pod):
                self._views.leave(waiting.uid)
            elif error or node not in self._views.views:
                self._views.leave(waiting.uid)
                self._parking.park(waiting)
                self._report(pod, error or f'node "{node}" not found', "SchedulerError")
                self._activate(waiting.key)
            else:
                self._bind(pod, node)

        return then

    def _bind(self, pod: Object, node: str, at_once: AtOnce = _the_long_way) -> None:
        scheduled: Object = {
            "type": _SCHEDULED,
            "status": "True",
            "lastProbeTime": None,
            "lastTransitionTime": self._ctx.now(),
        }
        status = {k: v for k, v in pod["status"].items() if k != "nominatedNodeName"}
        others = [c for c in status.get("conditions") or () if c["type"] != _SCHEDULED]
        status["conditions"] = [scheduled, *others]
        bound = {**pod, "spec": {**pod["spec"], "nodeName": node}, "status": status}
        self._ctx.store.update(PODS, at_once(bound) or bound, by=BY)
        name = "/".join(key_of(pod))
        self._record(pod, "Normal", "Scheduled", f"Successfully assigned {name} to {node}")

    def _fail(self, pod: Object, waiting: Waiting, prepared: fit.Prepared) -> None:
        """Park the pod with the reasons, once it has been seen whether others can make room."""
        # Preemption looks at the pods of the nodes.
        self._write_late(_the_long_way)
        self._parking.park(waiting)
        total = len(self._views.views)
        if prepared.refusal is not None:
            message = fit.summary((), total, refusal=prepared.refusal)
            self._report(pod, message)
            return
        refusals = self._refusals(waiting, prepared)
        said: str | None = self._preemption.barred(waiting, pod)
        choice = None
        if not said and waiting.priority > self._views.lowest_priority():
            choice, said = self._preemption.choose(waiting, refusals)
        if choice is not None:
            said = None
            self._nominate(waiting, choice.node)
            pod = with_status(pod, nominatedNodeName=choice.node)
        self._report(pod, fit.summary(refusals.values(), total, preemption=said))
        if choice is not None:
            self._preemption.carry_out(choice, waiting)

    def _refusals(
        self, waiting: Waiting, prepared: fit.Prepared
    ) -> dict[str, tuple[fit.Reason, ...]]:
        views = self._views.views
        if waiting.pinned is not None:
            static = {n: fit.static_reasons(waiting.pod, v.state.node) for n, v in views.items()}
        else:
            static = self._views.verdicts(waiting.shape.signature, waiting.pod)
        return {
            name: refused
            or fit.dynamic_reasons(waiting.pod, views[name].state, prepared)
            or self._nominations.beside(waiting, name)
            for name, refused in static.items()
        }

    def _nominate(self, waiting: Waiting, node: str) -> None:
        """Promise a node's room to a pod; what lesser pods were promised there is taken back."""
        for key in self._nominations.add(waiting, node):
            if lesser := self._ctx.store.find(PODS, *key):
                self._ctx.store.update(PODS, with_status(lesser, nominatedNodeName=None), by=BY)
            self._activate(key)

    def _report(self, pod: Object, message: str, reason: str = "Unschedulable") -> None:
        condition: Object = {
            "type": _SCHEDULED,
            "status": "False",
            "lastProbeTime": None,
            "reason": reason,
            "message": message,
        }
        self._ctx.store.update(PODS, with_condition(pod, condition, self._ctx.now()), by=BY)
        self._record(pod, "Warning", "FailedScheduling", message)

    def _record(self, pod: Object, type_: str, reason: str, message: str) -> None:
        self._recorder.record(pod, type_=type_, reason=reason, message=message, source=NAME)


def _ours(pod: Object) -> bool:
    """Whether a pod asks for this scheduler."""
    return bool(pod["spec"].get("schedulerName", NAME) == NAME)
