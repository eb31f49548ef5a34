"""Autoscaled pools as the autoscaler sees them: bounds, a template node, growth."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.kube import Node, Pod, Taint
from poolshift.semantics import fit
from poolshift.sim.arm.machines import (
    drop_machine,
    machine_prefix,
    next_machine,
    node_seed,
    spread_starts,
    start_machine,
)
from poolshift.sim.arm.pools.states import PASSAGES, SUCCEEDED, Change
from poolshift.sim.kube.nodes import node_object
from poolshift.sim.kube.objects import controller_ref, finished, key_of, ready
from poolshift.sim.kube.resources import NODES, PODS

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld, SimPool

BY = "controller:cluster-autoscaler"
CANDIDATE = "DeletionCandidateOfClusterAutoscaler"
TO_BE_DELETED = "ToBeDeletedByClusterAutoscaler"
# How long the autoscaler waits for a machine to become a node (max-node-provision-time).
_PROVISION_S = 900.0
_PASSING = "node.kubernetes.io/"
_NO_MACHINE = "zzzzzz"


class Group:
    """A pool with its bounds."""

    def __init__(self, world: ArmWorld, pool: SimPool, least: int, most: int) -> None:
        self.world = world
        self.pool = pool
        self.least = least
        self.most = most

    @property
    def name(self) -> str:
        """Its scale set's name, as events call it."""
        return self.pool.scale_set

    @property
    def room(self) -> int:
        """How many nodes it may still get."""
        return self.most - self.pool.count

    def nodes(self) -> list[str]:
        """Names of its nodes that are ready."""
        store = self.world.kube.store
        found = [(name, store.find(NODES, "", name)) for name in self.pool.machines]
        return [name for name, node in found if node is not None and ready(node)]

    def template(self) -> fit.NodeState | None:
        """A node as the next one will be; None where nobody can tell.

        Of a pool without nodes a Linux node is known by the pool's settings. For Windows pools
        the service builds none: that is why they do not grow from zero.
        """
        for name in self.nodes():
            node: Node = self.world.kube.store.typed(NODES, ("", name))
            daemons = [p for p in self.world.kube.pods_on(name) if _daemon(p)]
            typed = [self.world.kube.store.typed(PODS, key_of(p)) for p in daemons]
            return fit.state_of(_fresh(node), typed)
        if self.pool.windows:
            return None
        name = machine_prefix(self.pool) + _NO_MACHINE
        self.pool.addresses[name] = "0.0.0.0"  # noqa: S104 - the address of no machine
        seed = node_seed(self.world, self.pool, name, 0.0)
        del self.pool.addresses[name]
        made = msgspec.convert(node_object(seed, "1970-01-01T00:00:00Z"), Node)
        return fit.state_of(_fresh(made))

    def upcoming(self) -> int:
        """How many nodes were asked for and are not ready yet."""
        return max(self.pool.count - len(self.nodes()), 0)

    def grow(self, count: int) -> None:
        """Ask the scale set for more machines; they come as an ARM scale's would.

        The pool's own state stays as it is: to ARM this is no operation on the pool.
        """
        world, pool = self.world, self.pool
        pool.properties["count"] = pool.count + count
        passage = PASSAGES[Change.SCALE_OUT]
        total_s = world.durations.draw(passage.windows if pool.windows else passage.linux)
        for join_s, ready_after_s in spread_starts(world, count, total_s):
            name = next_machine(world, pool)
            world.clock.after(join_s, partial(self._join, name, ready_after_s))

    def _join(self, name: str, ready_after_s: float) -> None:
        # A machine that comes when its pool is gone, or was made smaller, is dropped unseen.
        known = self.world.pools.get(self.pool.name.lower()) is self.pool
        if known and len(self.pool.machines) < self.pool.count:
            if self.world.azure.troubles.start(self.world, self.pool) is not None:
                self.world.clock.after(_PROVISION_S, partial(self._give_up, name))
                return
            start_machine(self.world, self.pool, name, by=BY, ready_after_s=ready_after_s)
            self.pool.machines.append(name)
        else:
            drop_machine(self.world, self.pool, name, by=BY)

    def _give_up(self, name: str) -> None:
        """Let a machine go of which no node has come."""
        if name in self.pool.addresses:
            drop_machine(self.world, self.pool, name, by=BY)
            self.pool.properties["count"] = max(self.pool.count - 1, len(self.pool.machines))

    def shrink(self, name: str) -> None:
        """Let a machine of the scale set go, after the time that this takes."""
        self.pool.properties["count"] = self.pool.count - 1
        passage = PASSAGES[Change.SCALE_IN]
        total_s = self.world.durations.draw(passage.windows if self.pool.windows else passage.linux)
        self.world.clock.after(total_s, partial(self._leave, name))

    def _leave(self, name: str) -> None:
        if name in self.pool.machines:
            drop_machine(self.world, self.pool, name, by=BY)


def groups_of(world: ArmWorld) -> list[Group]:
    """Every autoscaled pool on which nothing else is being done."""
    found = []
    for pool in world.pools.values():
        props = pool.properties
        idle = props.get("provisioningState") == SUCCEEDED and not pool.stopped
        if props.get("enableAutoScaling") and idle:
            least, most = int(props.get("minCount") or 0), int(props.get("maxCount") or 0)
            found.append(Group(world, pool, least, most))
    return found


def autoscaled(world: ArmWorld) -> bool:
    """Whether any pool has the autoscaler on."""
    return any(pool.properties.get("enableAutoScaling") for pool in world.pools.values())


def _fresh(node: Node) -> Node:
    """The node without what passes: its conditions' taints, its cordon, the autoscaler's marks."""
    stays: tuple[Taint, ...] = tuple(
        t
        for t in node.spec.taints
        if not t.key.startswith(_PASSING) and t.key not in (CANDIDATE, TO_BE_DELETED)
    )
    spec = msgspec.structs.replace(node.spec, unschedulable=False, taints=stays)
    return msgspec.structs.replace(node, spec=spec)


def _daemon(pod: dict[str, object]) -> bool:
    ref = controller_ref(pod)
    return ref is not None and ref["kind"] == "DaemonSet" and not finished(pod)


def incoming_of(pod: Pod) -> fit.Incoming:
    """A typed pod, ready to be asked about nodes."""
    return fit.incoming(pod.metadata, pod.spec)
