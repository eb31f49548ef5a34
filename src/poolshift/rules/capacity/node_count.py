"""PSC408: as many nodes as a cluster or pool takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, in_batches
from poolshift.semantics.surge import extra_nodes, surge_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class NodeCount(Rule):
    """The nodes of the move pass a limit of the cluster or of a pool.

    What it finds:
        Clusters whose nodes, with those that a move adds, pass the limit for a cluster; Linux
        pools whose surge passes the limit for a pool.

    Why it matters:
        The service refuses nodes past the limits.

    How it is decided:
        By the counts of the pools and the catalog's limits.

    What to do:
        Move in smaller batches.

    Example:
        A Linux pool of 950 nodes with maxSurge 10%.
    """

    id = "PSC408"
    name = "node-limits"
    severity = Severity.RECOMMENDED
    sources = (
        "limits/limits/nodes-per-cluster",
        "limits/limits/nodes-per-pool",
        "limits/limits/autoscaler-range",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count nodes, of the cluster and of each pool to move."""
        most = context.catalog.limit_number("nodes-per-cluster", "max")
        now = sum(p.count for p in context.snapshot.pools)
        more = sum(extra_nodes(p, context.catalog) for p, _ in context.moving)
        if more and now + more > most:
            left = max(most - now, 0)
            yield self.finding(
                "cluster",
                severity=Severity.RECOMMENDED if left else Severity.REQUIRED,
                what=f"it takes {most} nodes and has {now}; the move adds {more}",
                why="the service refuses nodes past the limit",
                fix=f"Move one pool after another, or {in_batches(left)}",
                evidence=(Evidence("pools/count", f"{now} now, {now + more} during the move"),),
            )
        inside = context.catalog.limit_number("nodes-per-pool", "max")
        for pool, _ in context.moving:
            surge = surge_nodes(pool, context.catalog) if pool.os_type != "Windows" else 0
            if pool.count + surge <= inside:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what=f"with its surge of {surge} it has more than the {inside} nodes that a pool "
                "takes",
                why="the service counts the surge, too",
                fix=f"az aks nodepool update {context.pool_arguments(pool.name)} --max-surge "
                f"{max(inside - pool.count, 1)}",
                evidence=(
                    Evidence(f"pools/{pool.name}/count", str(pool.count)),
                    Evidence(f"pools/{pool.name}/surge", str(surge)),
                ),
            )
