"""PSK221: a budget that grants nothing now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.core.finding import Evidence, Severity
from poolshift.core.kube import BudgetSpec
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import is_shipped, listed
from poolshift.semantics.budgets import unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import BudgetFacts
    from poolshift.rules.interface import Context


class BudgetGrantsNothingNow(Rule):
    """A PodDisruptionBudget could grant evictions, and grants none at the moment.

    What it finds:
        A budget over pods on a pool to move, whose status allows no disruption although its
        figures leave pods to spare: some of its pods are not healthy.

    Why it matters:
        A drain waits at the first of its pods until the others are well again. The service's own
        upgrade gives up at the drain timeout, "blocked by pdb", with nodes left cordoned.

    How it is decided:
        By the budget's status: disruptions allowed, healthy pods, and the pods that it needs.
        Budgets that can never grant one are PSK202's; those of kube-system are PSK368's.

    What to do:
        Bring the unready pods back first. poolshift waits for the budget, within its deadline.

    Example:
        minAvailable 2 of three replicas, one of which crashes.
    """

    id = "PSK221"
    name = "budget-zero-now"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/pdb-zero-disruption", "errors/errors/PodDrainFailure")
    pains = ("B19", "M1")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the status of each budget with pods on a pool to move."""
        yield from self.unread(context, "poddisruptionbudgets")
        moving = {pool.name for pool, _ in context.moving}
        for budget in context.snapshot.budgets:
            if is_shipped(budget.target):
                continue
            found = (context.index.workloads.get(target) for target in budget.workloads)
            concerned = any(w is not None and moving & w.pools.keys() for w in found)
            if concerned and budget.expected and not budget.allowed and not _never(budget):
                yield self._finding(budget)

    def _finding(self, budget: BudgetFacts) -> Finding:
        namespace, _, name = budget.target.split("/")
        return self.finding(
            budget.target,
            what="it allows no eviction now: pods under it are not healthy",
            why="a drain waits at its pods, and the service's own gives up at its timeout",
            fix="Bring the unready pods back first: kubectl -n "
            f"{quote(namespace)} describe pdb {quote(name)}",
            evidence=(
                Evidence("status/disruptionsAllowed", str(budget.allowed)),
                Evidence(
                    "status/currentHealthy", f"{budget.healthy} of {budget.expected} expected"
                ),
                Evidence("status/desiredHealthy", str(budget.desired)),
                Evidence("workloads", listed(budget.workloads)),
            ),
        )


def _never(budget: BudgetFacts) -> bool:
    """Whether it can never grant one; of figures that nobody can read PSK202 tells."""
    spec = BudgetSpec(budget.min_available, budget.max_unavailable, budget.selector)
    try:
        return unsatisfiable(spec, budget.expected)
    except UsageError:
        return True
