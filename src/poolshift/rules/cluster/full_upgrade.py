"""PSK346: an unsupported version, out of which only a full upgrade leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.versions import in_range, minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "unsupported-recovery-full-upgrade"
_OFFICIAL = "KubernetesOfficial"


class FullUpgradeOnly(Rule):
    """The cluster's minor is not offered any more: all pools must go up together with it.

    What it finds:
        A cluster whose minor the region no longer offers to its support plan.

    Why it matters:
        Out of such a minor the service upgrades control plane and all pools in one operation. A
        pool whose OS the next minor does not know stops all of it.

    How it is decided:
        By the minors on offer with their plans, and the range of each pool's OS in the catalog.

    What to do:
        Replace the pools that cannot follow first, or take on long-term support, or make a new
        cluster.

    Example:
        1.31 where the oldest minor for the plan is 1.33, with a Windows2019 pool.
    """

    id = "PSK346"
    name = "full-upgrade-only"
    severity = Severity.RECOMMENDED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for the cluster's minor among the offers."""
        cluster, offers = context.snapshot.cluster, context.snapshot.offers
        if not offers:
            yield from self.unread(context, "kubernetes-versions")
            return
        plan = cluster.support_plan or _OFFICIAL
        own = minor(cluster.kubernetes_version)
        served = sorted((minor(o.minor), o.minor) for o in offers if plan in o.plans)
        if any(at == own for at, _ in served) or not served or served[-1][0] < own:
            return
        following = next((name for at, name in served if at > own), served[-1][1])
        stuck = [
            p.name
            for p in context.snapshot.pools
            if not in_range(following, *context.catalog.k8s_range(p.os_sku))
        ]
        yield self.finding(
            "cluster",
            severity=Severity.REQUIRED if stuck else Severity.RECOMMENDED,
            what=f"{cluster.kubernetes_version} is not offered to the plan {plan} any more: only "
            f"an upgrade of everything to {following} leads out"
            + (f", and {', '.join(stuck)} cannot follow" if stuck else ""),
            why=context.catalog.constraint(_FACT).statement,
            fix="Replace what cannot follow, or take on long-term support; then: az aks upgrade "
            f"{context.cluster_arguments} --kubernetes-version {quote(following)}",
            evidence=(
                Evidence("cluster/kubernetes_version", cluster.kubernetes_version),
                Evidence("offers", ", ".join(name for _, name in served)),
                Evidence("cluster/support_plan", plan),
            ),
        )
