"""Machines that leave a pool: drained by the service, or not, and with them the pool itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.arm.drain import Drain, uncordon
from poolshift.sim.arm.machines import drop_machine
from poolshift.sim.arm.pools.running import begin, draw_s, finish, refuse_busy
from poolshift.sim.arm.pools.states import Change
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.rules.checks import check_delete, check_delete_machines
from poolshift.sim.arm.rules.machines import refuse_stopped_cluster, refuse_stopped_pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld, SimPool


def delete_machines(
    world: ArmWorld, pool: SimPool, machines: tuple[str, ...], *, by: str
) -> SimOperation:
    """Accept the deletion of single machines; the pool's count goes down with them.

    It neither cordons nor drains: what runs on them dies.
    """
    refuse_stopped_cluster(world)
    refuse_busy(world, pool)
    refuse_stopped_pool(pool)
    every = (*pool.machines, *pool.extra, *pool.quarantined)
    known = {machine.lower(): machine for machine in every}
    unknown = [machine for machine in machines if machine.lower() not in known]
    if unknown or not machines:
        raise ArmProblem(
            400,
            "InvalidParameter",
            f"Machines {', '.join(unknown) or '(none given)'} are not in agent pool {pool.name}.",
            target="machineNames",
        )
    gone = tuple(dict.fromkeys(known[machine.lower()] for machine in machines))
    check_delete_machines(world, pool, gone)
    counted = [name for name in gone if name in pool.machines]
    pool.properties["count"] = pool.count - len(counted)
    operation = begin(world, pool, Change.DELETE_MACHINES)

    def unwind(aborted: Callable[[], None]) -> None:
        # Nothing has gone yet.
        pool.properties["count"] = pool.count + len(counted)
        aborted()

    operation.unwind = unwind

    def remove() -> None:
        _remove(world, pool, gone, by=by)
        let_go(world, pool)
        finish(world, pool, operation)

    operation.after(draw_s(world, pool, Change.DELETE_MACHINES), remove)
    return operation


def delete_pool(world: ArmWorld, pool: SimPool, *, heed_budgets: bool, by: str) -> SimOperation:
    """Accept the deletion of a pool: cordon and drain all of it, then its machines go.

    What else is done to the pool gives way to it; a deletion that runs already goes on.
    """
    refuse_stopped_cluster(world)
    refuse_busy(world)
    if pool.deletion is not None and pool.deletion.live:
        return pool.deletion
    running = world.operations.running_on(pool.target)
    check_delete(world, pool)
    if running is not None:
        world.operations.give_way(running)
    operation = pool.deletion = begin(world, pool, Change.DELETE)

    def gone() -> None:
        # Some may have come since the deletion began.
        _remove(world, pool, (*pool.machines, *pool.extra, *pool.quarantined), by=by)
        del world.pools[pool.name.lower()]
        world.trace.emit("pool-removed", pool=pool.name, by=by)
        world.operations.end(operation)

    drain_away(
        world,
        pool,
        (*pool.machines, *pool.extra, *pool.quarantined),
        operation,
        draw_s(world, pool, Change.DELETE),
        by=by,
        heed_budgets=heed_budgets,
        then=gone,
    )
    return operation


def drain_away(
    world: ArmWorld,
    pool: SimPool,
    machines: tuple[str, ...],
    operation: SimOperation,
    total_s: float,
    *,
    by: str,
    heed_budgets: bool = True,
    then: Callable[[], None] | None = None,
) -> None:
    """Drain machines, remove them, and end the operation: by `then` when given."""

    def remove() -> None:
        stuck = world.azure.troubles.deletion(pool) if then is not None else None
        if stuck is not None:
            finish(world, pool, operation, stuck)
            return
        _remove(world, pool, machines, by=by)
        if then is None:
            finish(world, pool, operation)
        else:
            then()

    def drained(held: str | None) -> None:
        if held is None:
            operation.after(total_s, remove)
            return
        pool.properties["count"] = len(pool.machines)
        message = f"Drain node {held}: Too many Requests. See http://aka.ms/aks/debugdrainfailures"
        finish(world, pool, operation, ("PodDrainFailure", message))

    drain = Drain(
        world,
        machines,
        limit_s=world.durations.drain_limit(),
        heed_budgets=heed_budgets,
        done=drained,
    )

    def unwind(aborted: Callable[[], None]) -> None:
        drain.stop()
        let_go(world, pool)
        pool.properties["count"] = len(pool.machines)
        aborted()

    operation.unwind = unwind
    drain.start()
    pool.cordoned.update(drain.cordoned)


def let_go(world: ArmWorld, pool: SimPool) -> None:
    """Nodes that a failed or aborted drain left cordoned take pods again."""
    for name in sorted(pool.cordoned):
        uncordon(world, name)
    pool.cordoned.clear()


def _remove(world: ArmWorld, pool: SimPool, machines: tuple[str, ...], *, by: str) -> None:
    """Take machines away; the cluster autoscaler may have been faster."""
    for machine in machines:
        if machine in pool.addresses:
            drop_machine(world, pool, machine, by=by)
