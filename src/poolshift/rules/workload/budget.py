"""PSK202: a budget under which no pod can ever be evicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.core.finding import Evidence, Severity
from poolshift.core.kube import BudgetSpec
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.budgets import unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import BudgetFacts
    from poolshift.rules.interface import Context


class UnsatisfiableBudget(Rule):
    """A PodDisruptionBudget never allows an eviction, even with every pod healthy.

    What it finds:
        A budget whose figures leave no pod to spare: minAvailable at or above the pods expected,
        or maxUnavailable zero.

    Why it matters:
        No drain of its pods can end, and the service refuses to upgrade or delete a pool with
        UnsatisfiablePDB.

    How it is decided:
        By the arithmetic of the budget against the pods it expects, both as the cluster reports
        them. Budgets with pods on a pool to move keep a plan from being carried out; others are
        reported.

    What to do:
        Scale the workload out by one, or change the budget to leave one pod to spare.

    Example:
        minAvailable 3 for three replicas.
    """

    id = "PSK202"
    name = "unsatisfiable-budget"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/pdb-zero-disruption", "errors/errors/UnsatisfiablePDB")
    pains = ("B19", "B20", "M1")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold every budget against its own pods."""
        yield from self.unread(context, "poddisruptionbudgets")
        for budget in context.snapshot.budgets:
            spec = BudgetSpec(budget.min_available, budget.max_unavailable, budget.selector)
            try:
                stuck = unsatisfiable(spec, budget.expected)
            except UsageError as error:
                yield self.not_checked(budget.target, error.line())
                continue
            if stuck:
                yield self._stuck(context, budget)

    def _stuck(self, context: Context, budget: BudgetFacts) -> Finding:
        concerned = _is_concerned(context, budget)
        namespace, _, name = budget.target.split("/")
        figure = (
            f"minAvailable {budget.min_available}"
            if budget.max_unavailable is None
            else f"maxUnavailable {budget.max_unavailable}"
        )
        return self.finding(
            budget.target,
            severity=Severity.REQUIRED if concerned else Severity.RECOMMENDED,
            what=f"{figure} for {budget.expected} expected pods allows no eviction, ever",
            why="a drain of these pods cannot end, and the service refuses with UnsatisfiablePDB",
            fix="Scale the workload out by one, or leave one to spare: kubectl -n "
            f"{quote(namespace)} patch pdb {quote(name)} --type merge "
            """-p '{"spec":{"minAvailable":null,"maxUnavailable":1}}'""",
            evidence=(
                Evidence("spec", figure),
                Evidence("status/expectedPods", str(budget.expected)),
                Evidence("workloads", ", ".join(budget.workloads) or "none"),
            ),
            blocks=concerned,
        )


def _is_concerned(context: Context, budget: BudgetFacts) -> bool:
    """Whether pods under the budget sit on a pool to move."""
    moving = {pool.name for pool, _ in context.moving} if context.to else set()
    workloads = (context.snapshot.workload(target) for target in budget.workloads)
    return any(w is not None and moving & set(w.pools) for w in workloads)
