"""Faults of the service: operations that somebody else has under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.sim.arm.upgrades.start import FAILS, UNTRUE

if TYPE_CHECKING:
    from poolshift.sim.faults.fault import End
    from poolshift.sim.world import World

CLUSTER = "cluster"
_SCALING = ("enableAutoScaling", "minCount", "maxCount")


def foreign(world: World, target: str, seconds: float) -> End:
    """Somebody else's operation runs on the cluster or a pool, and the service refuses others."""
    operations = world.arm.operations
    if target == CLUSTER:
        properties = world.arm.cluster.properties
    elif pool := world.arm.pools.get(target.removeprefix("pool/").lower()):
        properties = pool.properties
    else:
        raise UsageError(f"{target!r} is neither `cluster` nor `pool/NAME` of a pool that is there")
    operation = operations.start(target)
    properties["provisioningState"] = "Updating"

    def over() -> None:
        if operation.ended is None:
            operations.end(operation)
            properties["provisioningState"] = "Succeeded"

    world.clock.after(seconds, over)
    return over


def upgrade_fails(world: World, name: str, value: float) -> End:
    """A pool's next upgrade fails once its added machines have come, and leaves them."""
    return _fated(world, name, FAILS)


def upgrade_untrue(world: World, name: str, value: float) -> End:
    """A pool's next upgrade reports success and touches no node."""
    return _fated(world, name, UNTRUE)


def _fated(world: World, name: str, fate: str) -> End:
    pool = world.arm.pools.get(name.lower())
    if pool is None:
        raise UsageError(f"there is no pool {name!r} to be upgraded")
    pool.fate = fate

    def over() -> None:
        pool.fate = ""

    return over


def poll_errors(world: World, target: str, value: float) -> End:
    """Polls of operations carry errors that mean nothing, as they were recorded."""
    operations = world.arm.operations
    operations.troubled = True

    def over() -> None:
        operations.troubled = False

    return over


def autoscaled(world: World, name: str, most: float) -> End:
    """Somebody lets the cluster autoscaler size a pool, from one node up."""
    pool = world.arm.pools.get(name.lower())
    if pool is None:
        raise UsageError(f"there is no pool {name!r} to be scaled")
    before = {key: pool.properties.get(key) for key in _SCALING}
    pool.properties.update(enableAutoScaling=True, minCount=1, maxCount=int(most))
    world.arm.pools_changed()

    def over() -> None:
        pool.properties.update(before)

    return over
