"""Rollouts that never come to their end: by their own settings, or without breaking a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.errors import UsageError
from poolshift.core.kube import BudgetSpec, Workload, WorkloadSpec
from poolshift.semantics.budgets import resolve
from poolshift.semantics.rollout import lowest_ready

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.core.snapshot import BudgetFacts, WorkloadFacts


class Standstill(msgspec.Struct, frozen=True):
    """Why a rollout cannot come to its end, and what lets it.

    `spare` is how many pods the budget lets be missing; None where no budget is in the way.
    """

    why: str
    fix: str
    budget: str = ""
    spare: int | None = None


def standstill(workload: WorkloadFacts, budgets: Iterable[BudgetFacts]) -> Standstill | None:
    """What keeps a rollout of the workload's template from its end; None for nothing known."""
    if not workload.replicas:
        return None
    if workload.kind == "StatefulSet":
        held = _held_back(workload)
        if held is not None:
            return held
    if workload.kind not in ("Deployment", "StatefulSet"):
        return None
    found = (_by_budget(workload, b) for b in budgets if workload.target in b.workloads)
    return next((f for f in found if f is not None), None)


def _held_back(workload: WorkloadFacts) -> Standstill | None:
    """A StatefulSet whose controller leaves some pods on the old template."""
    if workload.strategy.type == "OnDelete":
        return Standstill(
            "its update strategy is OnDelete: no pod gets the new template before somebody "
            "deletes it",
            "Set its updateStrategy to RollingUpdate for the move, then plan again",
        )
    rolling = workload.strategy.rolling_update
    partition = rolling.partition if rolling else None
    if not partition:
        return None
    kept = min(partition, workload.replicas)
    return Standstill(
        f"its partition of {partition} keeps {kept} of its {workload.replicas} pods on the old "
        "template",
        "Set its partition to 0 for the move, then plan again",
    )


def _by_budget(workload: WorkloadFacts, budget: BudgetFacts) -> Standstill | None:
    """A budget that the rollout would break even with every other pod under it healthy.

    A rollout does not ask the Eviction API, so its own settings must keep the budget.
    """
    replicas = workload.replicas
    expected = max(budget.expected, replicas)
    spec = BudgetSpec(budget.min_available, budget.max_unavailable, budget.selector)
    try:
        needed = resolve(spec, expected).desired_healthy
    except UsageError:
        return None
    strategy = workload.strategy
    live = Workload(
        spec=WorkloadSpec(replicas=replicas, strategy=strategy, update_strategy=strategy)
    )
    lowest = lowest_ready(live, workload.kind) + expected - replicas
    if lowest >= needed:
        return None
    spare = max(expected - needed, 0)
    name = budget.target.rsplit("/", 1)[-1]
    return Standstill(
        f"its rollout may leave {lowest} of {expected} pods ready, and the budget {name} needs "
        f"{needed}",
        _fix(workload, name, spare),
        budget.target,
        spare,
    )


def _fix(workload: WorkloadFacts, budget: str, spare: int) -> str:
    if workload.kind == "StatefulSet":
        return f"Let the budget {budget} miss a pod more, or add a replica, then plan again"
    surge = "" if spare else " and its maxSurge to 1"
    return (
        f"Set its strategy to RollingUpdate with maxUnavailable {spare}{surge}, or let the budget "
        f"{budget} miss more, then plan again"
    )
