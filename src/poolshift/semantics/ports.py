"""Outbound ports of nodes behind a load balancer (SNAT)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.core.arm import LoadBalancerProfile

LOAD_BALANCER = "loadBalancer"
"""The outbound type that shares ports out among nodes."""


def automatic_ports(nodes: int, catalog: Catalog) -> int:
    """Ports that each node gets by itself when so many share them; 0 beyond the last tier."""
    tiers = catalog.limit_table("snat-ports-per-node", "by_nodes")
    return next((tiers[most] for most in sorted(tiers) if nodes <= most), 0)


def most_nodes(ports: int, addresses: int, catalog: Catalog) -> int:
    """How many nodes fit when each has a fixed number of ports."""
    each = catalog.limit_number("snat-ports-per-address", "max")
    return addresses * each // ports


def addresses_needed(nodes: int, ports: int, catalog: Catalog) -> int:
    """Outbound addresses that so many nodes need at a fixed number of ports."""
    each = catalog.limit_number("snat-ports-per-address", "max")
    return -(-nodes * ports // each)


def outbound_addresses(profile: LoadBalancerProfile | None) -> int | None:
    """Outbound addresses in use; None when the service did not say."""
    if profile is None:
        return None
    if profile.effective_outbound_ips:
        return len(profile.effective_outbound_ips)
    managed = profile.managed_outbound_ips
    return managed.count if managed is not None and managed.count else None
