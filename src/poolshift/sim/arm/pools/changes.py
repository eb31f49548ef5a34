"""What the service does to pools: accepted at once, done in virtual time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.arm.around.compute import grant_kubelet
from poolshift.sim.arm.drain import Drain, uncordon
from poolshift.sim.arm.fills import POOL_FILLS, without_fills
from poolshift.sim.arm.machines import (
    configure_nodes,
    drop_machine,
    newest_first,
    next_machine,
    scale_set_name,
    spread_starts,
    start_machine,
)
from poolshift.sim.arm.operations import RUNNING, SimOperation
from poolshift.sim.arm.pools.codec import READ_ONLY, REPLACED, filled
from poolshift.sim.arm.pools.power import asked_power, change_power
from poolshift.sim.arm.pools.running import (
    CLUSTER_TARGET,
    begin,
    draw_s,
    finish,
    refuse_busy,
    refuse_stopped,
)
from poolshift.sim.arm.pools.states import SUCCEEDED, Change
from poolshift.sim.arm.problems import ArmProblem, not_simulated
from poolshift.sim.arm.rules.checks import (
    check_create,
    check_delete,
    check_delete_machines,
    check_reimage,
    check_update,
)
from poolshift.sim.arm.rules.fixedfields import GPU_IMAGE_HEADER
from poolshift.sim.arm.snapshots.store import with_snapshot
from poolshift.sim.arm.state import SERVICE, ArmWorld, Make, SimPool
from poolshift.sim.arm.upgrades.budgets import check_budgets
from poolshift.sim.arm.upgrades.goals import asked_make, image_make, resolved
from poolshift.sim.arm.upgrades.nodeimages import current
from poolshift.sim.arm.upgrades.rolling import behind
from poolshift.sim.arm.upgrades.start import begin_upgrade, take_make

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DIGITS_TOP = 10**8
_IMAGE = "nodeImageVersion"
# How long the polls of a new pool say nothing more: recorded with polls half a minute apart.
_QUIET_S = 30.0


def create_pool(
    world: ArmWorld, name: str, sent: Mapping[str, Any], headers: Mapping[str, str], *, by: str
) -> tuple[SimPool, SimOperation]:
    """Accept a new pool; its nodes come up side by side while the operation runs."""
    refuse_busy(world, CLUSTER_TARGET)
    pool = new_pool(world, name, sent, headers, by=by)
    operation, total_s = begin(world, pool, Change.CREATE), draw_s(world, pool, Change.CREATE)
    add_machines(world, pool, pool.count, total_s, operation)
    operation.after(total_s, lambda: finish(world, pool, operation))
    return pool, operation


def new_pool(
    world: ArmWorld, name: str, sent: Mapping[str, Any], headers: Mapping[str, str], *, by: str
) -> SimPool:
    """A pool that the service's rules allow, with its scale set and no machines yet."""
    given, snapshot = with_snapshot(world, sent)
    props = filled(world, given)
    image = current(world, check_create(world, name, props, headers))
    if snapshot is not None:
        image = snapshot.image
    props["currentOrchestratorVersion"] = resolved(world, str(props["orchestratorVersion"]), "")
    props["nodeImageVersion"] = image.version
    props["powerState"] = {"code": "Running"}
    pool = SimPool(name, props, image)
    pool.gpu_image = headers.get(GPU_IMAGE_HEADER, "").lower() == "true"
    digits = f"{world.rng.randrange(_DIGITS_TOP):08d}"
    pool.scale_set = scale_set_name(name, digits, windows=pool.windows)
    world.pools[name.lower()] = pool
    configure_nodes(world, pool, by=SERVICE)
    world.trace.emit("pool-added", pool=name, os_sku=str(props["osSKU"]), count=pool.count, by=by)
    grant_kubelet(world, pool)
    return pool


