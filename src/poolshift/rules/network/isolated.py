"""PSK319: a network-isolated cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "network-isolated-no-windows"


class NetworkIsolated(Rule):
    """A network-isolated cluster is asked for Windows pools.

    What it finds:
        A cluster with Windows pools, or a move to a Windows version, whose nodes get their parts
        from a cache (artifactSource Cache) or whose outboundType is none or block.

    Why it matters:
        Network-isolated clusters have no Windows pools: a new one is refused, or its nodes never
        join.

    How it is decided:
        By bootstrapProfile and outboundType.

    What to do:
        Keep Windows pools in a cluster that is not isolated.

    Example:
        outboundType block and a move to Windows2025.
    """

    id = "PSK319"
    name = "network-isolated"
    severity = Severity.REQUIRED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at where nodes get their parts from."""
        cluster = context.snapshot.cluster
        target = context.catalog.sku(context.to) if context.to else None
        wanted = target is not None and target.os_type == "Windows"
        if not wanted and not any(p.os_type == "Windows" for p in context.snapshot.pools):
            return
        outbound = cluster.network.outbound_type or ""
        cached = cluster.artifact_source == "Cache"
        if not cached and outbound not in ("none", "block"):
            return
        fact = context.catalog.constraint(_FACT)
        yield self.finding(
            "cluster",
            what="it is isolated from the network, which Windows pools cannot be",
            why=f"{fact.statement}: a new pool may be refused or its nodes never join",
            fix="Run Windows pools in a cluster with outbound access; see what is set: "
            f"az aks show {context.cluster_arguments} --query "
            '"[bootstrapProfile, networkProfile.outboundType]"',
            evidence=(
                Evidence("cluster/bootstrapProfile/artifactSource", cluster.artifact_source),
                Evidence("cluster/network/outboundType", outbound),
            ),
        )
