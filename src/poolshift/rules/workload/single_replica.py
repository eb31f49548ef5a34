"""PSK226: workloads that stand still while their pods move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.kube import Workload, WorkloadSpec
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import SCALED, moved
from poolshift.semantics.rollout import lowest_ready

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import WorkloadFacts
    from poolshift.rules.interface import Context


class SingleReplica(Rule):
    """A workload has so few pods that it may stand still while they move.

    What it finds:
        A Deployment or StatefulSet on a pool to move with fewer replicas than `replicas` of the
        settings (2 unless set), but more than none. Recommended, where its own settings let all
        of its pods be away at once; else information.

    Why it matters:
        An evicted pod is gone before its replacement is ready, and on a new Windows node the image
        is pulled first: that takes minutes. The service waits for nodes, not for pods.

    How it is decided:
        By replicas, strategy and kind. poolshift adds a pod to a Deployment that may miss none
        while it moves; a drain by hand or by the service does not.

    What to do:
        Scale it out for the move, or accept the gap and choose its hour.

    Example:
        A StatefulSet with one replica: its pod must be gone before the next one is made.
    """

    id = "PSK226"
    name = "single-replica"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/ungoverned-pods",
        "constraints/constraints/windows-image-pull-time",
    )
    pains = ("M5",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the replicas of each workload that moves."""
        least = context.thresholds.replicas
        for workload, _, _ in moved(context):
            if workload.kind in SCALED and 0 < workload.replicas < least:
                yield self._finding(workload, least)

    def _finding(self, workload: WorkloadFacts, least: int) -> Finding:
        stops = _lowest(workload) == 0
        scale = (
            f"kubectl -n {quote(workload.namespace)} scale {quote(workload.kind.lower())} "
            f"{quote(workload.name)} --replicas {least}"
        )
        return self.finding(
            workload.target,
            severity=None if stops else Severity.INFO,
            what=f"with {workload.replicas} replica it stands still while its pod moves"
            if stops
            else f"with {workload.replicas} replica it stands still if its pod is evicted; "
            "poolshift adds one first",
            why="its pod is away before the next is ready, and a new node pulls the image first",
            fix=f"Scale it out for the move, where it can run twice: {scale}",
            evidence=(
                Evidence("spec/replicas", str(workload.replicas)),
                Evidence("spec/strategy/type", workload.strategy.type or "RollingUpdate"),
            ),
        )


def _lowest(workload: WorkloadFacts) -> int:
    """The lowest ready count that its settings allow; pods of a StatefulSet go before they come."""
    if workload.kind == "StatefulSet":
        return max(workload.replicas - 1, 0)
    strategy = workload.strategy
    live = Workload(spec=WorkloadSpec(replicas=workload.replicas, strategy=strategy))
    return lowest_ready(live, workload.kind)
