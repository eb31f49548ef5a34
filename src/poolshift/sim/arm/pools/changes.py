"""What the service does to pools: accepted at once, done in virtual time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.arm.around.compute import grant_kubelet
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
from poolshift.sim.arm.operations import RUNNING, SUCCEEDED, SimOperation
from poolshift.sim.arm.pools.codec import BOUNDS, READ_ONLY, REPLACED, filled, single_machines
from poolshift.sim.arm.pools.leaving import drain_away, let_go
from poolshift.sim.arm.pools.power import STOPPED, asked_power, change_power
from poolshift.sim.arm.pools.running import begin, draw_s, finish, refuse_busy
from poolshift.sim.arm.pools.states import Change
from poolshift.sim.arm.problems import not_simulated
from poolshift.sim.arm.rules.checks import (
    check_create,
    check_reimage,
    check_update,
)
from poolshift.sim.arm.rules.fixedfields import GPU_IMAGE_HEADER
from poolshift.sim.arm.rules.machines import check_stop, refuse_stopped_cluster
from poolshift.sim.arm.snapshots.store import with_snapshot
from poolshift.sim.arm.state import SERVICE, ArmWorld, Make, SimPool
from poolshift.sim.arm.upgrades.budgets import check_budgets
from poolshift.sim.arm.upgrades.goals import asked_make, image_make, resolved
from poolshift.sim.arm.upgrades.nodeimages import current
from poolshift.sim.arm.upgrades.rolling import behind
from poolshift.sim.arm.upgrades.start import (
    begin_upgrade,
    renew_stopped,
    run_upgrade,
    take_make,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIGITS_TOP = 10**8
_IMAGE = "nodeImageVersion"
# How long the polls of a new pool say nothing more: recorded with polls half a minute apart.
_QUIET_S = 30.0


def create_pool(
    world: ArmWorld, name: str, sent: Mapping[str, Any], headers: Mapping[str, str], *, by: str
) -> tuple[SimPool, SimOperation]:
    """Accept a new pool; its nodes come up side by side while the operation runs."""
    refuse_busy(world)
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
        late: whether nodes have to be replaced.
        power: the power state that is asked for, when it is another one; then nothing else counts.
    """

    new: dict[str, Any]
    make: Make
    before: Make
    count: int
    scaled: bool
    unchanged: bool
    late: bool
    power: str = ""


def update_pool(
    world: ArmWorld, pool: SimPool, sent: Mapping[str, Any], *, by: str
) -> SimOperation:
    """Accept a change of a pool: power, version, image, OS, count, settings, labels and taints.

    A pool that has failed or was canceled is set right by it: leftover machines go, missing ones
    come, and those that an upgrade has not reached are upgraded.
    """
    refuse_busy(world, pool)
    change = allowed_change(world, pool, sent)
    missing = take_change(world, pool, change)
    return run_change(world, pool, change, missing, by=by)


def allowed_change(world: ArmWorld, pool: SimPool, sent: Mapping[str, Any]) -> PoolChange:
    """What a PUT makes of a pool; refused when the rules refuse it. Changes nothing."""
    before = pool.make
    power = asked_power(pool, sent)
    if power:
        refuse_stopped_cluster(world)
        if power == STOPPED:
            check_stop(pool)
        return PoolChange(pool.properties, before, before, pool.count, False, False, False, power)
    new = _merged(world, pool, sent)
    unchanged = _said(new) == _said(pool.properties)
    if unchanged and pool.stopped:
        # As in the body of a cluster that a client changes elsewhere.
        return PoolChange(new, before, before, pool.count, False, True, False)
    check_update(world, pool, new)
    make = asked_make(world, pool, new)
    count = int(new["count"])
    scaled = count != pool.count
    late = _late(world, pool, make, scaled=scaled)
    return PoolChange(new, make, before, count, scaled, unchanged, late)


def _said(properties: Mapping[str, Any]) -> dict[str, Any]:
    """What a pool says; of what a PUT replaces, nothing is as good as empty."""
    return {key: value for key, value in properties.items() if key not in REPLACED or value}


def _late(world: ArmWorld, pool: SimPool, make: Make, *, scaled: bool) -> bool:
    """Whether nodes have to be replaced; refused where the service would not begin to.

    Of a pool that went well the service believes that its nodes are what it says.
    """
    if make == pool.make:
        late = not pool.well and bool(behind(pool))
        if late:
            check_reimage(world, pool)
        return late
    if scaled:
        raise not_simulated("another count and an upgrade of a pool in one PUT")
    check_budgets(world)
    return True


def take_change(world: ArmWorld, pool: SimPool, change: PoolChange) -> int:
    """Let the pool say what it shall be; how many machines it then lacks, negative for too many."""
    if change.power:
        return 0
    missing = _missing(pool)
    let_go(world, pool)
    more = change.count - pool.count + missing
    pool.properties = {**change.new, "count": change.count}
    take_make(pool, change.make, change.before)
    return more


