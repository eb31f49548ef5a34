"""Machines that come to a pool."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolshift.sim.arm.machines import drop_machine, next_machine, spread_starts, start_machine
from poolshift.sim.arm.operations import RUNNING
from poolshift.sim.arm.state import SERVICE

if TYPE_CHECKING:
    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld, SimPool

# How long the polls of a new pool say nothing more: recorded with polls half a minute apart.
_QUIET_S = 30.0


def bounded(pool: SimPool) -> int:
    """The count of a pool within the bounds of its autoscaler."""
    props = pool.properties
    if not props.get("enableAutoScaling"):
        return pool.count
    return min(max(pool.count, int(props["minCount"])), int(props["maxCount"]))


def add_machines(
    world: ArmWorld, pool: SimPool, count: int, total_s: float, operation: SimOperation
) -> None:
    """Bring up so many machines of a pool side by side within an operation's seconds."""
    up: list[str] = []

    def join(name: str, ready_after_s: float) -> None:
        # A machine that was asked for comes, aborted or not, unless the pool has gone or shrunk.
        if world.pools.get(pool.name.lower()) is not pool or len(pool.machines) >= bounded(pool):
            drop_machine(world, pool, name, by=SERVICE)
            return
        trouble = world.azure.troubles.start(world, pool)
        if trouble is not None:
            operation.doom = trouble.error
            if trouble.made:
                pool.machines.append(name)
            else:
                drop_machine(world, pool, name, by=SERVICE)
            return
        # The new node is the service's doing; the trace's pool-added says who asked for it.
        start_machine(world, pool, name, by=SERVICE, ready_after_s=ready_after_s)
        pool.machines.append(name)
        up.append(name)

    for join_s, ready_after_s in spread_starts(world, count, total_s):
        name = next_machine(world, pool)
        world.clock.after(join_s, partial(join, name, ready_after_s))
    if count:
        operation.progress = lambda: (
            f"CreatingAgentPool: {len(up)}/{count} nodes completed"
            if up or operation.age_s >= _QUIET_S
            else RUNNING
        )
