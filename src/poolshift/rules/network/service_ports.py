"""PSK307: many Services on a cluster with Windows nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_LIMIT = "services-windows-port-exhaustion"


class ServicePorts(Rule):
    """So many Services spread traffic over all nodes that Windows nodes run out of ports.

    What it finds:
        A cluster with Windows nodes and about as many Services of externalTrafficPolicy Cluster
        as the ports of a Windows node hold.

    Why it matters:
        kube-proxy on Windows takes ports of the node for each. When there are none left, it can
        no longer write its rules, and traffic stalls on the new nodes first.

    How it is decided:
        NodePort and LoadBalancer Services with that policy are counted against the catalog's
        number (or thresholds.windows_services), from thresholds.service_share of it on.

    What to do:
        Set externalTrafficPolicy Local where a Service can bear it, or share the Services out
        among clusters.

    Example:
        480 such Services, where about 500 are too many.
    """

    id = "PSK307"
    name = "service-port-exhaustion"
    severity = Severity.RECOMMENDED
    sources = (f"limits/limits/{_LIMIT}", "constraints/constraints/service-port-exhaustion")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the Services when there are Windows nodes."""
        if not any(p.os_type == "Windows" for p in context.snapshot.pools):
            return
        yield from self.unread(context, "services")
        found = [
            s
            for s in context.snapshot.services
            if s.type in ("LoadBalancer", "NodePort") and s.external_traffic_policy != "Local"
        ]
        own = context.thresholds.windows_services
        most = own if own is not None else context.catalog.limit_number(_LIMIT, "approx_max")
        if len(found) < most * context.thresholds.service_share or not found:
            return
        yield self.finding(
            "cluster",
            what=f"{len(found)} Services with externalTrafficPolicy Cluster, of about {most} that "
            "Windows nodes bear",
            why="each takes ports of every Windows node; without free ports kube-proxy writes no "
            "more rules",
            fix="Set externalTrafficPolicy Local where it can be, first on those with many ports: "
            "kubectl get services -A",
            evidence=(
                Evidence("services", str(len(found))),
                Evidence("services/ports", str(sum(s.ports for s in found))),
                Evidence(f"catalog/{_LIMIT}", str(most)),
            ),
        )
