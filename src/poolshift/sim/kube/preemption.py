"""Preemption: which pods of lower priority have to go so that a pod fits, and on which node."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from poolshift.semantics import fit
from poolshift.sim.kube.objects import Object, finished, key_of, terminating, with_condition
from poolshift.sim.kube.resources import BUDGETS, PODS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.nodeviews import NodeViews
    from poolshift.sim.kube.parking import Waiting
    from poolshift.sim.kube.podobjects import PodObject

BY = "controller:scheduler"
# kube-scheduler looks for victims on a tenth of the nodes, but never on fewer than these.
FEWEST_NODES = 100
_SHARE = 10
# Added to each priority before they are summed, so that fewer victims sum to less.
_OFFSET = 2**31


class Choice(msgspec.Struct, frozen=True):
    """A node and the pods that would have to go; `broken` counts those that a budget keeps."""

    node: str
    victims: tuple[Object, ...]
    broken: int

    def rank(self, order: int) -> tuple[object, ...]:
        """Least first: budgets, highest priority, sum, number, then the youngest at the top."""
        priorities = [priority_of(pod) for pod in self.victims]
        highest = max(priorities)
        oldest = min(started(p) for p in self.victims if priority_of(p) == highest)
        total = sum(priority + _OFFSET for priority in priorities)
        return (self.broken, highest, total, len(self.victims), _Late(oldest), order)


class _Late(msgspec.Struct, frozen=True):
    """A time that sorts the later the earlier."""

    at: str

    def __lt__(self, other: _Late) -> bool:
        return self.at > other.at


Refusals = dict[str, tuple[fit.Reason, ...]]


class Preemption:
    """Finds victims, and lets them go."""

    def __init__(
        self, ctx: Context, views: NodeViews, deleter: Deleter, recorder: Recorder
    ) -> None:
        self._ctx = ctx
        self._views = views
        self._deleter = deleter
        self._recorder = recorder

    def barred(self, waiting: Waiting, pod: Object) -> str:
        """Why a pod may not take the place of others; empty when it may."""
        if pod["spec"].get("preemptionPolicy") == "Never":
            return "not eligible due to preemptionPolicy=Never."
        nominated = (pod.get("status") or {}).get("nominatedNodeName")
        if nominated and any(
            terminating(other) and priority_of(other) < waiting.priority
            for other in self._ctx.pods.on_node(nominated)
        ):
            return "not eligible due to a terminating pod on the nominated node."
        return ""

    def choose(self, waiting: Waiting, refusals: Refusals) -> tuple[Choice | None, str]:
        """The node to free, or why none can be freed."""
        helpful = [n for n, refused in refusals.items() if not any(r.lasting for r in refused)]
        total = len(self._views.views)
        said: Counter[str] = Counter()
        said[fit.UNHELPFUL] = total - len(helpful)
        choices = []
        most = max(total // _SHARE, FEWEST_NODES)
        first = self._ctx.rng.randrange(len(helpful)) if len(helpful) > most else 0
        for name in helpful[first:] + helpful[:first]:
            found = self._on_node(waiting, name)
            if isinstance(found, Choice):
                choices.append(found)
                if len(choices) >= most:
                    break
            else:
                said.update(found)
        if choices:
            best = min(range(len(choices)), key=lambda i: choices[i].rank(i))
            return choices[best], ""
        return None, fit.preempted_nowhere(+said, total)

    def _on_node(self, waiting: Waiting, node: str) -> Choice | tuple[str, ...]:
        """The fewest important pods that have to leave a node, or why their leaving helps not.

        Pods are taken off the views one and all and put back while the newcomer still fits.
        """
        lower = [
            pod
            for pod in self._ctx.pods.on_node(node)
            if priority_of(pod) < waiting.priority and not finished(pod)
        ]
        if not lower:
            return (fit.NO_VICTIMS,)
        lifted = {
            pod["metadata"]["uid"]: self._views.leave(pod["metadata"]["uid"]) for pod in lower
        }
        victims: list[Object] = []
        try:
            refused = self._refused(waiting, node)
            if refused:
                return tuple(reason.text for reason in refused)
            kept, free = self._by_budgets(lower)
            broken = 0
            for pod, breaks in [*((p, True) for p in kept), *((p, False) for p in free)]:
                uid = pod["metadata"]["uid"]
                if seated := lifted[uid]:
                    self._views.put(uid, seated)
                if self._refused(waiting, node):
                    self._views.leave(uid)
                    victims.append(pod)
                    broken += breaks
                else:
                    lifted[uid] = None
            return Choice(node, tuple(victims), broken) if victims else (fit.NO_VICTIMS,)
        finally:
            for uid, seated in lifted.items():
                if seated is not None:
                    self._views.put(uid, seated)

    def _refused(self, waiting: Waiting, node: str) -> tuple[fit.Reason, ...]:
        prepared = fit.prepare(waiting.pod, self._views.around)
        return fit.dynamic_reasons(waiting.pod, self._views.views[node].state, prepared)

    def _by_budgets(self, pods: Sequence[PodObject]) -> tuple[list[PodObject], list[PodObject]]:
        """The most important first: those that a budget keeps, and those that are free to go."""
        ordered = sorted(pods, key=lambda p: (-priority_of(p), started(p)))
        allowed: dict[tuple[str, str], int] = {}
        kept: list[PodObject] = []
        free: list[PodObject] = []
        for pod in ordered:
            broken = False
            for key in self._ctx.budgets.matching(pod):
                status = self._ctx.store.get(BUDGETS, *key)["status"]
                if pod["metadata"]["name"] in (status.get("disruptedPods") or ()):
                    continue
                left: int = allowed[key] if key in allowed else status["disruptionsAllowed"]
                allowed[key] = left - 1
                broken = broken or allowed[key] < 0
            (kept if broken else free).append(pod)
        return kept, free

    def carry_out(self, choice: Choice, waiting: Waiting) -> None:
        """Let the victims go, each marked with why."""
        for victim in choice.victims:
            current = self._ctx.store.find(PODS, *key_of(victim))
            if current is None or terminating(current):
                continue
            mark = {
                "type": "DisruptionTarget",
                "status": "True",
                "lastProbeTime": None,
                "reason": "PreemptionByScheduler",
                "message": "default-scheduler: preempting to accommodate a higher priority pod",
            }
            marked = self._ctx.store.update(
                PODS, with_condition(current, mark, self._ctx.now()), by=BY
            )
            self._recorder.record(
                marked,
                type_="Normal",
                reason="Preempted",
                message=f"Preempted by pod {waiting.uid} on node {choice.node}",
                source="default-scheduler",
                related=self._ctx.store.find(PODS, *waiting.key),
            )
            self._deleter.delete(PODS, marked, by=BY)


def priority_of(pod: Mapping[str, Object]) -> int:
    """A pod's priority."""
    value: int = pod["spec"].get("priority") or 0
    return value


def started(pod: Object) -> str:
    """When a pod started; one that has not is as young as can be."""
    at: str = (pod.get("status") or {}).get("startTime") or "9999"
    return at
