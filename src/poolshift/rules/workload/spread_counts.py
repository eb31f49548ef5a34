"""PSK227: hard topology spread that counts emptied nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.workload.scope import moved
from poolshift.semantics.spread import constraints

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import WorkloadFacts
    from poolshift.rules.interface import Context


class SpreadCountsEmptied(Rule):
    """A hard topology spread counts nodes that are cordoned or tainted.

    What it finds:
        A workload on a pool to move with a constraint of whenUnsatisfiable DoNotSchedule and
        without nodeTaintsPolicy Honor.

    Why it matters:
        Emptied nodes stay domains with no pod on them, so new nodes take no more than maxSkew
        pods each until the old ones are gone. With as many new nodes as old ones that can work;
        with fewer, as in a move in batches, pods stay Pending.

    How it is decided:
        By the constraints of the template. Whether the move as it is now leaves pods without a
        node is played through by PSK212.

    What to do:
        Set nodeTaintsPolicy: Honor, or ScheduleAnyway, for the time of the move.

    Example:
        maxSkew 1 over kubernetes.io/hostname, DoNotSchedule.
    """

    id = "PSK227"
    name = "hard-spread-counts-emptied"
    severity = Severity.INFO
    sources = ("constraints/constraints/topology-spread-taints-ignored",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the constraints of each workload that moves."""
        for workload, _, _ in moved(context):
            found = tuple(_counting(workload))
            if found:
                yield self.finding(
                    workload.target,
                    what="its hard topology spread counts nodes that are cordoned or tainted",
                    why="emptied nodes hold pods back from the new ones, where these are fewer",
                    fix="Add nodeTaintsPolicy: Honor to the constraint in its template, or use "
                    "whenUnsatisfiable: ScheduleAnyway, for the move",
                    evidence=found,
                )


def _counting(workload: WorkloadFacts) -> Iterator[Evidence]:
    for constraint in constraints(workload.template.spec, "DoNotSchedule"):
        if constraint.node_taints_policy != "Honor":
            yield Evidence(
                "spec/topologySpreadConstraints",
                f"{constraint.topology_key}, maxSkew {constraint.max_skew}",
            )
