"""PSK206: system pools with too few nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_LIMIT = "system-nodes-minimum"


class SingleSystemNode(Rule):
    """The system pools together have fewer nodes than the service advises.

    What it finds:
        A cluster whose system pools have fewer nodes than two, or keep fewer when the autoscaler
        has its way.

    Why it matters:
        CoreDNS and the tunnel to the API server run there. While that one node is replaced or
        down, names do not resolve anywhere, on Windows nodes neither.

    How it is decided:
        By the node counts of all system pools, the minimum where an autoscaler runs.

    What to do:
        Scale the system pool out before the move.

    Example:
        pool/agentpool has one node and is the only system pool.
    """

    id = "PSK206"
    name = "single-system-node"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/two-system-nodes", f"limits/limits/{_LIMIT}")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the nodes of the system pools."""
        pools = [p for p in context.snapshot.pools if p.mode == "System"]
        if not pools:
            yield self.not_checked("cluster", "the snapshot has no system pool")
            return
        least = context.catalog.limit_number(_LIMIT, "min")
        held = [
            p.min_count if p.autoscaling and p.min_count is not None else p.count for p in pools
        ]
        if sum(held) >= least:
            return
        pool = pools[0]
        change = (
            f"az aks nodepool update {context.pool_arguments(pool.name)} "
            f"--update-cluster-autoscaler --min-count {least} --max-count "
            f"{max(pool.max_count or 0, least)}"
            if pool.autoscaling
            else f"az aks nodepool scale {context.pool_arguments(pool.name)} --node-count {least}"
        )
        yield self.finding(
            f"pool/{pool.name}",
            what=f"the system pools keep {sum(held)} of the {least} nodes that are advised",
            why="DNS and the tunnel to the API server go down with that node",
            fix=f"Scale it out first: {change}",
            evidence=tuple(Evidence(f"pools/{p.name}/count", str(p.count)) for p in pools),
        )
