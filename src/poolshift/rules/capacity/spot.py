"""PSC412: a spot pool to move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "spot-pools"


class SpotPool(Rule):
    """A pool to move consists of spot machines.

    What it finds:
        Windows pools to move with the priority Spot.

    Why it matters:
        Spot machines may be taken away at any time, and may not be had at all: a new spot pool
        cannot be counted on while pods move.

    How it is decided:
        By scaleSetPriority of the pool.

    What to do:
        Move to a regular pool, and to spot later.

    Example:
        pool/batch with scaleSetPriority Spot.
    """

    id = "PSC412"
    name = "spot-pool"
    severity = Severity.RECOMMENDED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the priority of the pools to move."""
        for pool, to in context.moving_windows:
            if not pool.spot:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what="it consists of spot machines, and a copy of it cannot be counted on",
                why=context.catalog.constraint(_FACT).statement,
                fix="Add a regular pool for the move: az aks nodepool add "
                f"{context.pool_arguments('NEWPOOL')} --os-type Windows --os-sku {to}",
                evidence=(Evidence(f"pools/{pool.name}/scaleSetPriority", "Spot"),),
            )
