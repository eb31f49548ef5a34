"""Faults of identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.sim.faults.fault import never

if TYPE_CHECKING:
    from poolshift.sim.faults.fault import End
    from poolshift.sim.world import World


def lost(world: World, pool: str, value: float) -> End:
    """The identities that somebody put on a pool's scale set by hand are gone."""
    found = world.arm.pools.get(pool.lower())
    if found is None:
        raise UsageError(f"there is no pool {pool!r} to lose its identities")
    profile = world.arm.cluster.properties.get("identityProfile") or {}
    kubelet = str((profile.get("kubeletidentity") or {}).get("resourceId", "")).lower()
    for identity in [i for i in found.identities if i.lower() != kubelet]:
        del found.identities[identity]
    return never


def slow(world: World, target: str, seconds: float) -> End:
    """An identity that is put on a scale set works only so long after."""
    world.arm.identity_delay_s = seconds

    def end() -> None:
        world.arm.identity_delay_s = 0.0

    return end
