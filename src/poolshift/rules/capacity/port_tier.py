"""PSC405: outbound ports that halve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, in_batches
from poolshift.semantics.ports import LOAD_BALANCER, automatic_ports
from poolshift.semantics.surge import extra_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "snat-port-tiers"


class PortTier(Rule):
    """With the nodes of the new pools each node has fewer outbound ports.

    What it finds:
        Clusters that go out by the load balancer with automatic ports, whose nodes cross a border
        of the ports' table while pools move.

    Why it matters:
        Ports are shared out by the number of nodes. The moment the border is crossed every node
        loses half of its ports, and connections beyond break.

    How it is decided:
        By outboundType, allocatedOutboundPorts and the number of nodes before and during the
        move.

    What to do:
        Keep below the border by batches, or set fixed ports with enough addresses, or use a NAT
        gateway, before the move.

    Example:
        45 nodes and 12 more: 512 ports for each node in place of 1,024.
    """

    id = "PSC405"
    name = "outbound-ports-shrink"
    severity = Severity.RECOMMENDED
    sources = (f"constraints/constraints/{_FACT}", "limits/limits/snat-ports-per-node")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look up the ports before and during the move."""
        network = context.snapshot.cluster.network
        profile = network.load_balancer_profile
        fixed = profile.allocated_outbound_ports if profile is not None else 0
        if network.outbound_type != LOAD_BALANCER or fixed:
            return
        now = sum(p.count for p in context.snapshot.pools)
        more = sum(extra_nodes(p, context.catalog) for p, _ in context.moving)
        before = automatic_ports(now, context.catalog)
        during = automatic_ports(now + more, context.catalog)
        if during >= before:
            return
        table = context.catalog.limit_table("snat-ports-per-node", "by_nodes")
        border = max(n for n in table if table[n] == before)
        room = border - now
        yield self.finding(
            "cluster",
            what=f"each node falls from {before} to {during} outbound ports when the nodes grow "
            f"from {now} to {now + more}",
            why=context.catalog.constraint(_FACT).consequence,
            fix=(
                f"Keep at {border} nodes: {in_batches(room)}; or " if room else "Before the move, "
            )
            + f"set fixed ports and more addresses: az aks update {context.cluster_arguments} "
            f"--load-balancer-outbound-ports {before} --load-balancer-managed-outbound-ip-count "
            "COUNT",
            evidence=(
                Evidence("cluster/network/outboundType", network.outbound_type),
                Evidence("cluster/network/allocatedOutboundPorts", str(fixed or 0)),
                Evidence("pools/count", f"{now} now, {now + more} during the move"),
            ),
        )
