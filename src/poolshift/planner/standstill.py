"""Rollouts of a plan that can never come to their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.plan import Blocker, Move, PlanWorkload
from poolshift.semantics.standstill import standstill

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.core.snapshot import Snapshot

RULE = "PSK211"
ROLLS_OUT = (Move.RETARGET, Move.WAIT_FOR_OWNER)


def standing_still(workloads: Iterable[PlanWorkload], snapshot: Snapshot) -> tuple[Blocker, ...]:
    """A blocker for each workload whose template changes and whose rollout cannot end."""
    blockers = []
    for planned in (w for w in workloads if w.move in ROLLS_OUT):
        live = snapshot.workload(planned.target)
        found = standstill(live, snapshot.budgets) if live else None
        if found is not None:
            blockers.append(Blocker(RULE, planned.target, found.why, found.fix))
    return tuple(blockers)
