"""PSW127: the pool's OS disk is smaller than the target's image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class OsDiskTooSmall(Rule):
    """The OS disk of a pool to move is smaller than the node image of the target.

    What it finds:
        A pool to move with a stated OS disk size below the size of the target's image.

    Why it matters:
        The size cannot be changed later, and the copy carries it: the service refuses the pool.

    How it is decided:
        By osDiskSizeGB of the pool (0 stands for the default of the VM size), against the image's
        size in the catalog.

    What to do:
        Name a larger disk for the new pool.

    Example:
        30 GB for Windows2025, whose image has 45.
    """

    id = "PSW127"
    name = "os-disk-too-small"
    severity = Severity.REQUIRED
    sources = ("limits/limits/os-disk-minimum",)
    pains = ("C4",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold each stated disk against the target's image."""
        for pool, to in context.moving:
            sku = context.catalog.sku(to)
            stated = pool.properties.get("osDiskSizeGB") or 0
            needed = sku.os_vhd_gb if sku else None
            if needed is None or not stated or stated >= needed:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what=f"its OS disk has {stated} GB, and the image of {to} has {needed}",
                why="the copy of the pool is refused, and a disk cannot grow later",
                fix=f"Name a larger disk: az aks nodepool add {context.pool_arguments('NAME')} "
                f"--os-type {pool.os_type} --os-sku {to} --node-osdisk-size {needed * 2}",
                evidence=(
                    Evidence(f"pools/{pool.name}/properties/osDiskSizeGB", str(stated)),
                    Evidence(f"catalog/{to}/os_vhd_gb", str(needed)),
                ),
                blocks=True,
            )
