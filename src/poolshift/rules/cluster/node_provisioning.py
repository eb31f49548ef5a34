"""PSK356: nodes that come by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "nap-no-windows"
_AUTO = "Auto"


class NodeProvisioning(Rule):
    """Node auto-provisioning and AKS Automatic make no Windows nodes.

    What it finds:
        A cluster with node auto-provisioning, or an Automatic one, with Windows pools or a move
        to a Windows version.

    Why it matters:
        Automatic clusters take no Windows pool, and their quota is not the subscription's. Node
        auto-provisioning never makes a Windows node: pods that wait for one wait for ever.

    How it is decided:
        By nodeProvisioningProfile and the cluster's kind.

    What to do:
        Keep Windows in pools of a fixed or scaled size, in a cluster that is not Automatic.

    Example:
        nodeProvisioningProfile.mode Auto with a Windows2022 pool.
    """

    id = "PSK356"
    name = "no-windows-by-provisioning"
    severity = Severity.INFO
    sources = (f"constraints/constraints/{_FACT}",)
    pains = ("C11",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at how nodes come when Windows is there or wanted."""
        cluster = context.snapshot.cluster
        target = context.catalog.sku(context.to) if context.to else None
        wanted = target is not None and target.os_type == "Windows"
        if not wanted and not any(p.os_type == "Windows" for p in context.snapshot.pools):
            return
        if not cluster.automatic and cluster.node_provisioning != _AUTO:
            return
        fact = context.catalog.constraint(_FACT)
        yield self.finding(
            "cluster",
            severity=Severity.REQUIRED if cluster.automatic else Severity.INFO,
            what="it is an Automatic cluster, which takes no Windows pool"
            if cluster.automatic
            else "its nodes come by themselves, but never Windows nodes",
            why=f"{fact.statement}: {fact.consequence}",
            fix="Run Windows in a cluster that is not Automatic; vCPU quota is the service's own "
            "there: raise it with the service's support"
            if cluster.automatic
            else "Keep Windows pools at a size that holds their pods, or with the cluster "
            "autoscaler",
            evidence=(
                Evidence("cluster/nodeProvisioningProfile/mode", cluster.node_provisioning),
                Evidence("cluster/automatic", str(cluster.automatic).lower()),
            ),
            blocks=cluster.automatic and bool(context.moving_windows),
        )
