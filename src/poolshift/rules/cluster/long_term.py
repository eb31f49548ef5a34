"""PSK349: long-term support and an OS that ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.support import end_day, end_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "lts-premium"
_LONG_TERM = "AKSLongTermSupport"
_PREMIUM = "premium"


class LongTermSupport(Rule):
    """Long-term support keeps the Kubernetes version, not the OS of the pools.

    What it finds:
        A cluster with long-term support that has pools of an OS past its patches, or that is not
        in the Premium tier.

    Why it matters:
        Long-term support does not prolong an OS: its nodes get no patches, and later they do not
        scale, whatever the support plan.

    How it is decided:
        By the support plan, the tier, and the ends of each pool's OS in the catalog.

    What to do:
        Move the pools all the same; leave long-term support when the way up is free.

    Example:
        Windows2019 on 1.32 with AKSLongTermSupport.
    """

    id = "PSK349"
    name = "long-term-support-keeps-no-os"
    severity = Severity.INFO
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the pools of a cluster with long-term support."""
        cluster = context.snapshot.cluster
        if cluster.support_plan != _LONG_TERM:
            return
        fact = context.catalog.constraint(_FACT)
        for pool in context.snapshot.pools:
            end = end_day(end_of(pool.os_sku, "patch", pool.kubernetes_version, context.catalog))
            if end is None or end >= context.as_of:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what=f"long-term support does not keep {pool.os_sku}: it gets no patches since "
                f"{end.isoformat()}",
                why=fact.statement,
                fix=f"Move it now: poolshift plan --to {context.target_of(pool) or 'SKU'} --pool "
                f"{quote(pool.name)} --out plan.yaml",
                evidence=(
                    Evidence("cluster/support_plan", cluster.support_plan),
                    Evidence(f"pools/{pool.name}/os_sku", pool.os_sku),
                ),
            )
        if cluster.tier and cluster.tier.lower() != _PREMIUM:
            yield self.finding(
                "cluster",
                severity=Severity.REQUIRED,
                what=f"it has long-term support in the tier {cluster.tier}, which does not "
                "serve it",
                why=fact.statement,
                fix=f"az aks update {context.cluster_arguments} --tier premium",
                evidence=(
                    Evidence("cluster/support_plan", cluster.support_plan),
                    Evidence("cluster/tier", cluster.tier),
                ),
            )
