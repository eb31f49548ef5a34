"""PSK263: the CSI proxy of Windows nodes is off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_NAMED = 3


class CsiProxyOff(Rule):
    """The CSI proxy of Windows nodes is off, and Windows workloads have volumes.

    What it finds:
        A cluster with enableCSIProxy false and Windows workloads with claims on a pool to move.

    Why it matters:
        Older CSI drivers mount on Windows through that proxy. Without it their mounts fail on the
        new nodes. Drivers that run as host processes do not need it.

    How it is decided:
        By enableCSIProxy of the Windows profile. Which make of a driver runs is not looked at.

    What to do:
        Turn it on, or make sure that each driver runs as a host process.

    Example:
        windowsProfile.enableCSIProxy is false, and erp/StatefulSet/ledger has a disk.
    """

    id = "PSK263"
    name = "csi-proxy-off"
    severity = Severity.INFO
    sources = ("constraints/constraints/csi-proxy",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the Windows profile and who has volumes."""
        profile = context.snapshot.cluster.windows
        if profile is None or profile.enable_csi_proxy is not False:
            return
        users = sorted(
            {
                move.workload.target
                for move in context.moves
                if move.pool.os_type == "Windows" and context.index.claims_of(move.workload)
            }
        )
        if users:
            yield self.finding(
                "cluster",
                what="the CSI proxy of Windows nodes is off, and Windows workloads have volumes",
                why="older CSI drivers mount on Windows through it; those that run as host "
                "processes do not need it",
                fix="See that each CSI driver of Windows nodes runs as a host process (kubectl get "
                "daemonset -n kube-system -o yaml), or turn the proxy on: az resource update --ids "
                f"{quote(context.snapshot.cluster.id)} --set "
                "properties.windowsProfile.enableCSIProxy=true",
                evidence=(
                    Evidence("cluster/windows/enableCSIProxy", "false"),
                    Evidence("with volumes", f"{len(users)}: {', '.join(users[:_NAMED])}"),
                ),
            )
