"""The disruption controller: what each budget allows, from the pods that it matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.core.clock import parse_time
from poolshift.semantics.budgets import Resolved, counts_pods, disruptions_allowed, resolve
from poolshift.semantics.selectors import matches
from poolshift.sim.kube import news
from poolshift.sim.kube.budgetstatus import reported
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.errors import qualified
from poolshift.sim.kube.objects import (
    Key,
    Object,
    controller_ref,
    key_of,
    qualified_name,
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
    from poolshift.core.kube import BudgetSpec
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.narrator import Narrator
    from poolshift.sim.kube.podobjects import PodObject
    from poolshift.sim.kube.store import Change, PodChange

BY = "controller:disruption"
# How long a pod that was let go but still runs counts as disrupted: the real controller's bound.
_DISRUPTED_S = 120.0
_TEMPLATED = (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, REPLICA_SETS)


class _Members:
    """The pods that a budget matches, by name, and what it sums over them."""

    def __init__(self) -> None:
        self.pods: dict[str, PodObject] = {}
        self.healthy = 0
        # By the uid of each controller: its reference and how many of the pods are its.
        self.owners: dict[str, tuple[Object, int]] = {}
        # What was last told of the budget in whole pods.
        self.resolved: Resolved | None = None
        self.told: tuple[Resolved, list[str]] | None = None
        # The replicas that the controllers ask for, as of so many changes of workloads.
        self.scale: tuple[int, int] | None = None

    def put(self, pod: PodObject) -> bool:
        """Count a pod, or count it anew; whether that changes more than the number of pods."""
        name, healthy = pod.key[1], self.healthy
        old = self.pods.get(name)
        self.pods[name] = pod
        self.healthy += _healthy(pod)
        if old is None:
            return self._own(pod.owner, 1) or self.healthy != healthy
        self.healthy -= _healthy(old)
        if old.owner is not pod.owner:
            self._own(old.owner, -1)
            self._own(pod.owner, 1)
            return True
        return self.healthy != healthy or old.terminating != pod.terminating

    def drop(self, name: str) -> bool:
        """Count a pod no longer; whether that changes more than the number of pods."""
        old = self.pods.pop(name, None)
        if old is None:
            return False
        self.healthy -= _healthy(old)
        return self._own(old.owner, -1) or _healthy(old) or not old.terminating

    def _own(self, owner: Object | None, sign: int) -> bool:
        """Count a pod of a controller; whether that came or went by it."""
        if owner is None:
            return False
        uid = owner["uid"]
        count = self.owners.get(uid, (owner, 0))[1] + sign
        if count:
            self.owners[uid] = (owner, count)
        else:
            del self.owners[uid]
        if count != (sign > 0):
            return False
        self.scale = None
        return True


class Budgets:
    """Keeps every budget's status."""

    def __init__(self, ctx: Context, narrator: Narrator) -> None:
        self._ctx = ctx
        self._narrator = narrator
        self._workloads: dict[Key, list[str]] = {}
        self._members: dict[Key, _Members] = {}
        # How often what workloads ask for has changed.
        self._asked = 0
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
        elif change.by == BY:
            # Its own report changes nothing of what is asked for.
            return
        self.queue.add(key)

    def _counted(self, key: Key) -> _Members:
        """The members of a budget, from all pods of its namespace."""
        members = _Members()
        for pod in self._ctx.pods.select(key[0], self._ctx.budgets.spec(key).selector):
            members.put(pod)
        return members

    def _pod(self, change: PodChange) -> None:
        """A pod that came, went, or changed in what budgets count."""
        pod, prev = change.obj, change.prev
        if change.type == "DELETED":
            self._drop(pod)
            return
        if prev is not None:
            if prev.labels is not pod.labels:
                self._drop(prev)
            elif _same(prev, pod):
                return
        for key in self._ctx.budgets.matching(pod):
            if self._members[key].put(pod) or counts_pods(self._ctx.budgets.spec(key)):
                self.queue.add(key)

    def _drop(self, pod: PodObject) -> None:
        for key in self._ctx.budgets.matching(pod):
            dropped = self._members[key].drop(pod.key[1])
            if dropped or counts_pods(self._ctx.budgets.spec(key)):
                self.queue.add(key)

    def _workload(self, change: Change) -> None:
        """Another scale or another template: figures and covered workloads may change."""
        obj, prev = change.obj, change.prev
        if prev is not None and prev["spec"] == obj["spec"]:
            own, old = obj["metadata"], prev["metadata"]
            if own.get("ownerReferences") == old.get("ownerReferences"):
                return
        self._asked += 1
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
        spec, members = self._ctx.budgets.spec(key), self._members[key]
        expected = len(members.pods) if counts_pods(spec) else self._scale(key, members)
        if isinstance(expected, str):
            self._fail(budget, expected)
            return
        resolved = members.resolved
        if resolved is None or resolved.expected != expected:
            resolved = members.resolved = resolve(spec, expected)
        disrupted = self._disrupted(budget, members)
        healthy = members.healthy - sum(_healthy(members.pods[name]) for name in disrupted)
        self._report(budget, resolved, healthy, disrupted)
        covered = self._covered(key, spec)
        if (
            members.told is None
            or members.told[0] is not resolved
            or members.told[1] is not covered
        ):
            members.told = (resolved, covered)
            self._narrator.budget(budget, resolved, covered)

    def _fail(self, budget: Object, why: str) -> None:
        """No figures can be had: nothing is allowed, and the generation stays unobserved."""
        disrupted = budget["status"].get("disruptedPods") or {}
        figures = {"disruptionsAllowed": 0}
        failed = reported(budget, figures, self._ctx.now(), disrupted=disrupted, failure=why)
        self._ctx.store.update(BUDGETS, failed, by=BY)

    def _scale(self, key: Key, members: _Members) -> int | str:
        """The sum of the replicas that the pods' controllers ask for, or why there is none.

        Pods without a controller count for nothing here. A controller that is not there, or that
        cannot be scaled, leaves the whole sum unknown.
        """
        if members.scale is not None and members.scale[0] == self._asked:
            return members.scale[1]
        scales: dict[str, int] = {}
        for ref, _ in members.owners.values():
            kind = by_kind(ref["apiVersion"], ref["kind"])
            if kind is None:
                version = ref["apiVersion"]
                return f'no matches for kind "{ref["kind"]}" in version "{version}"'
            if all(sub.name != "scale" for sub in kind.subs):
                return f"{qualified(kind)} does not implement the scale subresource"
            scaler = self._scaler(ref, kind, key[0])
            if scaler is None:
                pod = next(p for p in members.pods.values() if _controls(ref, p))
                return f'found no controllers for pod "{pod.key[1]}"'
            scales[scaler["metadata"]["uid"]] = scaler["spec"].get("replicas", 1)
        total = sum(scales.values())
        members.scale = (self._asked, total)
        return total

    def _scaler(self, ref: Object, kind: Kind, namespace: str) -> Object | None:
        """What says how many pods there should be: a pod's controller, or the Deployment above."""
        found = self._owner(ref, kind, namespace)
        above = controller_ref(found) if found else None
        if above is not None and above["kind"] == "Deployment":
            return self._owner(above, DEPLOYMENTS, namespace)
        return found

    def _owner(self, ref: Object, kind: Kind, namespace: str) -> Object | None:
        """The owner that a reference means; another one of its name is not it."""
        found = self._ctx.store.find(kind, namespace, ref["name"])
        return found if found is not None and found["metadata"]["uid"] == ref["uid"] else None

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
            and not members.pods[name].terminating
            and (now - parse_time(at)).total_seconds() < _DISRUPTED_S
        }

    def _report(
        self, budget: Object, resolved: Resolved, healthy: int, disrupted: dict[str, str]
    ) -> None:
        figures: dict[str, Any] = {
            "observedGeneration": budget["metadata"]["generation"],
            "disruptionsAllowed": disruptions_allowed(resolved, healthy),
            "currentHealthy": healthy,
            "desiredHealthy": resolved.desired_healthy,
            "expectedPods": resolved.expected,
        }
        status = budget["status"]
        same = status.items() >= figures.items() and status.get("disruptedPods", {}) == disrupted
        if same and status.get("conditions"):
            return
        report = reported(budget, figures, self._ctx.now(), disrupted=disrupted)
        self._ctx.store.update(BUDGETS, report, by=BY)

    def _covered(self, key: Key, spec: BudgetSpec) -> list[str]:
        """The workloads whose pods the budget matches, by their templates."""
        if key not in self._workloads:
            self._workloads[key] = sorted(
                qualified_name(workload)
                for kind in _TEMPLATED
                for workload in self._ctx.store.all(kind, key[0])
                if not (kind is REPLICA_SETS and controller_ref(workload))
                and matches(spec.selector, _template_labels(workload))
            )
        return self._workloads[key]


def _healthy(pod: PodObject) -> bool:
    return pod.ready and not pod.terminating


def _controls(ref: Object, pod: PodObject) -> bool:
    return pod.owner is not None and bool(pod.owner["uid"] == ref["uid"])


def _same(one: PodObject, other: PodObject) -> bool:
    """Whether budgets count two versions of a pod alike."""
    return (
        one.ready == other.ready
        and one.terminating == other.terminating
        and one.owner is other.owner
    )


def _template_labels(workload: Object) -> dict[str, str]:
    labels: dict[str, str] = workload["spec"]["template"]["metadata"].get("labels") or {}
    return labels
