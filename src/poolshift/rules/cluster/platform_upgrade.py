"""PSK348: upgrades that the service makes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.cluster.kubernetes_support import last_day
from poolshift.rules.interface import Rule
from poolshift.semantics.versions import minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "platform-initiated-upgrades-2027"
_LONG_TERM = "AKSLongTermSupport"


class PlatformUpgrade(Rule):
    """The service will upgrade this cluster by itself if its version stays unsupported.

    What it finds:
        A cluster on a minor past its support, by the plan that it has.

    Why it matters:
        From the day in the catalog on the service upgrades such clusters after a grace period,
        outside of maintenance windows and past a blocking budget. A pool that is held back for
        its OS breaks or moves at a time that nobody chose.

    How it is decided:
        By the calendar of the catalog and the cluster's support plan.

    What to do:
        Finish the move and the upgrade before.

    Example:
        1.32 without long-term support.
    """

    id = "PSK348"
    name = "platform-upgrade-ahead"
    severity = Severity.RECOMMENDED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the control plane against the calendar."""
        cluster = context.snapshot.cluster
        name = ".".join(str(part) for part in minor(cluster.kubernetes_version))
        known = context.catalog.kubernetes_version(name)
        if known is None:  # PSK208 says that it is not in the calendar.
            return
        text = known.lts_end if cluster.support_plan == _LONG_TERM else known.end_of_life
        end = last_day(text) if text else None
        if end is None or end >= context.as_of:
            return
        fact = context.catalog.constraint(_FACT)
        yield self.finding(
            "cluster",
            what="the service will upgrade it by itself, for its Kubernetes version is no longer "
            "supported",
            why=fact.statement,
            fix="Upgrade it before, with the pools that can follow: az aks get-upgrades "
            f"{context.cluster_arguments}",
            deadline=fact.applies_from,
            evidence=(
                Evidence("cluster/kubernetes_version", cluster.kubernetes_version),
                Evidence(f"catalog/{name}", text or ""),
            ),
        )
