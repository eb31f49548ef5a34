"""PSK202: a budget under which no pod can ever be evicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.core.finding import Evidence, Severity
from poolshift.core.kube import BudgetSpec
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import listed
from poolshift.semantics.budgets import UNSCALED, counts_pods, unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import BudgetFacts, WorkloadFacts
    from poolshift.rules.interface import Context


class UnsatisfiableBudget(Rule):
    """A PodDisruptionBudget never allows an eviction, even with every pod healthy.

    What it finds:
        A budget whose figures leave no pod to spare: minAvailable at or above the pods expected,
        or maxUnavailable zero. And a budget whose pods cannot be counted: maxUnavailable, or a
        percentage, over pods of a DaemonSet or a Job.

    Why it matters:
        No drain of its pods can end, and the service refuses to upgrade or delete a pool with
        UnsatisfiablePDB.

    How it is decided:
        By the arithmetic of the budget against the pods it expects, both as the cluster reports
        them. Budgets with pods on a pool to move keep a plan from being carried out; others are
        reported. One that expects none, counts by its controllers' scale and has workloads
        without a scale under it failed to count them: it allows nothing for any of its pods.

    What to do:
        Scale the workload out by one, or change the budget to leave one pod to spare. Of one that
        cannot count, make the selector leave out the pods of DaemonSets and Jobs.

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
            elif not budget.expected and not counts_pods(spec):
                yield from self._uncounted(context, budget)

    def _stuck(self, context: Context, budget: BudgetFacts) -> Finding:
        concerned = _is_concerned(context, _workloads(context, budget))
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

    def _uncounted(self, context: Context, budget: BudgetFacts) -> Iterator[Finding]:
        found = _workloads(context, budget)
        unscaled = [w.target for w in found if w.kind in UNSCALED and w.pools]
        # A drain leaves the pods of DaemonSets where they are.
        others = [w for w in found if w.kind != "DaemonSet" and w.pools]
        if not unscaled or budget.allowed:
            return
        namespace, _, name = budget.target.split("/")
        concerned = _is_concerned(context, others)
        yield self.finding(
            budget.target,
            severity=Severity.REQUIRED if concerned else Severity.RECOMMENDED,
            what="its pods cannot be counted, so it allows no eviction, ever",
            why="it counts by the scale of their controllers, and DaemonSets and Jobs have none",
            fix="Make its selector leave those pods out, or use minAvailable with a number: "
            f"kubectl -n {quote(namespace)} describe pdb {quote(name)}",
            evidence=(
                Evidence("status/expectedPods", "0"),
                Evidence("without a scale", listed(unscaled)),
                Evidence("workloads", listed(budget.workloads)),
            ),
            blocks=concerned,
        )


def _workloads(context: Context, budget: BudgetFacts) -> list[WorkloadFacts]:
    found = (context.snapshot.workload(target) for target in budget.workloads)
    return [w for w in found if w is not None]


def _is_concerned(context: Context, workloads: Iterable[WorkloadFacts]) -> bool:
    """Whether pods of these sit on a pool to move."""
    moving = {pool.name for pool, _ in context.moving}
    return any(moving & set(w.pools) for w in workloads)
