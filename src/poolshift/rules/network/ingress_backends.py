"""PSK311: ingress backends that stop at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import RouteFacts
    from poolshift.rules.interface import Context

_OWN_PROBES = ("azure-application-gateway", "azure/application-gateway", "azure-alb-external")
"""Ingress classes whose proxy is outside of the cluster, and learns of pods by calls and probes."""


class IngressBackends(Rule):
    """Pods behind an ingress are moved without a pause in which the proxy can learn of it.

    What it finds:
        Windows workloads on pools to move behind an Ingress or route, with no preStop hook or no
        readiness probe.

    Why it matters:
        A proxy goes on sending to a pod for some seconds after its end has begun, and, without a
        readiness probe, to one that has just been started. An Application Gateway is told by
        calls to Azure and takes longest: its clients see 502.

    How it is decided:
        By the routes' Services, the pods that they select, and what their templates say. With an
        Application Gateway it is recommended to act, with a proxy in the cluster it is told.

    What to do:
        Add a readiness probe and a preStop hook that sleeps until the proxy has let go.

    Example:
        An Ingress of class azure-application-gateway to a Deployment without preStop.
    """

    id = "PSK311"
    name = "ingress-backend-stops-at-once"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/ingress-learns-late",)
    pains = ("M6",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the workloads to move that a route sends to."""
        if not context.moving_windows:
            return
        routes: dict[str, list[RouteFacts]] = {}
        for route in context.snapshot.routes:
            for service in route.services:
                for workload in context.index.workloads_of_service.get(service, ()):
                    routes.setdefault(workload.target, []).append(route)
        for target in sorted(routes):
            workload = context.index.workloads[target]
            containers = workload.template.spec.containers
            waits = any(c.pre_stop for c in containers)
            probed = any(c.ready_gate for c in containers)
            moves = context.runs_windows(workload) and context.moving_pools_of(workload)
            if not moves or (waits and probed):
                continue
            classes = sorted({c for route in routes[target] for c in route.classes})
            outside = any(c in _OWN_PROBES for c in classes)
            missing = [
                *(() if probed else ("readiness probe",)),
                *(() if waits else ("preStop hook",)),
            ]
            yield self.finding(
                target,
                severity=Severity.RECOMMENDED if outside else Severity.INFO,
                what=f"it is behind an ingress and has no {' and no '.join(missing)}",
                why="the proxy sends to a pod for some time after its end has begun"
                + ("; an Application Gateway learns of it last" if outside else ""),
                fix="Add a readiness probe and a preStop hook that sleeps until the proxy has let "
                "go, within the grace period",
                evidence=(
                    Evidence("routes", ", ".join(r.target for r in routes[target][:3])),
                    Evidence("classes", ", ".join(classes) or "none"),
                    Evidence(
                        "grace period",
                        f"{workload.template.spec.termination_grace_period_seconds} s",
                    ),
                ),
            )
        yield from self.unread(context, "ingresses", "services")
