"""PSK306: Windows workloads that may count on the client's address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import ServiceFacts
    from poolshift.rules.interface import Context

_FACT = "client-source-ip"


class ClientAddress(Rule):
    """A Windows workload is behind a Service that is meant to keep the client's address.

    What it finds:
        Windows workloads on pools to move, behind a Service with externalTrafficPolicy Local.

    Why it matters:
        Local is often set to see the client's address. On Windows nodes that address is not
        preserved: what logs or filters by it sees a node's.

    How it is decided:
        By the Services that select the workload. Whether the application looks at the address
        does not show.

    What to do:
        Where it matters, put an ingress on Linux nodes in front, and read X-Forwarded-For.

    Example:
        A LoadBalancer Service with externalTrafficPolicy Local before an IIS workload.
    """

    id = "PSK306"
    name = "client-address-lost"
    severity = Severity.INFO
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the Services of every Windows workload to move."""
        for workload in context.windows_workloads:
            services = context.index.services_of_workload.get(workload.target, ())
            local = [s for s in services if keeps_address(s)]
            if not local or not context.moving_pools_of(workload):
                continue
            yield self.finding(
                workload.target,
                what="the client's address does not reach it, although its Service asks for that",
                why=context.catalog.constraint(_FACT).statement,
                fix="Where it is logged or filtered by: an ingress on Linux, and X-Forwarded-For",
                evidence=tuple(
                    Evidence(f"{s.target}/externalTrafficPolicy", s.external_traffic_policy)
                    for s in local
                ),
            )
        yield from self.unread(context, "services")


def keeps_address(service: ServiceFacts) -> bool:
    """Whether a Service is reached from outside and asks for nodes with its own pods."""
    outside = service.type in ("LoadBalancer", "NodePort")
    return outside and service.external_traffic_policy == "Local"
