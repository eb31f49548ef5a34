"""PSW102: the target is not served at this Kubernetes version, or not any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.support import end_day, end_of
from poolshift.semantics.versions import minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class TargetNotAllowed(Rule):
    """The target OS cannot be created at the cluster's Kubernetes version or on this day.

    What it finds:
        A target named with --to whose last Kubernetes minor lies below the cluster's, or whose
        day for new pools has passed.

    Why it matters:
        The service refuses the new pool, so a plan to this target cannot even begin.

    How it is decided:
        By the last minor and the claim on `create` in the catalog. A claim that names Kubernetes
        minors counts only at those. A target below its first minor is another rule: PSW103.

    What to do:
        Name a later target; the catalog's successor is a good first choice.

    Example:
        --to Windows2022 on a cluster of a minor that only Windows2025 serves.
    """

    id = "PSW102"
    name = "target-not-allowed"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/windows2019-max-132",
        "constraints/constraints/windows2022-max-136",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the named target against version and day."""
        target = context.catalog.sku(context.to) if context.to else None
        if target is None or not context.moving:
            return
        version = context.snapshot.cluster.kubernetes_version
        successor = target.successor or "another OS SKU"
        fix = f"Name a target that is served: --to {successor}"
        if target.k8s_max is not None and minor(version) > minor(target.k8s_max):
            yield self.finding(
                "cluster",
                what=f"{target.id} is not served at Kubernetes {version}",
                why=f"its last minor is {target.k8s_max}; the service refuses the new pool",
                fix=fix,
                evidence=(
                    Evidence("cluster/kubernetes_version", version),
                    Evidence(f"catalog/{target.id}/k8s_max", target.k8s_max),
                ),
                blocks=True,
            )
        claim = end_of(target.id, "create", version, context.catalog)
        day = end_day(claim)
        if claim is not None and day is not None and day <= context.as_of:
            yield self.finding(
                "cluster",
                what=f"no new {target.id} pool can be made since {day.isoformat()}",
                why=claim.note,
                fix=fix,
                deadline=day.isoformat(),
                evidence=(Evidence(f"catalog/{target.id}/ends/create", claim.source),),
                blocks=True,
            )
