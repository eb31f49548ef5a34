"""What the service does to pools: accepted at once, done in virtual time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.arm.fills import POOL_FILLS, without_fills
from poolshift.sim.arm.machines import (
    configure_nodes,
    newest_first,
)
from poolshift.sim.arm.operations import SUCCEEDED, SimOperation
from poolshift.sim.arm.pools.codec import BOUNDS, READ_ONLY, REPLACED, single_machines
from poolshift.sim.arm.pools.growing import add_machines, bounded
from poolshift.sim.arm.pools.leaving import drain_away, let_go
from poolshift.sim.arm.pools.power import STOPPED, asked_power, change_power
from poolshift.sim.arm.pools.running import begin, draw_s, finish, refuse_busy
from poolshift.sim.arm.pools.states import Change
from poolshift.sim.arm.problems import not_simulated
from poolshift.sim.arm.rules.checks import (
    check_reimage,
    check_update,
)
from poolshift.sim.arm.rules.machines import check_stop, refuse_stopped_cluster
from poolshift.sim.arm.state import SERVICE, ArmWorld, Make, SimPool
from poolshift.sim.arm.upgrades.budgets import check_budgets
from poolshift.sim.arm.upgrades.goals import asked_make, image_make
from poolshift.sim.arm.upgrades.rolling import behind
from poolshift.sim.arm.upgrades.start import (
    begin_upgrade,
    renew_stopped,
    run_upgrade,
    take_make,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_IMAGE = "nodeImageVersion"


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
    beyond = bounded(pool) - pool.count
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


def _keep_within(pool: SimPool, operation: SimOperation) -> None:
    if operation.status == SUCCEEDED:
        pool.properties["count"] = bounded(pool)


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
