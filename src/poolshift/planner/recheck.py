"""A plan's blockers, looked for again on a fresh snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Assessment, Verdict
from poolshift.core.plan import Blocker, Plan
from poolshift.planner.build import blocking_findings
from poolshift.planner.standstill import standing_still
from poolshift.semantics.images import explain_verdict, verdict

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.core.snapshot import Snapshot


def recheck(
    plan: Plan, snapshot: Snapshot, catalog: Catalog, assessment: Assessment
) -> tuple[Blocker, ...]:
    """The plan's own blockers, what the rules block now, and images that no longer fit."""
    blockers = list(plan.blockers)
    blockers += blocking_findings(assessment, {p.blue for p in plan.pools}, blockers)
    known = {(b.rule, b.target) for b in blockers}
    still = standing_still(plan.workloads, snapshot)
    blockers += [b for b in still if (b.rule, b.target) not in known]
    for workload in plan.workloads:
        for change in workload.images:
            facts = snapshot.image(change.new)
            gone = snapshot.unknown_reason(f"image/{change.new}")
            if facts is not None and verdict(facts, plan.to, catalog) is Verdict.REBUILD:
                gone = explain_verdict(facts, plan.to, catalog)
            named = any(b.target == workload.target for b in plan.blockers)
            if gone is not None and not named:
                blockers.append(
                    Blocker(
                        rule="PSW104",
                        target=workload.target,
                        why=f"the new image {change.new} cannot be used: {gone}",
                        fix="Push it again, then apply again",
                    )
                )
    return (*blockers, *_newcomers(plan, snapshot))


def _newcomers(plan: Plan, snapshot: Snapshot) -> tuple[Blocker, ...]:
    """Workloads on the pools to move that came after the plan was made."""
    blues = {p.blue for p in plan.pools}
    known = {w.target for w in plan.workloads} | {b.target for b in plan.blockers}
    return tuple(
        Blocker(
            rule="PSK209",
            target=w.target,
            why="it has pods on a pool that moves, and came after the plan was made",
            fix="Plan again, look at the plan, and apply that",
        )
        for w in snapshot.workloads
        if w.target not in known
        and w.kind not in ("Job", "DaemonSet")
        and any(w.pools.get(blue) for blue in blues)
    )
