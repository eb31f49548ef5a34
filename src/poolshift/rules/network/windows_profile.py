"""PSK318: a cluster without Windows settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "kubenet-migrated-no-profile"


class WindowsProfileMissing(Rule):
    """The cluster has no Windows profile, so it takes no new Windows pool.

    What it finds:
        A cluster with Windows pools, or a move to a Windows version, and no windowsProfile.

    Why it matters:
        The service refuses a Windows pool with WindowsProfileMissing. Clusters that came from
        kubenet may have none.

    How it is decided:
        By windowsProfile of the cluster: the field, not the cluster's age, decides.

    What to do:
        Give the cluster a Windows user and password, where the service accepts it; else a new
        cluster.

    Example:
        A cluster that was moved from kubenet to overlay.
    """

    id = "PSK318"
    name = "windows-profile-missing"
    severity = Severity.REQUIRED
    sources = (
        f"constraints/constraints/{_FACT}",
        "constraints/constraints/windows-profile-since-2020",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the profile when Windows pools exist or are wanted."""
        target = context.catalog.sku(context.to) if context.to else None
        wanted = target is not None and target.os_type == "Windows"
        windows = [p.name for p in context.snapshot.pools if p.os_type == "Windows"]
        if context.snapshot.cluster.windows is not None or not (windows or wanted):
            return
        fact = context.catalog.constraint(_FACT)
        yield self.finding(
            "cluster",
            what="it has no windowsProfile: a new Windows pool is refused",
            why=f"{fact.statement} ({fact.error_code})",
            fix="Give it one, where the service accepts that: az aks update "
            f"{context.cluster_arguments} --windows-admin-password PASSWORD; else a new cluster",
            evidence=(
                Evidence("cluster/windowsProfile", "none"),
                Evidence("pools", ", ".join(windows) or "no Windows pool"),
            ),
            blocks=bool(context.moving_windows),
        )
