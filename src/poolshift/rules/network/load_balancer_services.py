"""PSK308: as many LoadBalancer Services as a load balancer takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_LIMIT = "load-balancer-services"


class LoadBalancerServices(Rule):
    """There are almost as many LoadBalancer Services as one load balancer takes.

    What it finds:
        A cluster whose LoadBalancer Services come near the documented number.

    Why it matters:
        Past it a Service gets no address: a move that makes Services anew may not get them back.

    How it is decided:
        Services of type LoadBalancer are counted against the catalog's limit, from
        thresholds.service_share of it on.

    What to do:
        Put several Services behind one ingress, before the move.

    Example:
        250 such Services, where 300 are the limit.
    """

    id = "PSK308"
    name = "load-balancer-services"
    severity = Severity.RECOMMENDED
    sources = (f"limits/limits/{_LIMIT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count them."""
        yield from self.unread(context, "services")
        found = sum(s.type == "LoadBalancer" for s in context.snapshot.services)
        most = context.catalog.limit_number(_LIMIT, "max")
        if found < most * context.thresholds.service_share:
            return
        yield self.finding(
            "cluster",
            what=f"{found} Services of type LoadBalancer, of {most} at most",
            why="past the limit a Service gets no address",
            fix="Put several behind one ingress; see them: kubectl get services -A",
            evidence=(
                Evidence("services", str(found)),
                Evidence(f"catalog/{_LIMIT}/max", str(most)),
            ),
        )
