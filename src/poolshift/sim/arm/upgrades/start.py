"""Beginning and ending an upgrade, whichever way it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.arm.pools.running import begin, draw_s, finish
from poolshift.sim.arm.pools.states import Change
from poolshift.sim.arm.state import ArmWorld, Make, SimPool, Used
from poolshift.sim.arm.upgrades.bluegreen import BlueGreenUpgrade
from poolshift.sim.arm.upgrades.hands import Hands
from poolshift.sim.arm.upgrades.rolling import RollingUpgrade
from poolshift.sim.arm.upgrades.settings import BLUE_GREEN, blue_green_of, rolling_of

if TYPE_CHECKING:
    from poolshift.sim.arm.operations import SimOperation


def take_make(pool: SimPool, make: Make) -> None:
    """Let a pool say what its machines shall be: as recorded, its body does from the start on."""
    props = pool.properties
    props["currentOrchestratorVersion"] = make.version
    props["nodeImageVersion"] = make.image.version
    props["osSKU"] = make.os_sku
    props["enableFIPS"] = make.fips
    pool.image = make.image


def begin_upgrade(world: ArmWorld, pool: SimPool, change: Change, before: Make) -> SimOperation:
    """Start to bring a pool's machines to what the pool says, and leftovers away.

    Args:
        world: the world.
        pool: the pool; it says what its machines shall be.
        change: how its state reads meanwhile.
        before: what they were when all was well.
    """
    operation = begin(world, pool, change)
    hands = Hands(world, pool, operation)

    def done(error: tuple[str, str] | None) -> None:
        if operation.live:
            if error is None:
                _remember(world, pool, before)
            finish(world, pool, operation, error)

    def restore() -> None:
        take_make(pool, before)
        pool.properties["orchestratorVersion"] = before.version

    # Another OS SKU is never a matter of the service's blue and green.
    same = before.os_sku == pool.make.os_sku
    run: BlueGreenUpgrade | RollingUpgrade
    if pool.properties.get("upgradeStrategy") == BLUE_GREEN and same and before != pool.make:
        run = BlueGreenUpgrade(hands, blue_green_of(world, pool), restore=restore, done=done)
    else:
        run = RollingUpgrade(hands, rolling_of(world, pool), done)
    # The service's own checks come first; they are given what a change of nothing takes.
    operation.after(draw_s(world, pool, Change.NOTHING), run.start)
    return operation


def _remember(world: ArmWorld, pool: SimPool, before: Make) -> None:
    """Keep what the pool ran, for a rollback; none leads back over a change of OS SKU."""
    if before.os_sku != pool.make.os_sku:
        pool.used = []
    elif before != pool.make:
        pool.used = [Used(before, world.clock.moment())]
