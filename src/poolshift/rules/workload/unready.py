"""PSK241: workloads that are not well before the move begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import SCALED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import WorkloadFacts
    from poolshift.rules.interface import Context


class UnreadyNow(Rule):
    """A workload has fewer ready pods than it asks for, before the move.

    What it finds:
        A Deployment, StatefulSet or DaemonSet with pods on a pool to move, some of whose pods
        are not ready.

    Why it matters:
        Gates compare with what was well before: what is broken now cannot tell whether the move
        broke it. Its budget has less to give, and a rollout does not end.

    How it is decided:
        Ready pods against the replicas asked for. Pods that wait for a node are PSK240's and are
        taken off; what just starts counts as well, so take a new snapshot to be sure.

    What to do:
        Repair it, or scale it to what runs, before the move.

    Example:
        shop/Deployment/cart has 2 of 3 pods ready; the third crashes.
    """

    id = "PSK241"
    name = "unready-now"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/pdb-zero-disruption",)
    pains = ("V6",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the ready pods of each workload on a pool to move."""
        moving = {pool.name for pool, _ in context.moving}
        for workload in context.snapshot.workloads:
            if workload.kind not in (*SCALED, "DaemonSet") or not moving & workload.pools.keys():
                continue
            if workload.ready >= workload.replicas:
                continue
            pods = context.index.pods_by_workload.get(workload.target, ())
            waiting = sum(p.phase == "Pending" and not p.node for p in pods)
            if workload.replicas - workload.ready > waiting:
                yield self._finding(workload)

    def _finding(self, workload: WorkloadFacts) -> Finding:
        chosen = ",".join(f"{k}={v}" for k, v in sorted(workload.selector.match_labels.items()))
        return self.finding(
            workload.target,
            what="pods of it are not ready now, before the move",
            why="what is broken now cannot tell whether the move broke it, and its budget has "
            "less to give",
            fix=f"Repair it first: kubectl -n {quote(workload.namespace)} get pods"
            + (f" -l {quote(chosen)}" if chosen else ""),
            evidence=(
                Evidence("status/readyReplicas", f"{workload.ready} of {workload.replicas}"),
            ),
        )
