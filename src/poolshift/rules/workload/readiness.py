"""PSK237: workloads behind a Service without a readiness probe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.workload.scope import SCALED, is_shipped, listed, moved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class ReadinessMissing(Rule):
    """A workload that takes traffic has no readiness probe, so a started pod counts as a ready one.

    What it finds:
        A Deployment or StatefulSet on a Windows pool to move, behind a Service, none of whose
        containers has a readiness probe.

    Why it matters:
        Budgets, rollouts and poolshift's own gates go by readiness. Without a probe a pod is
        ready as soon as its process runs: the next old pod is taken while the new one still
        loads, and traffic reaches what cannot answer. Windows services often need minutes.

    How it is decided:
        By the template's containers, and by the selectors of Services against its labels. In
        kube-system, which the service fills, the finding is information.

    What to do:
        Add a readiness probe before the move. Or give the move time by minReadySeconds.

    Example:
        An IIS site behind a LoadBalancer whose application pool warms up for a minute.
    """

    id = "PSK237"
    name = "readiness-missing"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/rollout-ignores-pdb",)
    pains = ("V6",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the probes of each workload that moves and takes traffic."""
        yield from self.unread(context, "services")
        for workload, _, _ in moved(context, windows=True):
            containers = workload.template.spec.containers
            if workload.kind not in SCALED or any(c.ready_gate for c in containers):
                continue
            services = context.index.services_of_workload.get(workload.target, ())
            if not services:
                continue
            yield self.finding(
                workload.target,
                severity=Severity.INFO if is_shipped(workload.target) else None,
                what="it takes traffic and has no readiness probe: a started pod counts as ready",
                why="the next old pod is taken while the new one still loads",
                fix="Add a readinessProbe to its container before the move; until then "
                "minReadySeconds gives it time",
                evidence=(
                    Evidence("spec/containers/readinessProbe", "none"),
                    Evidence("spec/minReadySeconds", str(workload.min_ready_s)),
                    Evidence("services", listed(s.target for s in services)),
                ),
            )