class PoolChange(msgspec.Struct, frozen=True):
    """A change of a pool that the service's rules allow.

    Attributes:
        new: the pool's properties after it.
        make: what its machines shall be.
        before: what they were when all was well.
        count: nodes asked for.
        scaled: whether that is another number than before.
        unchanged: whether the pool says all of it already.
        power: the power state that is asked for, when it is another one; then nothing else counts.
    """

    new: dict[str, Any]
    make: Make
    before: Make
    count: int
    scaled: bool
    unchanged: bool
    power: str = ""


def update_pool(
    world: ArmWorld, pool: SimPool, sent: Mapping[str, Any], *, by: str
) -> SimOperation:
    """Accept a change of a pool: power, version, image, OS, count, settings, labels and taints.

    A pool that has failed or was canceled is set right by it: leftover machines go, missing ones
    come, and those that an upgrade has not reached are upgraded.
    """
    refuse_busy(world, CLUSTER_TARGET, pool.target)
    change = allowed_change(world, pool, sent)
    missing = take_change(world, pool, change)
    return run_change(world, pool, change, missing, by=by)


def allowed_change(world: ArmWorld, pool: SimPool, sent: Mapping[str, Any]) -> PoolChange:
    """What a PUT makes of a pool; refused when the rules refuse it. Changes nothing."""
    before = pool.make
    power = asked_power(pool, sent)
    if power:
        return PoolChange(pool.properties, before, before, pool.count, False, False, power)
    new = _merged(world, pool, sent)
    check_update(world, pool, new)
    make = asked_make(world, pool, new)
    count = int(new["count"])
    scaled = count != pool.count
    if make != before:
        if scaled:
            raise not_simulated("another count and an upgrade of a pool in one PUT")
        check_budgets(world)
    elif behind(pool):
        check_reimage(world, pool)
    unchanged = all(pool.properties.get(key) == value for key, value in new.items())
    return PoolChange(new, make, before, count, scaled, unchanged)


def take_change(world: ArmWorld, pool: SimPool, change: PoolChange) -> int:
    """Let the pool say what it shall be; how many machines it then lacks, negative for too many."""
    if change.power:
        return 0
    missing = _missing(pool)
    _let_go(world, pool)
    more = change.count - pool.count + missing
    pool.properties = {**change.new, "count": change.count}
    take_make(pool, change.make)
    return more


def run_change(
    world: ArmWorld, pool: SimPool, change: PoolChange, more: int, *, by: str
) -> SimOperation:
    """Start to make a pool what it says; `more` machines are missing."""
    if change.power:
        return change_power(world, pool, change.power)
    late = bool(behind(pool)) or change.make != change.before
    if more and (change.scaled or not late):
        return _scale(world, pool, more, by=by)
    if late or pool.extra:
        kind = Change.UPGRADE if late else Change.UPDATE
        operation = begin_upgrade(world, pool, kind, change.before)
        _configure(world, pool, 0.0, by=by)
        add_machines(world, pool, more, draw_s(world, pool, Change.SCALE_OUT), operation)
        return operation
    kind = Change.NOTHING if change.unchanged else Change.UPDATE
    operation, total_s = begin(world, pool, kind), draw_s(world, pool, kind)
    _configure(world, pool, total_s, by=by)
    operation.after(total_s, lambda: finish(world, pool, operation))
    return operation


def upgrade_image(world: ArmWorld, pool: SimPool) -> SimOperation:
    """Accept the upgrade of a pool to the newest node image; done in seconds where it has it."""
    refuse_busy(world, CLUSTER_TARGET, pool.target)
    refuse_stopped(pool)
    before, make = pool.make, image_make(world, pool)
    if make != before:
        check_reimage(world, pool)
        check_budgets(world)
    take_make(pool, make)
    return begin_upgrade(world, pool, Change.UPGRADE_IMAGE, before)


def delete_machines(
    world: ArmWorld, pool: SimPool, machines: tuple[str, ...], *, by: str
) -> SimOperation:
    """Accept the deletion of single machines; the pool's count goes down with them.

    It neither cordons nor drains: what runs on them dies.
    """
    refuse_busy(world, CLUSTER_TARGET, pool.target)
    refuse_stopped(pool)
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

    def remove() -> None:
        _remove(world, pool, gone, by=by)
        finish(world, pool, operation)

    operation.after(draw_s(world, pool, Change.DELETE_MACHINES), remove)
    return operation


