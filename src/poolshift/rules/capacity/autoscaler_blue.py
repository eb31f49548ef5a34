"""PSC409: an autoscaler on the pool to be emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "autoscaler-on-blue"


class AutoscalerOnBlue(Rule):
    """The autoscaler may grow the pool that is being emptied.

    What it finds:
        Pools to move with the cluster autoscaler on.

    Why it matters:
        Pods that were moved off, or wait, make it add nodes to the old pool: they go back, and
        the pool cannot be deleted.

    How it is decided:
        By enableAutoScaling of the pool.

    What to do:
        Hold it before the pool is drained; poolshift does so and puts it back on a rollback.

    Example:
        pool/web22 scales between 12 and 18.
    """

    id = "PSC409"
    name = "autoscaler-on-blue"
    severity = Severity.INFO
    sources = (f"constraints/constraints/{_FACT}",)
    pains = ("M9", "D9")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the Windows pools to move."""
        for pool, _ in context.moving_windows:
            if not pool.autoscaling:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what="its autoscaler may add nodes to it while it is emptied",
                why=context.catalog.constraint(_FACT).statement,
                fix="poolshift apply holds it; by hand: az aks nodepool update "
                f"{context.pool_arguments(pool.name)} --disable-cluster-autoscaler",
                evidence=(
                    Evidence(
                        f"pools/{pool.name}/autoscaler", f"{pool.min_count} to {pool.max_count}"
                    ),
                ),
            )
