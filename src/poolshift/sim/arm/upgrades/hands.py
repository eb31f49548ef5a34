"""What an upgrade does to machines, one at a time: add, drain, reimage, take away, tell of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolshift.sim.arm.drain import Drain, uncordon
from poolshift.sim.arm.machines import (
    drop_machine,
    next_machine,
    spread_starts,
    start_machine,
    take_node,
)
from poolshift.sim.arm.pools.running import draw_s
from poolshift.sim.arm.pools.states import Change
from poolshift.sim.arm.rules.checks import surge_room
from poolshift.sim.arm.state import SERVICE
from poolshift.sim.kube.objects import labels_of, with_meta
from poolshift.sim.kube.resources import NODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld, SimPool

# Who the events of upgrades come from, and the label of a node that could not be drained.
SOURCE = "upgrader"
STATUS = "kubernetes.azure.com/upgrade-status"
QUARANTINED = "Quarantined"
Held = str | None


class Hands:
    """Acts on the machines of one pool for one operation.

    What was begun on a machine comes to its end even after the operation's: a machine that is
    being made or reimaged comes. What follows from it happens only while the operation lives.
    """

    def __init__(self, world: ArmWorld, pool: SimPool, operation: SimOperation) -> None:
        self.world = world
        self.pool = pool
        self.operation = operation
        self._drains: list[tuple[Drain, tuple[str, ...]]] = []

    def joined(self, name: str) -> bool:
        """Whether a machine has a node."""
        return self.world.kube.store.find(NODES, "", name) is not None

    def room(self, wanted: int) -> tuple[int, tuple[str, str] | None]:
        """How many of so many more machines there is room for; with what is short for the rest."""
        return surge_room(self.world, self.pool, wanted)

    def add(
        self, count: int, then: Callable[[], None], failed: Callable[[tuple[str, str]], None]
    ) -> None:
        """Add machines beyond the pool's count, side by side.

        Args:
            count: how many.
            then: called when all are ready.
            failed: called at the same time with why one of them is not.
        """
        world, pool = self.world, self.pool
        total_s = draw_s(world, pool, Change.UPGRADE)
        lost: list[tuple[str, str]] = []

        def join(name: str, ready_after_s: float) -> None:
            if not self._there(name):
                return
            trouble = world.azure.troubles.start(world, pool)
            if trouble is not None:
                lost.append(trouble.error)
                if not trouble.made:
                    drop_machine(world, pool, name, by=SERVICE)
            else:
                start_machine(world, pool, name, by=SERVICE, ready_after_s=ready_after_s)
                self.tell(name, "Surge", f"Created surge node {name} for agent pool {pool.name}")

        for join_s, ready_after_s in spread_starts(world, count, total_s):
            name = next_machine(world, pool)
            pool.extra.append(name)
            world.clock.after(join_s, partial(join, name, ready_after_s))
        self.operation.after(total_s, lambda: failed(lost[0]) if lost else then())

    def cordon(self, names: tuple[str, ...]) -> None:
        """Let nodes take no more pods; those that somebody else cordoned stay somebody else's."""
        for name in names:
            node = self.world.kube.store.find(NODES, "", name)
            if node is not None and not node["spec"].get("unschedulable"):
                self.world.kube.cordon(name, by=SERVICE)
                self.pool.cordoned.add(name)

    def drain(self, names: tuple[str, ...], limit_s: float, done: Callable[[Held], None]) -> None:
        """Cordon and drain nodes side by side."""

        def ended(held: Held) -> None:
            self._drains = [entry for entry in self._drains if entry[0] is not drain]
            done(held)

        drain = Drain(self.world, names, limit_s=limit_s, heed_budgets=True, done=ended)
        self._drains.append((drain, names))
        for name in names:
            self.tell(name, "Drain", f"Draining node {name}")
        drain.start()
        self.pool.cordoned.update(drain.cordoned)

    def stop_drains(self) -> None:
        """Let go of the nodes that are being drained: they take pods again."""
        for drain, names in self._drains:
            drain.stop()
            for name in names:
                self.release(name)
        self._drains = []

    def release(self, name: str) -> None:
        """Let a node that the service has cordoned take pods again."""
        if name in self.pool.cordoned:
            self.pool.cordoned.discard(name)
            uncordon(self.world, name)

    def reimage(self, name: str, then: Callable[[tuple[str, str] | None], None]) -> None:
        """Take the node away, and bring the machine back under its name as the pool now is.

        Args:
            name: of the machine.
            then: called after it, with why no node has come back if none has.
        """
        world, pool = self.world, self.pool
        self.tell(name, "Upgrade", f"Deleting node {name} from the API server")
        take_node(world, name, by=SERVICE)
        pool.cordoned.discard(name)
        total_s = draw_s(world, pool, Change.UPGRADE)
        [(join_s, ready_after_s)] = spread_starts(world, 1, total_s)

        lost: list[tuple[str, str]] = []

        def join() -> None:
            if not self._there(name):
                return
            trouble = world.azure.troubles.start(world, pool)
            # The machine is there already: what makes no new ones does not touch it.
            if trouble is not None and trouble.made:
                lost.append(trouble.error)
            else:
                start_machine(world, pool, name, by=SERVICE, ready_after_s=ready_after_s)

        def back() -> None:
            self.tell(name, "Upgrade", f"Reimaged node {name}")
            then(lost[0] if lost else None)

        world.clock.after(join_s, join)
        # Also after an abort: whoever waits for the machine asks itself whether to go on.
        world.clock.after(total_s, back)

    def remove(self, names: tuple[str, ...], then: Callable[[], None]) -> None:
        """Take machines away for good, after the time that this takes."""

        def gone() -> None:
            for name in names:
                if self._there(name):
                    drop_machine(self.world, self.pool, name, by=SERVICE)
            then()

        self.world.clock.after(draw_s(self.world, self.pool, Change.SCALE_IN), gone)

    def quarantine(self, name: str) -> None:
        """Set a node aside that could not be drained: it stays cordoned, and is labelled."""
        node = self.world.kube.store.find(NODES, "", name)
        if node is not None:
            labels = {**labels_of(node), STATUS: QUARANTINED}
            self.world.kube.store.update(NODES, with_meta(node, labels=labels), by=SERVICE)
            self.tell(name, "Upgrade", f"Node {name} could not be drained and is set aside")
        self.pool.cordoned.discard(name)
        self.pool.quarantined.append(name)

    def tell(self, name: str, reason: str, message: str) -> None:
        """An event about a node; the reasons are the service's, the words were not recorded."""
        node = self.world.kube.store.find(NODES, "", name)
        if node is not None:
            self.world.kube.recorder.record(
                node, type_="Normal", reason=reason, message=message, source=SOURCE
            )

    def _there(self, name: str) -> bool:
        pool = self.pool
        known = self.world.pools.get(pool.name.lower()) is pool
        return known and (name in pool.machines or name in pool.extra)
