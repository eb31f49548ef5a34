"""PSW113: a Windows Server 2019 pool and an old Kubernetes hold each other fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.versions import minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "ws2019-stranded"
_OS_SKU = "Windows2019"
_LONG_TERM = "AKSLongTermSupport"
_OFFICIAL = "KubernetesOfficial"


class StrandedPool(Rule):
    """The cluster cannot go up because of a Windows Server 2019 pool, and is too old to stay.

    What it finds:
        A cluster with a Windows2019 pool, at a minor that the region no longer offers to clusters
        of its support plan, while the next minors have no Windows2019.

    Why it matters:
        A new pool at the cluster's own minor may be refused, and the upgrade is refused while the
        old pool is there: each step waits for the other, and every day makes it worse.

    How it is decided:
        By the minors that the region offers with their support plans, the cluster's own plan, and
        the last minor of Windows2019 in the catalog. Without the region's answer by the catalog's
        calendar is not guessed: the rule then does not decide.

    What to do:
        Turn on long-term support, if the minor still has it: then Windows2022 pools can be made at
        that minor, the workloads moved, the old pool deleted, and Kubernetes upgraded. Without it,
        build a new cluster beside this one.

    Example:
        Windows2019 on Kubernetes 1.30 with the plan KubernetesOfficial.
    """

    id = "PSW113"
    name = "stranded-windows-2019"
    severity = Severity.REQUIRED
    sources = (
        f"constraints/constraints/{_FACT}",
        "constraints/constraints/pool-create-version-supported",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the cluster's minor against what the region offers."""
        snapshot, cluster = context.snapshot, context.snapshot.cluster
        pools = [p.name for p in snapshot.pools if p.os_sku == _OS_SKU]
        last = context.catalog.k8s_range(_OS_SKU)[1]
        if not pools or last is None or minor(cluster.kubernetes_version) > minor(last):
            return
        if not snapshot.offers:
            yield from self.unread(context, "kubernetes-versions")
            return
        own = minor(cluster.kubernetes_version)
        plan = cluster.support_plan or _OFFICIAL
        offer = next((o for o in snapshot.offers if minor(o.minor) == own), None)
        if offer is not None and plan in offer.plans:
            return
        way_out = offer is not None and _LONG_TERM in offer.plans
        yield self.finding(
            "cluster",
            what=f"{cluster.kubernetes_version} is no longer served to the plan {plan}, and its "
            f"Windows2019 pools ({', '.join(pools)}) go no further than {last}",
            why=context.catalog.constraint(_FACT).consequence,
            fix=f"Turn on long-term support: az aks update {context.cluster_arguments} --tier "
            f"premium --k8s-support-plan {_LONG_TERM}; then move the pools to Windows2022"
            if way_out
            else "No plan serves this minor any more: make a new cluster and move the workloads "
            "there, or ask the service's support for a way",
            evidence=(
                Evidence("cluster/kubernetes_version", cluster.kubernetes_version),
                Evidence("cluster/support_plan", plan),
                Evidence("offers", ", ".join(o.minor for o in snapshot.offers)),
                Evidence(f"catalog/{_OS_SKU}/k8s_max", last),
            ),
        )
