"""Faults of the service: operations that somebody else has under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError

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