def run_change(
    world: ArmWorld, pool: SimPool, change: PoolChange, more: int, *, by: str
) -> SimOperation:
    """Start to make a pool what it says; `more` machines are missing."""
    if change.power:
        return change_power(world, pool, change.power)
    # Recorded: a count outside of the autoscaler's bounds is what the pool says until it is done.
    beyond = _bounded(pool) - pool.count
    if beyond and not change.late:
        operation = _scale(world, pool, more + beyond, by=by)
        operation.then.append(partial(_keep_within, pool, operation))
        return operation
    if change.late and pool.stopped:
        return renew_stopped(world, pool, Change.UPGRADE)
    if more and not change.late:
        return _scale(world, pool, more, by=by)
    if change.late or pool.extra:
        kind = Change.UPGRADE if change.late else Change.UPDATE
        return _repair(world, pool, kind, change.before, more, by=by)
    kind = Change.NOTHING if change.unchanged else Change.UPDATE
    operation, total_s = begin(world, pool, kind), draw_s(world, pool, kind)
    _configure(world, pool, total_s, by=by)
    operation.after(total_s, lambda: finish(world, pool, operation))
    return operation


def _repair(
    world: ArmWorld, pool: SimPool, kind: Change, before: Make, more: int, *, by: str
) -> SimOperation:
    """Replace the nodes that are behind; those that are too many go first, missing ones come."""
    if more >= 0:
        operation = begin_upgrade(world, pool, kind, before)
        _configure(world, pool, 0.0, by=by)
        if more:
            add_machines(world, pool, more, draw_s(world, pool, Change.SCALE_OUT), operation)
        return operation
    operation = begin(world, pool, kind)
    _configure(world, pool, 0.0, by=by)
    total_s = draw_s(world, pool, Change.SCALE_IN)
    done = partial(finish, world, pool, operation)
    upgrade = partial(run_upgrade, world, pool, operation, before, done)
    gone = tuple(newest_first(pool)[:-more])
    drain_away(world, pool, gone, operation, total_s, by=by, then=upgrade)
    return operation


def upgrade_image(world: ArmWorld, pool: SimPool) -> SimOperation:
    """Accept the upgrade of a pool to the newest node image; done in seconds where it has it."""
    refuse_stopped_cluster(world)
    refuse_busy(world, pool)
    before, make = pool.make, image_make(world, pool)
    if make == before and pool.well:
        operation = begin(world, pool, Change.UPGRADE_IMAGE)
        seconds = draw_s(world, pool, Change.NOTHING)
        operation.after(seconds, lambda: finish(world, pool, operation))
        return operation
    check_reimage(world, pool)
    check_budgets(world)
    more = _missing(pool)
    let_go(world, pool)
    take_make(pool, make, before)
    if pool.stopped:
        return renew_stopped(world, pool, Change.UPGRADE_IMAGE)
    return _repair(world, pool, Change.UPGRADE_IMAGE, before, more, by=SERVICE)


def _bounded(pool: SimPool) -> int:
    """The count of a pool within the bounds of its autoscaler."""
    props = pool.properties
    if not props.get("enableAutoScaling"):
        return pool.count
    return min(max(pool.count, int(props["minCount"])), int(props["maxCount"]))


def _keep_within(pool: SimPool, operation: SimOperation) -> None:
    if operation.status == SUCCEEDED:
        pool.properties["count"] = _bounded(pool)


def _missing(pool: SimPool) -> int:
    """Machines that never came, or never left (below 0), because something went wrong.

    Of a pool that went well those are under way.
    """
    return 0 if pool.well else pool.count - len(pool.machines)


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
    drain_away(world, pool, gone, operation, total_s, by=by)
    return operation


def add_machines(
    world: ArmWorld, pool: SimPool, count: int, total_s: float, operation: SimOperation
) -> None:
    """Bring up so many machines of a pool side by side within an operation's seconds."""
    up: list[str] = []

    def join(name: str, ready_after_s: float) -> None:
        # A machine that was asked for comes, aborted or not, unless the pool has gone or shrunk.
        if world.pools.get(pool.name.lower()) is not pool or len(pool.machines) >= _bounded(pool):
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


def _configure(world: ArmWorld, pool: SimPool, total_s: float, *, by: str) -> None:
    """Bring the pool's labels and taints to its nodes, half way through the operation."""
    world.clock.after(total_s / 2, partial(configure_nodes, world, pool, by=by))


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
    merged = {**kept, **{k: v for k, v in given.items() if k not in choices or v not in ("", 0)}}
    # A pool of single machines counts them in a profile of its own; what it has of each is known
    # when the change is through.
    counted = single_machines(merged)
    if not merged.get("enableAutoScaling"):
        # The bounds go with the autoscaler: recorded pools without one have none.
        merged = {key: value for key, value in merged.items() if key not in BOUNDS}
    return {**merged, "count": counted["count"]} if counted else merged
