"""Faults of the platform: images out of turn or missing, windows, upgrades of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.sim.arm.maintenance.upgrades import upgrade_node_images
from poolshift.sim.arm.pools.changes import upgrade_image
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.upgrades.nodeimages import current, newest_for, out_of_turn
from poolshift.sim.faults.fault import entered, never, pool_of

if TYPE_CHECKING:
    from poolshift.sim.arm.state import SimPool
    from poolshift.sim.clock import Timer
    from poolshift.sim.faults.fault import End
    from poolshift.sim.world import World

_NODE_IMAGE = "node-image"
_NONE = "none"
# How long the platform waits before it looks again at what was busy; an assumption.
_AGAIN_S = 60.0
_EVERY = "all"


def second_image(world: World, target: str, value: float) -> End:
    """A newer node image comes out for a pool, or for all; a channel that is on takes it at once.

    What is out stays out.
    """
    pools = tuple(world.arm.pools.values()) if target == _EVERY else (pool_of(world, target),)
    if not _bring_out(world, pools):
        raise UsageError(f"no node image of {target} gets another build any more")
    channels = world.arm.upgrader.in_force if world.arm.upgrader is not None else None
    if channels is not None and channels.cluster == _NODE_IMAGE:
        upgrade_node_images(world.arm, _NODE_IMAGE)
    elif channels is not None and channels.node_os != _NONE:
        upgrade_node_images(world.arm, channels.node_os)
    return never


def _bring_out(world: World, pools: tuple[SimPool, ...]) -> bool:
    """Bring a newer image out for each pool's line; whether there was any."""
    beside = world.azure.troubles.out_of_turn
    out = False
    for pool in pools:
        last = newest_for(world.arm, pool.make)
        image = out_of_turn(world.arm, last)
        if image is not None and image.version != last.version:
            beside[last.version] = image
            out = True
    return out


def image_missing(world: World, sku: str, value: float) -> End:
    """The region does not have the node images of an OS SKU."""
    if world.azure.catalog.sku(sku) is None:
        raise UsageError(f"there is no OS SKU {sku!r}")
    return entered(world.azure.troubles.images_missing, sku.lower())


def window_closed(world: World, target: str, value: float) -> End:
    """No maintenance window opens: the platform does not act, whatever its channels say."""
    return entered(world.azure.troubles.shut, "window-closed")


def platform_upgrade(world: World, target: str, value: float) -> End:
    """The platform upgrades the node image of pool after pool, whatever window and channel say.

    Where a pool has the newest image, a newer one comes out first. The end lets it begin no more.
    """
    arm = world.arm
    _bring_out(world, tuple(p for p in arm.pools.values() if _newest(world, p)))
    left = [pool.name for pool in arm.pools.values() if not pool.stopped]
    timer: Timer | None = None

    def go_on() -> None:
        nonlocal timer
        timer = None
        while left:
            pool = arm.pools.get(left[0].lower())
            if pool is None or _newest(world, pool):
                left.pop(0)
                continue
            try:
                operation = upgrade_image(arm, pool)
            except ArmProblem:
                # Busy, or held by a budget: it looks again, at the others meanwhile.
                left.append(left.pop(0))
                timer = world.clock.after(_AGAIN_S, go_on, periodic=True)
                return
            left.pop(0)
            operation.then.append(go_on)
            return

    def end() -> None:
        left.clear()
        if timer is not None:
            timer.cancel()

    go_on()
    return end


def _newest(world: World, pool: SimPool) -> bool:
    return current(world.arm, pool.image).version == pool.image.version
