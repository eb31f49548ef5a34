"""PSK317: pools in several virtual networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "pool-subnets-same-vnet"


class OneNetwork(Rule):
    """The pools name subnets of more than one virtual network.

    What it finds:
        Pools, or their pods, in subnets of different virtual networks.

    Why it matters:
        The service refuses a new pool in another network than the cluster's.

    How it is decided:
        By vnetSubnetID and podSubnetID of all pools.

    What to do:
        Create new pools in a subnet of the cluster's own network, and give the cluster's identity
        the right to join it first.

    Example:
        One pool in vnet-a and one in vnet-b.
    """

    id = "PSK317"
    name = "subnets-of-several-networks"
    severity = Severity.REQUIRED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Gather the networks that pools name."""
        networks: dict[str, list[str]] = {}
        for pool in context.snapshot.pools:
            for id_ in (pool.subnet_id, str(pool.properties.get("podSubnetID") or "")):
                network = id_.lower().partition("/subnets/")[0]
                if network:
                    networks.setdefault(network, []).append(pool.name)
        if len(networks) < 2:
            return
        fact = context.catalog.constraint(_FACT)
        yield self.finding(
            "cluster",
            what=f"its pools are in {len(networks)} virtual networks",
            why=f"{fact.statement} ({fact.error_code})",
            fix="Keep new pools in one network: the subnets of all pools must share it",
            evidence=tuple(
                Evidence(network, ", ".join(sorted(set(pools))))
                for network, pools in sorted(networks.items())
            ),
        )
