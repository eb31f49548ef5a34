"""The disruption controller: what each budget allows, from the pods that it matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from poolshift.core.clock import parse_time
from poolshift.semantics.budgets import Resolved, counts_pods, disruptions_allowed, resolve
from poolshift.semantics.rollout import replicas_of
from poolshift.semantics.selectors import matches
from poolshift.sim.kube import news
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


class _Member(NamedTuple):
    """What a budget counts of a pod: its health, and the reference to its controller."""

    healthy: bool
    leaving: bool
    owner: Object | None


class _Members:
    """The pods that a budget matches, by name, and what it sums over them."""

    def __init__(self) -> None:
        self.pods: dict[str, _Member] = {}
        self.healthy = 0
        # By the uid of each controller: its reference and how many of the pods are its.
        self.owners: dict[str, tuple[Object, int]] = {}

    def put(self, name: str, member: _Member) -> None:
        """Count a pod, or count it anew."""
        self.drop(name)
        self.pods[name] = member
        self._count(member, 1)

    def drop(self, name: str) -> None:
        """Count a pod no longer."""
        member = self.pods.pop(name, None)
        if member is not None:
            self._count(member, -1)

    def _count(self, member: _Member, sign: int) -> None:
        self.healthy += sign * member.healthy
        if member.owner is None:
            return
        uid = member.owner["uid"]
        count = self.owners.get(uid, (member.owner, 0))[1] + sign
        if count:
            self.owners[uid] = (member.owner, count)
        else:
            del self.owners[uid]


class Budgets:
    """Keeps every budget's status."""

    def __init__(self, ctx: Context, narrator: Narrator) -> None:
        self._ctx = ctx
        self._narrator = narrator
        self._workloads: dict[Key, list[str]] = {}
        self._members: dict[Key, _Members] = {}
        self.queue = WorkQueue(ctx, ctx.timings.budget_s, self._sync)
        ctx.store.listen(BUDGETS, self._budget)
        ctx.store.follow_pods(self._pod, news.COUNTED | news.LABELS)
        for kind in _TEMPLATED:
            ctx.store.listen(kind, self._workload)

    def _budget(self, change: Change) -> None:
        key = key_of(change.obj)
        if change.prev is None or change.prev["spec"] != change.obj["spec"]:
            self._workloads.pop(key, None)
            self._members.pop(key, None)
        if change.type == "DELETED":
            self._narrator.budget_gone("/".join(key))
        elif key not in self._members:
            self._members[key] = self._counted(key)
        self.queue.add(key)

    def _counted(self, key: Key) -> _Members:
        """The members of a budget, from all pods of its namespace."""
        typed: Budget = self._ctx.store.typed(BUDGETS, key)
        members = _Members()
        for pod in self._ctx.pods.select(key[0], typed.spec.selector):
            members.put(pod["metadata"]["name"], _member(pod))
        return members

    def _pod(self, change: Change) -> None:
        """A pod that came, went, or changed in what budgets count."""
        pod, prev = change.obj, change.prev
        name = pod["metadata"]["name"]
        relabelled = prev is not None and labels_of(pod) != labels_of(prev)
        if change.type == "DELETED" or relabelled:
            old = pod if change.type == "DELETED" else prev
            for key in self._selecting(old):
                self._members[key].drop(name)
                self.queue.add(key)
            if change.type == "DELETED":
                return
        member = _member(pod)
        if prev is not None and not relabelled and member == _member(prev):
            return
        for key in self._ctx.budgets.matching(pod):
            self._members[key].put(name, member)
            self.queue.add(key)

    def _selecting(self, pod: Object | None) -> tuple[Key, ...]:
        if pod is None:
            return ()
        return self._ctx.budgets.selecting(pod["metadata"]["namespace"], labels_of(pod))

    def _workload(self, change: Change) -> None:
        """Another scale or another template: figures and covered workloads may change."""
        if change.prev is not None and change.prev["spec"] == change.obj["spec"]:
            return
        for version in (change.obj, change.prev):
            if version is None:
                continue
            namespace = version["metadata"]["namespace"]
            for key in self._ctx.budgets.selecting(namespace, _template_labels(version)):
                self._workloads.pop(key, None)
                self.queue.add(key)

    def _sync(self, key: Key) -> None:
        budget = self._ctx.store.find(BUDGETS, *key)
        if budget is None:
            return
        typed: Budget = self._ctx.store.typed(BUDGETS, key)
        members = self._members[key]
        expected = len(members.pods) if counts_pods(typed.spec) else self._scale(key, members)
        if isinstance(expected, str):
            self._fail(budget, expected)
            return
        resolved = resolve(typed.spec, expected)
        disrupted = self._disrupted(budget, members)
        healthy = members.healthy - sum(members.pods[name].healthy for name in disrupted)
        self._report(budget, resolved, healthy, disrupted)
        self._narrator.budget(budget, resolved, self._covered(key, typed))

    def _fail(self, budget: Object, why: str) -> None:
        """No figures can be had: nothing is allowed, and the generation stays unobserved."""
        condition = {**allowed_condition(budget, 0), "reason": "SyncFailed", "message": why}
        failed = with_condition(
            with_status(budget, disruptionsAllowed=0), condition, self._ctx.now()
        )
        self._ctx.store.update(BUDGETS, failed, by=BY)

    def _scale(self, key: Key, members: _Members) -> int | str:
        """The sum of the replicas that the pods' controllers ask for, or why there is none.

        Pods without a controller count for nothing here. A controller that is not there, or of a
        kind that is not served, counts its own pods: what its scale says cannot be known.
        """
        scales: dict[str, int] = {}
        for ref, count in members.owners.values():
            kind = by_kind(ref["apiVersion"], ref["kind"])
            if kind is not None and all(sub.name != "scale" for sub in kind.subs):
                return f"{qualified(kind)} does not implement the scale subresource"
            uid, replicas = self._scale_of(ref, count, key[0])
            scales[uid] = replicas
        return sum(scales.values())

    def _scale_of(self, ref: Object, count: int, namespace: str) -> tuple[str, int]:
        """The uid of what scales a pod's controller, and its replicas."""
        found = self._owner(ref, namespace)
        above = controller_ref(found) if found else None
        if above is not None and above["kind"] in _SCALED:
            ref, found = above, self._owner(above, namespace)
        if found is None:
            return ref["uid"], count
        typed: Workload = self._ctx.store.typed(_SCALED[ref["kind"]], key_of(found))
        return ref["uid"], replicas_of(typed)

    def _owner(self, ref: Object | None, namespace: str) -> Object | None:
        kind: Kind | None = _SCALED.get(ref["kind"]) if ref else None
        return self._ctx.store.find(kind, namespace, ref["name"]) if kind and ref else None

    def _disrupted(self, budget: Object, members: _Members) -> dict[str, str]:
        """Pods let go lately that are still there and not yet terminating."""
        known = budget["status"].get("disruptedPods") or {}
        if not known:
            return {}
        now = self._ctx.clock.moment()
        return {
            name: at
            for name, at in known.items()
            if name in members.pods
            and not members.pods[name].leaving
            and (now - parse_time(at)).total_seconds() < _DISRUPTED_S
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
        status = budget["status"]
        same = all(status.get(name) == value for name, value in figures.items())
        if same and status.get("conditions"):
            return
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


def _member(pod: Object) -> _Member:
    leaving = terminating(pod)
    return _Member(ready(pod) and not leaving, leaving, controller_ref(pod))


def _template_labels(workload: Object) -> dict[str, str]:
    labels: dict[str, str] = workload["spec"]["template"]["metadata"].get("labels") or {}
    return labels
