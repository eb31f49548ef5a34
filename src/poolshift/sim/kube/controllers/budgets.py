"""The disruption controller: what each budget allows, from the pods that it matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.clock import parse_time
from poolshift.semantics.budgets import Resolved, counts_pods, disruptions_allowed, resolve
from poolshift.semantics.rollout import replicas_of
from poolshift.semantics.selectors import matches
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.errors import qualified
from poolshift.sim.kube.eviction import allowed_condition
from poolshift.sim.kube.objects import (
    Key,
    Object,
    controller_ref,
    key_of,
    labels_of,
    qualified_name,
    ready,
    terminating,
    with_condition,
    with_status,
)
from poolshift.sim.kube.resources import (
    BUDGETS,
    DAEMON_SETS,
    DEPLOYMENTS,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
    Kind,
    by_kind,
)

if TYPE_CHECKING:
    from poolshift.core.kube import Budget, Workload
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.narrator import Narrator
    from poolshift.sim.kube.store import Change

BY = "controller:disruption"
# How long a pod that was let go but still runs counts as disrupted: the real controller's bound.
_DISRUPTED_S = 120.0
_SCALED = {"Deployment": DEPLOYMENTS, "ReplicaSet": REPLICA_SETS, "StatefulSet": STATEFUL_SETS}
_TEMPLATED = (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, REPLICA_SETS)


class Budgets:
    """Keeps every budget's status."""

    def __init__(self, ctx: Context, narrator: Narrator) -> None:
        self._ctx = ctx
        self._narrator = narrator
        self._workloads: dict[Key, list[str]] = {}
        self.queue = WorkQueue(ctx, ctx.timings.budget_s, self._sync)
        ctx.store.listen(BUDGETS, self._budget)
        ctx.store.listen(PODS, self._pod)
        for kind in _TEMPLATED:
            ctx.store.listen(kind, self._workload)

    def _budget(self, change: Change) -> None:
        key = key_of(change.obj)
        if change.prev is None or change.prev["spec"] != change.obj["spec"]:
            self._workloads.pop(key, None)
        if change.type == "DELETED":
            self._narrator.budget_gone("/".join(key))
        self.queue.add(key)

    def _pod(self, change: Change) -> None:
        """A pod that came, went, or changed in what budgets count."""
        pod, prev = change.obj, change.prev
        if prev is not None and change.type == "MODIFIED":
            same = ready(pod) == ready(prev) and terminating(pod) == terminating(prev)
            if same and labels_of(pod) == labels_of(prev):
                return
        for budget in self._ctx.budgets.matching(pod):
            self.queue.add(key_of(budget))

    def _workload(self, change: Change) -> None:
        """Another scale or another template: figures and covered workloads may change."""
        if change.prev is not None and change.prev["spec"] == change.obj["spec"]:
            return
        for version in (change.obj, change.prev):
            for budget in self._ctx.budgets.matching(_as_pod(version)) if version else ():
                self._workloads.pop(key_of(budget), None)
                self.queue.add(key_of(budget))

    def _sync(self, key: Key) -> None:
        budget = self._ctx.store.find(BUDGETS, *key)
        if budget is None:
            return
        typed: Budget = self._ctx.store.typed(BUDGETS, key)
        pods = list(self._ctx.pods.select(key[0], typed.spec.selector))
        expected = len(pods) if counts_pods(typed.spec) else self._scale(pods)
        if isinstance(expected, str):
            self._fail(budget, expected)
            return
        resolved = resolve(typed.spec, expected)
        disrupted = self._disrupted(budget, pods)
        healthy = sum(_healthy(p) and p["metadata"]["name"] not in disrupted for p in pods)
        self._report(budget, resolved, healthy, disrupted)
        self._narrator.budget(budget, resolved, self._covered(key, typed))

    def _fail(self, budget: Object, why: str) -> None:
        """No figures can be had: nothing is allowed, and the generation stays unobserved."""
        condition = {**allowed_condition(budget, 0), "reason": "SyncFailed", "message": why}
        failed = with_condition(
            with_status(budget, disruptionsAllowed=0), condition, self._ctx.now()
        )
        self._ctx.store.update(BUDGETS, failed, by=BY)

    def _scale(self, pods: list[Object]) -> int | str:
        """The sum of the replicas that the pods' controllers ask for, or why there is none.

        Pods without a controller count for nothing here. A controller of a kind that is not
        served counts its own pods: what its scale says cannot be known.
        """
        scales: dict[str, int] = {}
        for pod in pods:
            ref = controller_ref(pod)
            if ref is None:
                continue
            kind = by_kind(ref["apiVersion"], ref["kind"])
            if kind is not None and all(sub.name != "scale" for sub in kind.subs):
                return f"{qualified(kind)} does not implement the scale subresource"
            name, replicas = self._scale_of(pod)
            scales[name] = replicas
        return sum(scales.values())

    def _scale_of(self, pod: Object) -> tuple[str, int]:
        ref = controller_ref(pod)
        namespace = pod["metadata"]["namespace"]
        found = self._owner(ref, namespace)
        above = controller_ref(found) if found else None
        if above is not None and above["kind"] in _SCALED:
            ref, found = above, self._owner(above, namespace)
        if ref is None or found is None:
            return pod["metadata"]["uid"], 1
        typed: Workload = self._ctx.store.typed(_SCALED[ref["kind"]], key_of(found))
        return ref["uid"], replicas_of(typed)

    def _owner(self, ref: Object | None, namespace: str) -> Object | None:
        kind: Kind | None = _SCALED.get(ref["kind"]) if ref else None
        return self._ctx.store.find(kind, namespace, ref["name"]) if kind and ref else None

    def _disrupted(self, budget: Object, pods: list[Object]) -> dict[str, str]:
        """Pods let go lately that are still there and not yet terminating."""
        known = budget["status"].get("disruptedPods") or {}
        if not known:
            return {}
        alive = {p["metadata"]["name"] for p in pods if not terminating(p)}
        now = self._ctx.clock.moment()
        return {
            name: at
            for name, at in known.items()
            if name in alive and (now - parse_time(at)).total_seconds() < _DISRUPTED_S
        }

    def _report(
        self, budget: Object, resolved: Resolved, healthy: int, disrupted: dict[str, str]
    ) -> None:
        allowed = disruptions_allowed(resolved, healthy)
        figures: dict[str, Any] = {
            "observedGeneration": budget["metadata"]["generation"],
            "disruptionsAllowed": allowed,
            "currentHealthy": healthy,
            "desiredHealthy": resolved.desired_healthy,
            "expectedPods": resolved.expected,
            "disruptedPods": disrupted or None,
        }
        budget = with_status(budget, **figures)
        budget = with_condition(budget, allowed_condition(budget, allowed), self._ctx.now())
        self._ctx.store.update(BUDGETS, budget, by=BY)

    def _covered(self, key: Key, typed: Budget) -> list[str]:
        """The workloads whose pods the budget matches, by their templates."""
        if key not in self._workloads:
            self._workloads[key] = sorted(
                qualified_name(workload)
                for kind in _TEMPLATED
                for workload in self._ctx.store.all(kind, key[0])
                if not (kind is REPLICA_SETS and controller_ref(workload))
                and matches(typed.spec.selector, _template_labels(workload))
            )
        return self._workloads[key]


def _healthy(pod: Object) -> bool:
    return ready(pod) and not terminating(pod)


def _as_pod(workload: Object) -> Object:
    """What a pod of the workload has that budgets select by."""
    return {
        "metadata": {
            "namespace": workload["metadata"]["namespace"],
            "labels": _template_labels(workload),
        }
    }


def _template_labels(workload: Object) -> dict[str, str]:
    labels: dict[str, str] = workload["spec"]["template"]["metadata"].get("labels") or {}
    return labels
