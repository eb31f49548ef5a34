"""What an OS SKU change in place makes of a pool's machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld, SimPool

_BECOMES_GEN2 = "Windows2025"


def generation_after(world: ArmWorld, pool: SimPool, sku: str) -> str:
    """The VM generation after a change of OS SKU in place.

    A Windows pool becomes V2 where its size can, whatever it was; a Linux pool stays what it is.
    """
    if sku != _BECOMES_GEN2:
        return pool.image.generation
    size = world.vm_size(str(pool.properties["vmSize"]))
    return "V2" if size is not None and "V2" in size.generations else "V1"
