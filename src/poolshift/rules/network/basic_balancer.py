"""PSK314: a Basic load balancer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "standard-lb-only"
_BASIC = "basic"


class BasicBalancer(Rule):
    """The cluster has a Basic load balancer, which serves one pool alone.

    What it finds:
        loadBalancerSku basic.

    Why it matters:
        A second pool is refused, and the Basic load balancer is no longer served.

    How it is decided:
        By loadBalancerSku of the cluster.

    What to do:
        Migrate the load balancer first.

    Example:
        A cluster of 2019 with loadBalancerSku basic.
    """

    id = "PSK314"
    name = "basic-load-balancer"
    severity = Severity.REQUIRED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the load balancer's kind."""
        sku = context.snapshot.cluster.network.load_balancer_sku or ""
        if sku.lower() != _BASIC:
            return
        fact = context.catalog.constraint(_FACT)
        yield self.finding(
            "cluster",
            what="it has a Basic load balancer, which takes no second pool",
            why=fact.statement,
            fix="Migrate it first: "
            f"az aks update {context.cluster_arguments} --load-balancer-sku standard",
            deadline=fact.applies_from,
            evidence=(Evidence("cluster/network/loadBalancerSku", sku),),
            blocks=bool(context.moving_windows),
        )
