"""PSW112: a pool's OS SKU has a last Kubernetes minor that the cluster is about to pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.versions import minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog.model.os_skus import OsSku
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context


class BlocksUpgrade(Rule):
    """A pool's OS SKU ends with a Kubernetes minor that the cluster has reached.

    What it finds:
        A pool whose OS SKU has a last Kubernetes minor, when the cluster's control plane has
        reached it or is past it.

    Why it matters:
        The service refuses to upgrade the pool past that minor. The pool then holds the whole
        cluster back: a control plane may run only three minors ahead of its pools.

    How it is decided:
        By the last minor of the OS SKU in the catalog, against the control plane's. A named SKU
        counts; one without a version moves with Kubernetes and is another rule's matter.

    What to do:
        Move the pool to the next OS first, then upgrade Kubernetes.

    Example:
        pool/ws22 with Windows2022 on a cluster at 1.36: 1.37 has no Windows2022.
    """

    id = "PSW112"
    name = "os-sku-ends-with-kubernetes"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/windows2019-max-132",
        "constraints/constraints/windows2022-max-136",
        "constraints/constraints/ubuntu-2204-ends",
        "constraints/constraints/windows-annual-retired",
        "constraints/constraints/version-skew",
    )
    pains = ("B8",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the last minor of each pool's OS SKU against the control plane."""
        for pool in context.snapshot.pools:
            sku = context.catalog.sku(pool.os_sku)
            if sku is None or sku.k8s_max is None or sku.resolves_to:
                continue
            yield from self._of_pool(context, pool, sku, sku.k8s_max)

    def _of_pool(
        self, context: Context, pool: PoolFacts, sku: OsSku, last: str
    ) -> Iterator[Finding]:
        plane = context.snapshot.cluster.kubernetes_version
        left = minor(last)[1] - minor(plane)[1]
        if minor(last)[0] != minor(plane)[0] or left > 0:
            return
        said = (
            f"the control plane at {plane} is past it"
            if left < 0
            else f"the control plane runs {plane}"
        )
        to = context.target_of(pool)
        move = (
            f"poolshift plan --to {to} --pool {quote(pool.name)} --out plan.yaml"
            if to
            else f"poolshift catalog show {quote(sku.id)}"
        )
        yield self.finding(
            f"pool/{pool.name}",
            what=f"{sku.id} has no Kubernetes after {last}, and {said}",
            why="the service refuses to upgrade this pool past that minor, and a pool that stays "
            "behind holds the control plane back",
            fix=f"Move the OS before the next Kubernetes upgrade: {move}",
            evidence=(
                Evidence(f"catalog/{sku.id}/k8s_max", last),
                Evidence("cluster/kubernetes_version", plane),
                *(
                    Evidence(f"catalog/{sku.id}/k8s_max/disagrees", f"{c.value} ({c.source})")
                    for c in sku.claims.get("k8s_max", ())
                    if c.value != last
                ),
            ),
        )
