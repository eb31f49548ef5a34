"""The variables of a script that stand for the pools and workloads of its plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.core.plan import PlanPool
    from poolshift.render.interface import Procedure
    from poolshift.render.workloads import Moved


@dataclass(frozen=True)
class Variables:
    """Pools and workloads by number; how a language writes a variable is its own."""

    procedure: Procedure

    def number(self, pool: PlanPool) -> int:
        """The number of a planned pool in the names of its variables."""
        return [p.blue for p in self.procedure.plan.pools].index(pool.blue) + 1

    def pool_variable(self, name: str) -> str | None:
        """The variable that holds a pool's name; None for a pool that is not planned."""
        for number, pool in enumerate(self.procedure.plan.pools, start=1):
            if name == pool.green:
                return f"green_{number}"
            if name == pool.blue:
                return f"blue_{number}"
        return None

    def planned(self, name: str) -> PlanPool:
        """The planned pool that a name belongs to, as blue or as green."""
        return next(p for p in self.procedure.plan.pools if name in (p.blue, p.green))

    def moved(self, target: str) -> Moved:
        """A workload that moves."""
        return self.procedure.workloads[target]
