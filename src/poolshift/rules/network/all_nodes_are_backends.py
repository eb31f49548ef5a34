"""PSK310: nodes that carry traffic for pods elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "etp-cluster-all-nodes"


class AllNodesAreBackends(Rule):
    """Nodes to be removed carry connections to pods on other nodes.

    What it finds:
        A move of pools on a cluster with LoadBalancer Services of externalTrafficPolicy Cluster.

    Why it matters:
        With that policy every node is a backend, also one that is drained: to delete it cuts what
        passes through it. New nodes carry traffic as soon as they join.

    How it is decided:
        By the type and policy of the Services.

    What to do:
        Nothing by hand when poolshift moves the pool: it takes blue nodes out of the load
        balancers and waits before it deletes them. Elsewhere set the label yourself, last, and
        wait.

    Example:
        12 LoadBalancer Services of policy Cluster, and a pool of eight nodes to move.
    """

    id = "PSK310"
    name = "all-nodes-are-backends"
    severity = Severity.INFO
    sources = (
        f"constraints/constraints/{_FACT}",
        "constraints/constraints/exclude-from-external-lb",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the Services and the nodes."""
        pools = [pool for pool, _ in context.moving_windows]
        if not pools:
            return
        yield from self.unread(context, "services")
        found = [
            s
            for s in context.snapshot.services
            if s.type == "LoadBalancer" and s.external_traffic_policy != "Local"
        ]
        if not found:
            return
        yield self.finding(
            "cluster",
            what=f"{len(found)} LoadBalancer Services send through every node, also through those "
            "that will be removed",
            why=context.catalog.constraint(_FACT).consequence,
            fix="Remove nodes only after they have left the load balancers: poolshift apply does; "
            "by hand, beside the pool's other labels: az aks nodepool update "
            f"{context.pool_arguments(pools[0].name)} --labels "
            "node.kubernetes.io/exclude-from-external-load-balancers=true",
            evidence=(
                Evidence("services", ", ".join(s.target for s in found[:5])),
                Evidence("nodes to go", str(sum(p.count for p in pools))),
            ),
        )
