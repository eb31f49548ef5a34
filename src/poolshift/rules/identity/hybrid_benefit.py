"""PSI309: a licence benefit that stands on the scale set alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_NO_LICENSE = ("", "none")


class HybridBenefitLost(Rule):
    """Azure Hybrid Benefit was set on the scale set and not on the cluster: a new pool lacks it.

    What it finds:
        A Windows pool to move whose scale set has a licence type, in a cluster without one.

    Why it matters:
        A new pool takes the cluster's setting. What was set on the old scale set by hand is gone
        with it, and the new nodes are billed with the licence: the bill says so weeks later.

    How it is decided:
        By licenseType of the scale set and of the cluster's Windows profile.

    What to do:
        Set it on the cluster before the new pool is created. It holds for all Windows pools.

    Example:
        The scale set of ws19 has Windows_Server; windowsProfile.licenseType is None.
    """

    id = "PSI309"
    name = "hybrid-benefit-lost"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/ahb-cluster-level",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Compare both licence types for each pool to move."""
        if not context.moving_windows:
            return
        yield from self.unread(context, "scale-sets")
        windows = context.snapshot.cluster.windows
        license_type = (windows.license_type if windows else None) or ""
        if license_type.lower() not in _NO_LICENSE:
            return
        sets = {s.pool: s for s in context.snapshot.scale_sets}
        for pool, _ in context.moving_windows:
            found = sets.get(pool.name)
            if found is None or found.license_type.lower() in _NO_LICENSE:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what="Azure Hybrid Benefit is set on its scale set and not on the cluster",
                why=f"{context.catalog.constraint('ahb-cluster-level').consequence}: a new pool "
                "takes the cluster's setting",
                fix="Set it on the cluster before the new pool: az aks update "
                f"{context.cluster_arguments} --enable-ahub",
                evidence=(
                    Evidence(f"scale_sets/{found.name}/license_type", found.license_type),
                    Evidence("cluster/windowsProfile/licenseType", license_type or "none"),
                ),
            )
