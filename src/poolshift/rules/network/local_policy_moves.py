"""PSK309: pods behind a Service of policy Local that move without a pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.network.client_address import keeps_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class LocalPolicyMoves(Rule):
    """The load balancer learns late that a pod has come to a node or has left it.

    What it finds:
        Workloads on pools to move, behind a Service with externalTrafficPolicy Local, that are
        not ready for some time before they count (minReadySeconds) or do not wait before they
        stop (preStop).

    Why it matters:
        With Local only nodes with a pod get traffic, and the load balancer finds out by probes.
        Between a pod's end and the next failed probes requests go to a node that has none.

    How it is decided:
        By minReadySeconds of the workload and by the preStop hooks of its containers.

    What to do:
        Set minReadySeconds above the time that the load balancer needs to see a node as healthy,
        and a preStop hook that sleeps as long, both below the grace period.

    Example:
        An IIS Deployment behind a LoadBalancer Service with policy Local, with neither.
    """

    id = "PSK309"
    name = "local-policy-moves"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/etp-cluster-all-nodes",)
    pains = ("M6",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every workload to move that such a Service selects."""
        for workload in context.snapshot.workloads:
            if workload.kind in ("DaemonSet", "Pod") or not context.moving_pools_of(workload):
                continue
            services = context.index.services_of_workload.get(workload.target, ())
            local = [s for s in services if keeps_address(s)]
            waits = any(c.pre_stop for c in workload.template.spec.containers)
            if not local or (workload.min_ready_s and waits):
                continue
            missing = [
                *(() if workload.min_ready_s else ("minReadySeconds",)),
                *(() if waits else ("preStop hook",)),
            ]
            yield self.finding(
                workload.target,
                what="it is behind a Service of policy Local and has no "
                f"{' and no '.join(missing)}",
                why="the load balancer finds out by probes which nodes have its pods; until then "
                "requests go where none is",
                fix="Set minReadySeconds, and a preStop hook that sleeps, both longer than the "
                "load balancer's probes take",
                evidence=(
                    Evidence("Service", ", ".join(s.target for s in local)),
                    Evidence("spec/minReadySeconds", str(workload.min_ready_s)),
                    Evidence("preStop", "yes" if waits else "no"),
                ),
            )
        yield from self.unread(context, "services")
