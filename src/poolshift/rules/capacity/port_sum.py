"""PSC406: fixed outbound ports beyond the addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.ports import (
    LOAD_BALANCER,
    addresses_needed,
    most_nodes,
    outbound_addresses,
)
from poolshift.semantics.surge import extra_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class PortSum(Rule):
    """Fixed outbound ports times the nodes are more than the addresses have.

    What it finds:
        Clusters with fixed outbound ports for each node, whose addresses do not suffice for all
        nodes during the move.

    Why it matters:
        The service refuses the change (InvalidLoadBalancerProfileAllocatedOutboundPorts). It
        counts an autoscaled pool at its maximum.

    How it is decided:
        allocatedOutboundPorts times nodes, autoscaled pools at their maximum, and the nodes that
        the move adds, against what the outbound addresses have.

    What to do:
        Add addresses, or lower the ports, before the move.

    Example:
        8,000 ports for each of 20 nodes with two addresses: 16 nodes fit.
    """

    id = "PSC406"
    name = "outbound-ports-exceeded"
    severity = Severity.REQUIRED
    sources = (
        "limits/limits/snat-ports-per-address",
        "errors/errors/InvalidLoadBalancerProfileAllocatedOutboundPorts",
    )
    pains = ("B17",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Do the sum of the service."""
        network = context.snapshot.cluster.network
        profile = network.load_balancer_profile
        ports = profile.allocated_outbound_ports if profile is not None else None
        if network.outbound_type != LOAD_BALANCER or not ports:
            return
        more = sum(extra_nodes(p, context.catalog) for p, _ in context.moving)
        if not more:
            return
        addresses = outbound_addresses(profile)
        if addresses is None:
            yield self.not_checked("cluster", "the number of outbound addresses is not known")
            return
        pools = context.snapshot.pools
        now = sum(max(p.count, (p.max_count or 0) if p.autoscaling else 0) for p in pools)
        most = most_nodes(ports, addresses, context.catalog)
        if now + more <= most:
            return
        wanted = addresses_needed(now + more, ports, context.catalog)
        yield self.finding(
            "cluster",
            what=f"{ports} outbound ports for each of {now + more} nodes need {wanted} addresses; "
            f"it has {addresses}",
            why="the service refuses it (InvalidLoadBalancerProfileAllocatedOutboundPorts)",
            fix=f"Add addresses: az aks update {context.cluster_arguments} "
            f"--load-balancer-managed-outbound-ip-count {wanted} "
            f"--load-balancer-outbound-ports {ports}",
            evidence=(
                Evidence("cluster/network/allocatedOutboundPorts", str(ports)),
                Evidence("cluster/network/effectiveOutboundIPs", str(addresses)),
                Evidence("nodes", f"{now} with autoscalers at their maximum, and {more} new"),
            ),
            blocks=most <= now and bool(context.moving_windows),
        )