def delete_pool(world: ArmWorld, pool: SimPool, *, heed_budgets: bool, by: str) -> SimOperation:
    """Accept the deletion of a pool: cordon and drain all of it, then its machines go."""
    refuse_busy(world, CLUSTER_TARGET, pool.target)
    check_delete(world, pool)
    operation = begin(world, pool, Change.DELETE)

    def gone() -> None:
        del world.pools[pool.name.lower()]
        world.trace.emit("pool-removed", pool=pool.name, by=by)
        world.operations.end(operation)

    _drain_away(
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


def _missing(pool: SimPool) -> int:
    """Machines that never came because something went wrong; those under way are not missing."""
    well = pool.properties["provisioningState"] == SUCCEEDED
    return 0 if well else max(pool.count - len(pool.machines), 0)


def _let_go(world: ArmWorld, pool: SimPool) -> None:
    """Nodes that a failed or aborted drain left cordoned take pods again."""
    for name in sorted(pool.cordoned):
        uncordon(world, name)
    pool.cordoned.clear()


def _scale(world: ArmWorld, pool: SimPool, more: int, *, by: str) -> SimOperation:
    """Add machines, or drain the newest and take them away."""
    if more > 0:
        operation = begin(world, pool, Change.SCALE_OUT)
        total_s = draw_s(world, pool, Change.SCALE_OUT)
        add_machines(world, pool, more, total_s, operation)
        _configure(world, pool, total_s, by=by)
        operation.after(total_s, lambda: finish(world, pool, operation))
        return operation
    gone = tuple(newest_first(pool)[:-more])
    operation = begin(world, pool, Change.SCALE_IN)
    total_s = draw_s(world, pool, Change.SCALE_IN)
    _configure(world, pool, total_s, by=by)
    _drain_away(world, pool, gone, operation, total_s, by=by)
    return operation


def add_machines(
    world: ArmWorld, pool: SimPool, count: int, total_s: float, operation: SimOperation
) -> None:
    """Bring up so many machines of a pool side by side within an operation's seconds."""
    up: list[str] = []

    def join(name: str, ready_after_s: float) -> None:
        # A machine that was asked for comes, aborted or not, unless the pool has gone or shrunk.
        if world.pools.get(pool.name.lower()) is not pool or len(pool.machines) >= pool.count:
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


def _configure(world: ArmWorld, pool: SimPool, total_s: float, *, by: str) -> None:
    """Bring the pool's labels and taints to its nodes, half way through the operation."""
    world.clock.after(total_s / 2, partial(configure_nodes, world, pool, by=by))


def _drain_away(
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
        _let_go(world, pool)
        pool.properties["count"] = len(pool.machines)
        aborted()

    operation.unwind = unwind
    drain.start()
    pool.cordoned.update(drain.cordoned)


def _remove(world: ArmWorld, pool: SimPool, machines: tuple[str, ...], *, by: str) -> None:
    """Take machines away; the cluster autoscaler may have been faster."""
    for machine in machines:
        if machine in pool.addresses:
            drop_machine(world, pool, machine, by=by)


def _merged(world: ArmWorld, pool: SimPool, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The pool as a PUT wants it: what it leaves out stays, but for what a PUT replaces.

    The node image is the service's own affair, but for a rollback, which names it.
    """
    today = world.clock.moment().date()
    given = {
        key: value
        for key, value in without_fills(sent, pool.properties, POOL_FILLS, today).items()
        if value is not None and (key not in READ_ONLY or key == _IMAGE)
    }
    kept = {key: value for key, value in pool.properties.items() if key not in REPLACED}
    choices = ("vmSize", "osDiskSizeGB", "maxPods", "orchestratorVersion", "osSKU", _IMAGE)
    return {**kept, **{k: v for k, v in given.items() if k not in choices or v not in ("", 0)}}
