"""PSK223: budgets that came with a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.core.finding import Evidence, Severity
from poolshift.core.kube import BudgetSpec
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import listed
from poolshift.semantics.budgets import unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import BudgetFacts
    from poolshift.rules.interface import Context

_TOOLS = {"helm": "Helm", "argocd": "Argo CD", "flux": "Flux"}


class BudgetOfRelease(Rule):
    """A budget that holds up the move came with a chart or from a repository.

    What it finds:
        A budget over pods on a pool to move that allows no eviction now or ever, and that is part
        of a Helm release or belongs to Argo CD or Flux.

    Why it matters:
        Few know the budgets that charts bring along. Changed in the cluster, the next upgrade or
        sync of its owner sets it back, maybe in the middle of the drain.

    How it is decided:
        By the marks that the owners leave on the budget. Budgets that grant evictions hold up
        nothing, and are left out.

    What to do:
        Change the figure at its source: the values of the release, or the repository.

    Example:
        The webhook of an identity add-on, with a budget of minAvailable 1 for one replica.
    """

    id = "PSK223"
    name = "budget-of-release"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/pdb-zero-disruption",)
    pains = ("B21",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the owners of the budgets that hold up a pool to move."""
        yield from self.unread(context, "poddisruptionbudgets")
        moving = {pool.name for pool, _ in context.moving}
        for budget in context.snapshot.budgets:
            if not (budget.release or budget.managed_by) or not _holds_up(budget):
                continue
            found = (context.index.workloads.get(target) for target in budget.workloads)
            if any(w is not None and moving & w.pools.keys() for w in found):
                yield self._finding(budget)

    def _finding(self, budget: BudgetFacts) -> Finding:
        namespace = budget.target.split("/")[0]
        owner = _TOOLS.get(budget.managed_by, "Helm")
        where = (
            f"in the values of release {budget.release}: helm -n {quote(namespace)} get values "
            f"{quote(budget.release)} --all"
            if budget.release
            else f"at the source that {owner} applies"
        )
        return self.finding(
            budget.target,
            what=f"this budget holds up the move, and {owner} owns it",
            why="changed in the cluster alone, its owner sets it back at the next upgrade or sync",
            fix=f"Change it {where}",
            evidence=(
                Evidence("owner", owner),
                Evidence("release", budget.release or "none named"),
                Evidence("status/disruptionsAllowed", str(budget.allowed)),
                Evidence("workloads", listed(budget.workloads)),
            ),
        )


def _holds_up(budget: BudgetFacts) -> bool:
    if not budget.expected:
        return False
    if not budget.allowed:
        return True
    spec = BudgetSpec(budget.min_available, budget.max_unavailable, budget.selector)
    try:
        return unsatisfiable(spec, budget.expected)
    except UsageError:
        return False
