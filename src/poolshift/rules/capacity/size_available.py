"""PSC402: a VM size that cannot be had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.arm import VmSize
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_FACT = "zone-capacity"


class SizeNotAvailable(Rule):
    """The VM size of a pool is closed to the subscription, in the region or in zones of the pool.

    What it finds:
        Windows pools to move whose size the service restricts, or does not offer any more, in the
        region or in zones that the pool names.

    Why it matters:
        The old pool runs, and a new one of the same size is refused (SKUNotAvailable,
        AvailabilityZoneNotSupported). Nodes that fail meanwhile do not come back either.

    How it is decided:
        By the restrictions that the service tells of sizes. Whether machines are free at this
        moment cannot be known: AllocationFailed may come all the same.

    What to do:
        Name another size or other zones for the new pool.

    Example:
        Standard_D8s_v3 is restricted in zone 2, and the pool names zones 1, 2 and 3.
    """

    id = "PSC402"
    name = "size-not-available"
    severity = Severity.REQUIRED
    sources = (f"constraints/constraints/{_FACT}", "errors/errors/SKUNotAvailable")
    pains = ("B18",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the size of each pool to move against what the service tells."""
        yield from self.unread(context, "vm-sizes")
        if not context.snapshot.vm_sizes:
            return
        for pool, _ in context.moving_windows:
            size = context.index.sizes.get(pool.vm_size.lower())
            if size is None:
                yield self._closed(context, pool, f"{pool.vm_size} is not offered here any more")
            elif size.restricted:
                yield self._closed(
                    context, pool, f"{size.name} is closed to the subscription in this region"
                )
            else:
                yield from self._zones(context, pool, size)

    def _zones(self, context: Context, pool: PoolFacts, size: VmSize) -> Iterator[Finding]:
        closed = [
            z
            for z in pool.zones
            if z in size.restricted_zones or (size.zones and z not in size.zones)
        ]
        if not closed:
            return
        every = len(closed) == len(pool.zones)
        zones = f"zone{'s' if len(closed) > 1 else ''} {', '.join(closed)}"
        yield self._closed(context, pool, f"{size.name} cannot be had in {zones}", every=every)

    def _closed(
        self, context: Context, pool: PoolFacts, what: str, *, every: bool = True
    ) -> Finding:
        region = context.snapshot.cluster.region
        return self.finding(
            f"pool/{pool.name}",
            severity=Severity.REQUIRED if every else Severity.RECOMMENDED,
            what=what,
            why=context.catalog.constraint(_FACT).statement,
            fix="Take another size or other zones for the new pool; see what there is: "
            f"az vm list-skus -l {quote(region)} --size {quote(pool.vm_size)} --all",
            evidence=(
                Evidence(f"pools/{pool.name}/vm_size", pool.vm_size),
                Evidence(f"pools/{pool.name}/zones", ", ".join(pool.zones) or "none"),
            ),
            blocks=every,
        )
