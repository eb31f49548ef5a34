"""PSK365: a large cluster in the Free tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.surge import extra_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_LIMIT = "free-tier-nodes"
_FREE = "free"


class FreeTier(Rule):
    """A cluster in the Free tier has more nodes than that tier is meant for.

    What it finds:
        A cluster of the Free tier with more nodes than advised, or that passes the tier's limit
        while a pool moves.

    Why it matters:
        The control plane of that tier is small and has no promised uptime. A move doubles nodes
        and asks the API server most when it must not fail.

    How it is decided:
        By the tier and the nodes of all pools, with those that a move adds.

    What to do:
        Take the Standard tier, at least for the time of the move.

    Example:
        60 nodes in the Free tier.
    """

    id = "PSK365"
    name = "free-tier"
    severity = Severity.RECOMMENDED
    sources = (f"limits/limits/{_LIMIT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the nodes of a Free cluster."""
        cluster = context.snapshot.cluster
        if cluster.tier.lower() != _FREE:
            return
        nodes = sum(p.count for p in context.snapshot.pools)
        more = sum(extra_nodes(p, context.catalog) for p, _ in context.moving)
        advised = context.catalog.limit_number(_LIMIT, "recommended_max")
        most = context.catalog.limit_number(_LIMIT, "hard_max")
        if nodes <= advised:
            return
        beyond = nodes + more > most
        yield self.finding(
            "cluster",
            severity=Severity.REQUIRED if beyond else Severity.RECOMMENDED,
            what=f"it has {nodes} nodes in the Free tier, which is meant for {advised}"
            + (f" and takes {most}; the move adds {more}" if beyond else ""),
            why="the control plane of that tier is small and has no promised uptime",
            fix=f"az aks update {context.cluster_arguments} --tier standard",
            evidence=(
                Evidence("cluster/tier", cluster.tier),
                Evidence("pools/count", f"{nodes} now, {nodes + more} during the move"),
                Evidence(f"catalog/{_LIMIT}", f"{advised} advised, {most} at most"),
            ),
        )
