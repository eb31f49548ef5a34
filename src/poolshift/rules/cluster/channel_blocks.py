"""PSK341: a channel that forbids the control plane step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.cluster.way_up import first_minor_needed
from poolshift.rules.interface import Rule
from poolshift.semantics.versions import minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "auto-upgrade-blocks-cp-only"
_OFF = ("", "none")


class ChannelBlocksControlPlane(Rule):
    """A cluster channel is on, and the move needs an upgrade of the control plane alone.

    What it finds:
        A cluster whose auto-upgrade channel is on and whose control plane is older than the
        target's first Kubernetes minor.

    Why it matters:
        While the channel is on, the service refuses to upgrade the control plane without its
        pools, and with them the pools that cannot follow.

    How it is decided:
        By upgradeChannel and the first minor of each target in the catalog.

    What to do:
        Set the channel to none for the time of the change.

    Example:
        upgradeChannel stable on 1.31, and a move to Windows2025.
    """

    id = "PSK341"
    name = "channel-blocks-control-plane"
    severity = Severity.REQUIRED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the channel when the control plane must go up."""
        cluster = context.snapshot.cluster
        channel = cluster.auto_upgrade.upgrade_channel or ""
        needed = first_minor_needed(context)
        if channel.lower() in _OFF or needed is None:
            return
        if minor(cluster.kubernetes_version) >= minor(needed):
            return
        fact = context.catalog.constraint(_FACT)
        yield self.finding(
            "cluster",
            what=f"its channel {channel} forbids to upgrade the control plane alone, which the "
            "move needs",
            why=f"{fact.statement} ({fact.error_code})",
            fix=f"Set it to none first: az aks update {context.cluster_arguments} "
            "--auto-upgrade-channel none --yes; and back afterwards",
            evidence=(
                Evidence("cluster/autoUpgradeProfile/upgradeChannel", channel),
                Evidence("cluster/kubernetes_version", cluster.kubernetes_version),
                Evidence("target/k8s_min", needed),
            ),
        )
