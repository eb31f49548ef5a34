"""PSK205: a network that has no Windows pools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_PLUGIN_FACT = "kubenet-no-windows"
_DATAPLANE_FACT = "cilium-linux-only"


class NetworkWithoutWindows(Rule):
    """The cluster's network plug-in or data plane takes no Windows pools.

    What it finds:
        A cluster with Windows pools, or a move to a Windows version, whose network plug-in is
        kubenet or none (bring your own), or whose data plane is Cilium.

    Why it matters:
        The service refuses a new Windows pool with AzureCNIOnlyForWindows.

    How it is decided:
        By networkPlugin and networkDataplane of the cluster, against the catalog's constraints.

    What to do:
        Move the cluster to Azure CNI overlay first; that is done in place.

    Example:
        networkPlugin kubenet on a cluster that is to get a Windows2022 pool.
    """

    id = "PSK205"
    name = "network-without-windows"
    severity = Severity.REQUIRED
    sources = (
        f"constraints/constraints/{_PLUGIN_FACT}",
        "constraints/constraints/byo-cni-no-windows",
        f"constraints/constraints/{_DATAPLANE_FACT}",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the network when Windows pools exist or are wanted."""
        target = context.catalog.sku(context.to) if context.to else None
        wanted = target is not None and target.os_type == "Windows"
        if not wanted and not any(p.os_type == "Windows" for p in context.snapshot.pools):
            return
        network = context.snapshot.cluster.network
        if not network.network_plugin:
            yield self.not_checked("cluster", "the snapshot does not say which network plug-in")
        named = (
            (_PLUGIN_FACT, "networkPlugin", network.network_plugin),
            (_DATAPLANE_FACT, "networkDataplane", network.network_dataplane or ""),
        )
        for fact, field, value in named:
            constraint = context.catalog.constraint(fact)
            if value and value.lower() in constraint.applies_when.split():
                code = f" ({constraint.error_code})" if constraint.error_code else ""
                yield self.finding(
                    "cluster",
                    what=f"{field} is {value}, which has no Windows pools",
                    why=f"{constraint.statement}{code}",
                    fix=f"{constraint.remedy[0].upper()}{constraint.remedy[1:]}; the overlay: "
                    f"az aks update {context.cluster_arguments} --network-plugin azure "
                    "--network-plugin-mode overlay",
                    evidence=(Evidence(f"cluster/network/{field}", value),),
                    blocks=True,
                )
