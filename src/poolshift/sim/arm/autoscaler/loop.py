"""The autoscaler's loop: a scan each ten seconds while a pool has it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.arm.autoscaler.groups import BY, autoscaled, groups_of
from poolshift.sim.arm.autoscaler.profile import Profile, read_profile
from poolshift.sim.arm.autoscaler.scaledown import ScaleDown
from poolshift.sim.arm.autoscaler.scaleup import ScaleUp, unschedulable
from poolshift.sim.kube.objects import Key, Object, key_of
from poolshift.sim.kube.resources import CONFIG_MAPS, PODS

if TYPE_CHECKING:
    from poolshift.sim.arm.autoscaler.groups import Group
    from poolshift.sim.arm.state import ArmWorld
    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.store import Change

STATUS = "cluster-autoscaler-status"


class Autoscaler:
    """The autoscaler of a cluster; nothing at all while no pool has it on.

    It leaves a pool alone on which ARM has an operation under way.
    """

    def __init__(self, world: ArmWorld) -> None:
        self._world = world
        self._up = ScaleUp(world)
        self._down = ScaleDown(world)
        self._pending: dict[Key, None] = {}
        self._listening = False
        self._timer: Timer | None = None

    def wake(self) -> None:
        """A pool has changed: begin to scan if one has the autoscaler on."""
        if self._timer is None and autoscaled(self._world):
            self._listen()
            self._wait(periodic=True)

    def _listen(self) -> None:
        """Know the pending pods, from the first autoscaled pool on."""
        if self._listening:
            return
        self._listening = True
        store = self._world.kube.store
        for pod in store.all(PODS):
            if unschedulable(pod):
                self._pending[key_of(pod)] = None
        store.listen(PODS, self._pod)

    def _pod(self, change: Change) -> None:
        key = key_of(change.obj)
        if change.type != "DELETED" and unschedulable(change.obj):
            if key not in self._pending:
                self._pending[key] = None
                self._hurry()
        elif self._pending:
            self._pending.pop(key, None)

    def _hurry(self) -> None:
        """The next scan has work: a jumping clock may go there."""
        if self._timer is not None and self._timer.periodic:
            at = self._timer.at
            self._timer.cancel()
            self._timer = self._world.clock.at(at, self._scan)

    def _profile(self) -> Profile:
        return read_profile(self._world.cluster.properties.get("autoScalerProfile"))

    def _wait(self, *, periodic: bool) -> None:
        seconds = self._profile().scan_s
        self._timer = self._world.clock.after(seconds, self._scan, periodic=periodic)

    def _scan(self) -> None:
        self._timer = None
        if not autoscaled(self._world):
            self._down.forget_all()
            return
        if not self._world.kube.answers:
            # It runs in a control plane that is off.
            self._wait(periodic=True)
            return
        groups, profile = groups_of(self._world), self._profile()
        if self._pending:
            self._up.run(groups, list(self._pending), profile)
        self._down.run(groups, profile, added_at=self._up.last_at)
        self._report(groups)
        self._wait(periodic=True)

    def _report(self, groups: list[Group]) -> None:
        """The status that the autoscaler leaves in the cluster, when it says something new."""
        lines = ["autoscalerStatus: Running", "nodeGroups:"]
        for group in sorted(groups, key=lambda g: g.name):
            lines += [
                f"- name: {group.name}",
                "  health:",
                "    status: Healthy",
                f"    nodeCounts: {{registered: {{total: {len(group.pool.machines)}, "
                f"ready: {len(group.nodes())}}}}}",
                f"    cloudProviderTarget: {group.pool.count}",
                f"    minSize: {group.least}",
                f"    maxSize: {group.most}",
                f"  scaleUp: {{status: {'InProgress' if group.upcoming() else 'NoActivity'}}}",
            ]
        text = "\n".join(lines) + "\n"
        store = self._world.kube.store
        found = store.find(CONFIG_MAPS, "kube-system", STATUS)
        if found is None:
            body: Object = {
                "metadata": {"name": STATUS, "namespace": "kube-system"},
                "data": {"status": text},
            }
            self._world.kube.api.create(CONFIG_MAPS, "kube-system", body, by=BY)
        elif (found.get("data") or {}).get("status") != text:
            store.update(CONFIG_MAPS, {**found, "data": {"status": text}}, by=BY)
