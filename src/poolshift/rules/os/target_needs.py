"""PSW116: the target asks for more than the pool has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog.model.os_skus import OsSku
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_NO_CHANNEL = "None"


class TargetNeeds(Rule):
    """The target OS does not go with the cluster's channel for node images.

    What it finds:
        A target that some channel of node OS upgrades is not allowed for, on a cluster that has
        that channel.

    Why it matters:
        The service refuses the pool until the channel is another one.

    How it is decided:
        By the channels that the catalog lists for the OS SKU, against nodeOSUpgradeChannel.

    What to do:
        Choose a channel that the target allows. The change takes up to a day to act.

    Example:
        AzureContainerLinux with the channel SecurityPatch.
    """

    id = "PSW116"
    name = "target-refuses-channel"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/osguard-requirements",
        "constraints/constraints/acl-requirements",
        "constraints/constraints/auto-upgrade-change-24h",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the node OS channel against what each target allows."""
        channel = context.snapshot.cluster.auto_upgrade.node_os_upgrade_channel
        if not channel:
            return
        for target_id in context.targets:
            sku = context.catalog.sku(target_id)
            if sku is None or not _refuses(sku, channel):
                continue
            allowed = sku.node_os_upgrade_channels_allowed or (_NO_CHANNEL,)
            yield self.finding(
                "cluster",
                what=f"{sku.id} does not go with the node OS channel {channel}",
                why="the service refuses the pool while the cluster has this channel",
                fix=f"az aks update {context.cluster_arguments} --node-os-upgrade-channel "
                f"{allowed[0]}",
                evidence=(
                    Evidence("cluster/auto_upgrade/node_os_upgrade_channel", channel),
                    Evidence(
                        f"catalog/{sku.id}/channels",
                        f"allowed {', '.join(sku.node_os_upgrade_channels_allowed) or 'all but'} "
                        f"{', '.join(sku.node_os_upgrade_channels_not_allowed)}".strip(),
                    ),
                ),
                blocks=True,
            )


def _refuses(sku: OsSku, channel: str) -> bool:
    if sku.node_os_upgrade_channels_allowed:
        return channel not in sku.node_os_upgrade_channels_allowed
    return channel in sku.node_os_upgrade_channels_not_allowed
