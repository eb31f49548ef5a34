"""Growing: pods that fit nowhere, and the pool that would take them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from poolshift.semantics import fit
from poolshift.sim.arm.autoscaler.expander import Choice, copied, estimate, pick
from poolshift.sim.arm.autoscaler.groups import Group, incoming_of
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.rules.checks import check_scale
from poolshift.sim.kube.objects import (
    Key,
    Object,
    condition_of,
    controller_ref,
    node_of,
    terminating,
)
from poolshift.sim.kube.resources import CONFIG_MAPS, PODS

if TYPE_CHECKING:
    from poolshift.sim.arm.autoscaler.profile import Profile
    from poolshift.sim.arm.state import ArmWorld

PRIORITIES = "cluster-autoscaler-priority-expander"
_SELECTOR = "node(s) didn't match Pod's node affinity/selector"
# After a failed growth a group is left alone: five minutes, doubled each time, half an hour most.
_BACK_OFF_S, _BACK_OFF_LIMIT_S = 300.0, 1800.0


def unschedulable(pod: Object) -> bool:
    """Whether the scheduler gave a pod up for now; a daemon's pod waits for its own node."""
    if node_of(pod) or terminating(pod):
        return False
    ref = controller_ref(pod)
    if ref is not None and ref["kind"] == "DaemonSet":
        return False
    condition = condition_of(pod, "PodScheduled")
    return condition is not None and condition.get("reason") == "Unschedulable"


class ScaleUp:
    """Grows pools for pending pods."""

    def __init__(self, world: ArmWorld) -> None:
        self._world = world
        self._held: dict[str, tuple[float, float]] = {}
        self.last_at = float("-inf")

    def run(self, groups: list[Group], keys: list[Key], profile: Profile) -> None:
        """Grow one pool if that helps any of the pods; tell each pod what came of it."""
        store = self._world.kube.store
        found = [(key, store.find(PODS, *key)) for key in keys]
        waiting = [(key, pod) for key, pod in found if pod is not None]
        pods = [incoming_of(store.typed(PODS, key)) for key, _ in waiting]
        templates = {g.name: g.template() for g in groups}
        left = _without_upcoming(groups, templates, pods)
        if not left:
            return
        options = self._options(groups, templates, [pods[n] for n in left])
        helped: list[int] = []
        if options:
            choices = [choice for choice, _ in options]
            chosen = pick(choices, profile.expander, self._priorities(), self._world.rng)
            group = next(g for g in groups if g.name == chosen.group)
            if self._grow(group, chosen):
                helped = [left[n] for n in dict(_paired(options))[chosen.group]]
                before = group.pool.count - chosen.nodes
                text = f"{group.name} {before}->{group.pool.count} (max: {group.most})"
                for n in helped:
                    message = f"pod triggered scale-up: [{{{text}}}]"
                    self._event(waiting[n][1], "TriggeredScaleUp", message)
        for n in left:
            if n not in helped:
                why = self._reasons(groups, templates, pods[n])
                message = f"pod didn't trigger scale-up: {why}"
                self._event(waiting[n][1], "NotTriggerScaleUp", message)

    def _options(
        self,
        groups: list[Group],
        templates: dict[str, fit.NodeState | None],
        pods: list[fit.Incoming],
    ) -> list[tuple[Choice, list[int]]]:
        found = []
        for group in groups:
            template = templates[group.name]
            if template is None or group.room <= 0 or self._is_held(group):
                continue
            nodes, placed, waste = estimate(pods, template, group.room)
            if placed:
                choice = Choice(group.name, group.pool.name, nodes, len(placed), waste)
                found.append((choice, placed))
        return found

    def _grow(self, group: Group, chosen: Choice) -> bool:
        """Grow a pool; a quota that is used up puts it off for a while."""
        try:
            check_scale(self._world, group.pool, group.pool.count + chosen.nodes)
        except ArmProblem:
            pause_s = min(
                self._held.get(group.name, (0.0, _BACK_OFF_S / 2))[1] * 2, _BACK_OFF_LIMIT_S
            )
            self._held[group.name] = (self._world.clock.t + pause_s, pause_s)
            return False
        self._held.pop(group.name, None)
        self.last_at = self._world.clock.t
        group.grow(chosen.nodes)
        return True

    def _is_held(self, group: Group) -> bool:
        return self._world.clock.t < self._held.get(group.name, (0.0, 0.0))[0]

    def _priorities(self) -> str:
        found = self._world.kube.store.find(CONFIG_MAPS, "kube-system", PRIORITIES)
        return str(((found or {}).get("data") or {}).get("priorities", ""))

    def _reasons(
        self,
        groups: list[Group],
        templates: dict[str, fit.NodeState | None],
        pod: fit.Incoming,
    ) -> str:
        """Why no group grew for a pod, as the autoscaler counts it."""
        counts: Counter[str] = Counter()
        for group in groups:
            template = templates[group.name]
            if template is None:
                counts[_SELECTOR] += 1
            elif refused := fit.reasons(pod, template):
                counts[refused[0].text] += 1
            elif self._is_held(group):
                counts["in backoff after failed scale-up"] += 1
            elif group.room <= 0:
                counts["max node group size reached"] += 1
        return ", ".join(f"{n} {text}" for text, n in sorted(counts.items()))

    def _event(self, pod: Object, reason: str, message: str) -> None:
        self._world.kube.recorder.record(
            pod, type_="Normal", reason=reason, message=message, source="cluster-autoscaler"
        )


def _paired(options: list[tuple[Choice, list[int]]]) -> list[tuple[str, list[int]]]:
    return [(choice.group, placed) for choice, placed in options]


def _without_upcoming(
    groups: list[Group],
    templates: dict[str, fit.NodeState | None],
    pods: list[fit.Incoming],
) -> list[int]:
    """The pods that no node on its way will take."""
    coming = [
        copied(template)
        for group in groups
        if (template := templates[group.name]) is not None
        for _ in range(group.upcoming())
    ]
    left = []
    for n, pod in enumerate(pods):
        home = next((state for state in coming if not fit.reasons(pod, state)), None)
        if home is None:
            left.append(n)
        else:
            fit.occupy(home, pod)
    return left
