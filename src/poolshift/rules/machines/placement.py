"""PSW126: a pool is tied to a place, and its copy is too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, in_batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "proximity-and-zones"
_TIES = {
    "proximityPlacementGroupID": "a proximity placement group",
    "hostGroupID": "a group of dedicated hosts",
    "capacityReservationGroupID": "a capacity reservation",
}


class PlacementTies(Rule):
    """A pool to move names a placement group, dedicated hosts or reserved capacity.

    What it finds:
        A pool to move with a proximity placement group, a host group or a capacity reservation.

    Why it matters:
        Blue and green stand side by side for a time, in the same place: there must be room for
        both. Reserved capacity that blue uses is not there for green.

    How it is decided:
        By the pool's properties. How much room is left there is not told by the service.

    What to do:
        Ask for room for both pools, or plan with a small surge; else name another place for green.

    Example:
        A pool with capacityReservationGroupID of exactly its node count.
    """

    id = "PSW126"
    name = "tied-to-a-place"
    severity = Severity.RECOMMENDED
    sources = (f"constraints/constraints/{_FACT}",)
    pains = ("B18",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the properties of each pool to move."""
        for pool, _ in context.moving:
            for key, name in _TIES.items():
                value = pool.properties.get(key)
                if not value:
                    continue
                yield self.finding(
                    f"pool/{pool.name}",
                    what=f"it is tied to {name}, where green needs room beside it",
                    why=context.catalog.constraint(_FACT).statement,
                    fix=f"Make room for both, or {in_batches(1)}",
                    evidence=(Evidence(f"pools/{pool.name}/properties/{key}", str(value)),),
                )
