"""PSC417: a move of many batches on one pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "agentpool-put-throttle"
_LIMIT = "arm-put-agentpool"


class PoolCalls(Rule):
    """A large pool moved node by node takes more calls than the service takes at once.

    What it finds:
        Windows pools to move with more nodes than the burst of calls that one pool may get.

    Why it matters:
        Past the burst the service takes about one change of a pool in a minute: very small
        batches stall, and each call more makes it worse.

    How it is decided:
        By the number of nodes against the documented burst.

    What to do:
        Choose batches so that their number stays below the burst; poolshift waits as the service
        asks.

    Example:
        120 nodes with --surge 1: 120 calls, of which 20 go at once.
    """

    id = "PSC417"
    name = "pool-call-limit"
    severity = Severity.INFO
    sources = (f"constraints/constraints/{_FACT}", f"limits/limits/{_LIMIT}")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the nodes of the pools to move."""
        burst = context.catalog.limit_number(_LIMIT, "burst")
        for pool, _ in context.moving_windows:
            if pool.count <= burst:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what=f"moved node by node its {pool.count} nodes take more calls than the "
                f"{burst} that a pool gets at once",
                why=context.catalog.constraint(_FACT).statement,
                fix=f"If you move it in batches, take {-(-pool.count // burst)} nodes or more at a "
                "time",
                evidence=(
                    Evidence(f"pools/{pool.name}/count", str(pool.count)),
                    Evidence(f"catalog/{_LIMIT}/burst", str(burst)),
                ),
            )
