"""PSK340: automatic upgrades that may start during a move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_OFF = ("", "none")
_TOUCHES_ALL = "nodeimage"


class AutoUpgradeOn(Rule):
    """An automatic upgrade of the service may start while a pool moves.

    What it finds:
        A cluster with pools to move whose cluster channel or node OS channel is on.

    Why it matters:
        An upgrade that the service starts takes the lock of the cluster, replaces nodes and may
        change the node image in the middle of a move or of its soak time.

    How it is decided:
        By the two channels. On Windows nodes the node OS channels Unmanaged and SecurityPatch do
        nothing; they still touch Linux nodes.

    What to do:
        Switch the channels off a day before, for the service takes up to a day to follow, and
        back on afterwards. poolshift holds them during a run and restores them.

    Example:
        upgradeChannel patch and nodeOSUpgradeChannel NodeImage.
    """

    id = "PSK340"
    name = "auto-upgrade-on"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/auto-upgrade-channels",
        "constraints/constraints/auto-upgrade-change-24h",
        "limits/limits/auto-upgrade-channel-change",
    )
    pains = ("B32", "V4")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at both channels when pools move."""
        channels = context.snapshot.cluster.auto_upgrade
        cluster = channels.upgrade_channel or ""
        node = channels.node_os_upgrade_channel or ""
        on = [c for c in (cluster, node) if c.lower() not in _OFF]
        if not on or not context.moving:
            return
        hours = context.catalog.limit_number("auto-upgrade-channel-change", "takes_effect_within")
        strong = cluster.lower() not in _OFF or node.lower() == _TOUCHES_ALL
        yield self.finding(
            "cluster",
            severity=Severity.RECOMMENDED if strong else Severity.INFO,
            what="automatic upgrades are on: "
            f"cluster channel {cluster or 'none'}, node OS channel {node or 'None'}",
            why="an upgrade of the service may start during the move, outside of its window, too",
            fix=f"Switch them off {hours} hours before, which is how long it takes to count: "
            f"az aks update {context.cluster_arguments} --auto-upgrade-channel none "
            "--node-os-upgrade-channel None --yes; poolshift apply holds and restores them",
            evidence=(
                Evidence("cluster/autoUpgradeProfile/upgradeChannel", cluster or "none"),
                Evidence("cluster/autoUpgradeProfile/nodeOSUpgradeChannel", node or "None"),
            ),
        )
