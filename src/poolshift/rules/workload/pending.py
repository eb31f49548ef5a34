"""PSK240: pods that find no node before the move begins."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.pins import is_windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import WorkloadFacts
    from poolshift.rules.interface import Context


class PendingNow(Rule):
    """Windows pods wait for a node now, before the move.

    What it finds:
        A workload for Windows, or with pods on a pool to move, with pods in Pending on no node.

    Why it matters:
        A move makes nothing fit that does not fit now. Pods that wait count as not healthy, which
        stops budgets and gates; and where room is short, the green nodes fill up with what waited,
        in place of what moves.

    How it is decided:
        By phase and node of the pods in the snapshot. A pod that was just made counts as well:
        take a new snapshot to be sure.

    What to do:
        Read why they wait, and give them what they miss, before the move.

    Example:
        Two of five pods wait: Insufficient memory.
    """

    id = "PSK240"
    name = "pending-now"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/pdb-zero-disruption",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the pods on no node of each workload."""
        waiting = Counter(
            pod.workload for pod in context.index.pods_by_node.get("", ()) if pod.phase == "Pending"
        )
        moving = {pool.name for pool, _ in context.moving}
        for target, count in sorted(waiting.items()):
            workload = context.index.workloads.get(target)
            if workload is None:
                continue
            if is_windows(workload.template.spec) or moving & workload.pools.keys():
                yield self._finding(workload, count)

    def _finding(self, workload: WorkloadFacts, count: int) -> Finding:
        return self.finding(
            workload.target,
            what="pods of it wait for a node now, before the move",
            why="they count as not healthy, and take room on the new nodes that others need",
            fix=f"Read why they wait: kubectl -n {quote(workload.namespace)} get events "
            "--field-selector reason=FailedScheduling",
            evidence=(Evidence("status/phase", f"{count} of {workload.replicas} Pending"),),
        )
