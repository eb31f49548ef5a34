"""Beginning and ending an upgrade, whichever way it goes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolshift.sim.arm.pools.running import begin, draw_s, finish, settle
from poolshift.sim.arm.pools.states import Change
from poolshift.sim.arm.upgrades.bluegreen import BlueGreenUpgrade
from poolshift.sim.arm.upgrades.hands import Hands
from poolshift.sim.arm.upgrades.rolling import Error, RollingUpgrade, behind
from poolshift.sim.arm.upgrades.settings import BLUE_GREEN, blue_green_of, rolling_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld, Make, SimPool

# What a fault may have in store for a pool's next upgrade.
FAILS, UNTRUE = "fails", "untrue"
# The code is on the list of those seen; its wording was not.
_DOOM = ("NodesNotReady", "The surge nodes did not become ready in time.")


def take_make(pool: SimPool, make: Make, before: Make) -> None:
    """Let a pool say what its machines shall be: as recorded, its body does from the start on."""
    if pool.good is None and make != before:
        pool.good = before
    props = pool.properties
    props["currentOrchestratorVersion"] = make.version
    props["nodeImageVersion"] = make.image.version
    props["osSKU"] = make.os_sku
    props["enableFIPS"] = make.fips
    pool.image = make.image


def put_back(pool: SimPool, before: Make) -> None:
    """Let a pool say again what its machines were, when an upgrade has left them so."""
    if pool.good in (None, before):
        pool.good = None
        take_make(pool, before, before)
        pool.properties["orchestratorVersion"] = before.version


def renew_stopped(world: ArmWorld, pool: SimPool, change: Change) -> SimOperation:
    """Upgrade a pool whose machines are off: they come up as the pool then says.

    How long that takes was not recorded: it is given what a change of nothing takes.
    """
    operation = begin(world, pool, change)

    def renewed() -> None:
        pool.made_of.update(dict.fromkeys(pool.machines, pool.make))
        finish(world, pool, operation)

    operation.after(draw_s(world, pool, Change.NOTHING), renewed)
    return operation


def begin_upgrade(world: ArmWorld, pool: SimPool, change: Change, before: Make) -> SimOperation:
    """Start to bring a pool's machines to what the pool says, and leftovers away.

    Args:
        world: the world.
        pool: the pool; it says what its machines shall be.
        change: how its state reads meanwhile.
        before: what they were when all was well.
    """
    operation = begin(world, pool, change)

    def done(error: Error | None) -> None:
        finish(world, pool, operation, error)

    run_upgrade(world, pool, operation, before, done)
    return operation


def run_upgrade(
    world: ArmWorld,
    pool: SimPool,
    operation: SimOperation,
    before: Make,
    done: Callable[[Error | None], None],
) -> None:
    """Upgrade a pool within an operation that is begun and ended by others.

    Args:
        world: the world.
        pool: the pool; it says what its machines shall be.
        operation: an abort of it stops the upgrade; its `unwind` is set.
        before: what the machines were when all was well.
        done: called at the end, with why it failed if it did; not after an abort.
    """
    hands = Hands(world, pool, operation)
    fate, pool.fate = pool.fate, ""

    def ended(error: Error | None) -> None:
        if operation.live:
            if error is None:
                settle(world, pool)
            done(error)

    if fate == UNTRUE:
        # What a node takes, as if there had been one.
        operation.after(draw_s(world, pool, Change.UPGRADE), lambda: ended(None))
        return
    doomed = _DOOM if fate == FAILS else None
    run: BlueGreenUpgrade | RollingUpgrade
    # Another OS SKU is never a matter of the service's blue and green.
    same = before.os_sku == pool.make.os_sku
    if pool.properties.get("upgradeStrategy") == BLUE_GREEN and same and behind(pool):
        settings = blue_green_of(world, pool)
        run = BlueGreenUpgrade(
            hands, settings, restore=partial(put_back, pool, before), done=ended, doomed=doomed
        )
    else:
        run = RollingUpgrade(hands, rolling_of(world, pool), ended, doomed=doomed)
    # The service's own checks come first; they are given what a change of nothing takes.
    operation.after(draw_s(world, pool, Change.NOTHING), run.start)
