"""Shrinking: nodes that nobody needs, marked, emptied within the budgets, and removed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.errors import ApiError, NotFoundError
from poolshift.semantics import fit
from poolshift.sim.arm.autoscaler.expander import copied
from poolshift.sim.arm.autoscaler.groups import BY, CANDIDATE, TO_BE_DELETED, Group, incoming_of
from poolshift.sim.kube.objects import (
    Key,
    Object,
    annotations_of,
    controller_ref,
    finished,
    key_of,
    terminating,
    with_spec,
)
from poolshift.sim.kube.resources import BUDGETS, NODES, PODS

if TYPE_CHECKING:
    from poolshift.core.kube import PodSpec
    from poolshift.sim.arm.autoscaler.profile import Profile
    from poolshift.sim.arm.state import ArmWorld
    from poolshift.sim.kube.podobjects import PodObject

SAFE = "cluster-autoscaler.kubernetes.io/safe-to-evict"
DISABLED = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
# The autoscaler's own bounds: nodes with pods that one scan looks at, soft taints in one scan, how
# long and how often it asks for a pod.
_MOST_LOOKED_AT, _MOST_MARKS = 30, 10
_EVICTION_S, _RETRY_S = 120.0, 10.0


class ScaleDown:
    """Marks idle nodes and takes them away when they stay idle."""

    def __init__(self, world: ArmWorld) -> None:
        self._world = world
        self._kube = world.kube
        self._since: dict[str, float] = {}
        # Nodes on their way out; from the pool's count those are gone that were let go.
        self._leaving: dict[str, Group] = {}
        self._let_go: dict[str, None] = {}
        self._deleted_at = self._failed_at = float("-inf")

    def run(self, groups: list[Group], profile: Profile, *, added_at: float) -> None:
        """One scan."""
        for name in [n for n in self._leaving if self._kube.store.find(NODES, "", n) is None]:
            del self._leaving[name]
            self._let_go.pop(name, None)
        idle = self._idle(groups, profile)
        for name in [n for n in self._since if n not in idle]:
            del self._since[name]
            self._mark(name, CANDIDATE, "")
        marks = 0
        for name in idle:
            self._since.setdefault(name, self._world.clock.t)
            if marks < _MOST_MARKS and self._mark(name, CANDIDATE, "PreferNoSchedule"):
                marks += 1
        now = self._world.clock.t
        waits = (
            (added_at, profile.after_add_s),
            (self._deleted_at, profile.after_delete_s),
            (self._failed_at, profile.after_failure_s),
        )
        if all(now - at >= wait_s for at, wait_s in waits):
            self._take(idle, profile)

    def _take(self, idle: dict[str, Group], profile: Profile) -> None:
        """Begin to remove nodes that were idle for long enough: empty ones, or one with pods."""
        ripe = [n for n in idle if self._world.clock.t - self._since[n] >= profile.unneeded_s]
        empty = [n for n in ripe if not self._movable(n)]
        for name in empty[: profile.most_empty] or ripe[:1]:
            group = idle[name]
            if self._spare(group) <= 0:
                continue
            self._leaving[name] = group
            del self._since[name]
            self._mark(name, CANDIDATE, "")
            self._mark(name, TO_BE_DELETED, "NoSchedule")
            self._event(name, "marked the node as toBeDeleted/unschedulable")
            self._empty(name, self._world.clock.t + _EVICTION_S)

    def _spare(self, group: Group) -> int:
        """How many nodes more a pool may lose."""
        going = sum(
            g.pool is group.pool and name not in self._let_go for name, g in self._leaving.items()
        )
        return group.pool.count - going - group.least

    def _idle(self, groups: list[Group], profile: Profile) -> dict[str, Group]:
        """Nodes whose pods all fit elsewhere, within what each pool may lose."""
        found: dict[str, Group] = {}
        states = {
            name: copied(view.state)
            for name, view in self._kube.scheduler.views.views.items()
            if name not in self._leaving
        }
        looked_at = 0
        for group in groups:
            spare = self._spare(group)
            for name in sorted(group.nodes()):
                if spare <= 0 or looked_at >= _MOST_LOOKED_AT:
                    break
                if name in self._leaving or self._used(name, profile) >= profile.utilisation:
                    continue
                pods = self._movable(name)
                looked_at += bool(pods)
                if self._held(name, pods, profile) or not self._fits(name, pods, states):
                    continue
                found[name] = group
                states.pop(name, None)
                spare -= 1
        return found

    def _used(self, name: str, profile: Profile) -> float:
        """The larger share of a node's cores and memory that is asked for."""
        view = self._kube.scheduler.views.views.get(name)
        if view is None:
            return 1.0
        used = dict(view.state.used)
        if profile.ignore_daemons:
            for pod in self._kube.pods_on(name):
                if _daemon(pod):
                    asked = incoming_of(self._kube.store.typed(PODS, key_of(pod))).requests
                    used = {k: v - asked.get(k, 0) for k, v in used.items()}
        room = view.state.allocatable
        return max(used.get(k, 0) / (room.get(k) or 1) for k in ("cpu", "memory"))

    def _movable(self, name: str) -> list[PodObject]:
        """Pods that must go before the node can."""
        return [
            p
            for p in self._kube.pods_on(name)
            if not finished(p) and not terminating(p) and not _daemon(p) and not _mirror(p)
        ]

    def _held(self, name: str, pods: list[PodObject], profile: Profile) -> bool:
        """Whether a pod, a budget or an annotation keeps the node."""
        node = self._kube.store.get(NODES, "", name)
        if annotations_of(node).get(DISABLED) == "true":
            return True
        spent: dict[Key, int] = {}
        for pod in pods:
            budgets = self._kube.ctx.budgets.matching(pod)
            safe = annotations_of(pod).get(SAFE)
            if safe == "false" or (safe != "true" and _clings(pod, profile, bool(budgets))):
                return True
            for key in budgets:
                spent[key] = spent.get(key, 0) + 1
                budget = self._kube.store.get(BUDGETS, *key)
                if spent[key] > budget["status"].get("disruptionsAllowed", 0):
                    return True
        return False

    def _fits(self, name: str, pods: list[PodObject], states: dict[str, fit.NodeState]) -> bool:
        """Whether the pods find places on other nodes; they take them if so."""
        trial: dict[str, fit.NodeState] = {}
        for pod in pods:
            asked = incoming_of(self._kube.store.typed(PODS, key_of(pod)))
            asked = fit.incoming(asked.meta, _unbound(asked))
            for other, state in states.items():
                if other != name and not fit.reasons(asked, trial.get(other, state)):
                    trial.setdefault(other, copied(state))
                    fit.occupy(trial[other], asked)
                    break
            else:
                return False
        states.update(trial)
        return True

    def _empty(self, name: str, deadline: float) -> None:
        """Ask every pod to go, until all have gone or the time is up."""
        if self._kube.store.find(NODES, "", name) is None:
            return
        pods = self._movable(name)
        going = [p for p in self._kube.pods_on(name) if terminating(p) and not _daemon(p)]
        if not pods and not going:
            self._deleted_at = self._world.clock.t
            self._event(name, "node removed by cluster autoscaler")
            self._let_go[name] = None
            self._leaving[name].shrink(name)
            return
        if self._world.clock.t >= deadline and pods:
            self._give_up(name)
            return
        for pod in pods:
            try:
                self._kube.evict(*key_of(pod), uid=pod["metadata"]["uid"], by=BY)
            except NotFoundError:
                continue
            except ApiError:
                # A budget or a webhook: asked again until the deadline.
                continue
        self._world.clock.after(_RETRY_S, partial(self._empty, name, deadline))

    def _give_up(self, name: str) -> None:
        self._leaving.pop(name)
        self._failed_at = self._world.clock.t
        self._mark(name, TO_BE_DELETED, "")
        node = self._kube.store.get(NODES, "", name)
        self._kube.recorder.record(
            node,
            type_="Warning",
            reason="ScaleDownFailed",
            message="failed to delete empty node: failed to evict pods within the time allowed",
            source="cluster-autoscaler",
        )

    def forget_all(self) -> None:
        """The autoscaler is off: its marks go."""
        for name in list(self._since):
            self._mark(name, CANDIDATE, "")
        self._since.clear()

    def _mark(self, name: str, key: str, effect: str) -> bool:
        """Put a taint on a node, dated, or take it off (an empty effect); whether it changed."""
        node = self._kube.store.find(NODES, "", name)
        if node is None:
            return False
        taints: list[Object] = list(node["spec"].get("taints") or ())
        present = any(t["key"] == key for t in taints)
        if present == bool(effect):
            return False
        if effect:
            stamp = str(int(self._world.clock.moment().timestamp()))
            taints.append({"key": key, "value": stamp, "effect": effect})
        else:
            taints = [t for t in taints if t["key"] != key]
        self._kube.store.update(NODES, with_spec(node, taints=taints or None), by=BY)
        return True

    def _event(self, name: str, message: str) -> None:
        node = self._kube.store.get(NODES, "", name)
        self._kube.recorder.record(
            node, type_="Normal", reason="ScaleDown", message=message, source="cluster-autoscaler"
        )


def _unbound(pod: fit.Incoming) -> PodSpec:
    """The pod as one that looks for a node again."""
    return msgspec.structs.replace(pod.spec, node_name="")


def _daemon(pod: Object) -> bool:
    ref = controller_ref(pod)
    return ref is not None and ref["kind"] == "DaemonSet"


def _mirror(pod: Object) -> bool:
    return "kubernetes.io/config.mirror" in annotations_of(pod)


def _clings(pod: Object, profile: Profile, budgeted: bool) -> bool:
    """Whether a pod keeps its node: nobody would make it anew, or its data would be lost."""
    if controller_ref(pod) is None:
        return True
    system = pod["metadata"]["namespace"] == "kube-system"
    if profile.keep_system_pods and system and not budgeted:
        return True
    volumes = pod["spec"].get("volumes") or ()
    local = any("emptyDir" in v or "hostPath" in v for v in volumes)
    return profile.keep_local_storage and local
