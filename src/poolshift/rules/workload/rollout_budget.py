"""PSK225: a rollout by hand that would go below a budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.workload.scope import moved, template_changes
from poolshift.semantics.standstill import standstill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class RolloutIgnoresBudget(Rule):
    """A change of this template takes more pods away than its budget allows.

    What it finds:
        A workload on a pool to move whose template need not change, and whose own settings let a
        rollout go below its budget.

    Why it matters:
        Budgets guard evictions only. poolshift drains such a workload, which keeps the budget; a
        selector or an image changed by hand, or by its owner, starts a rollout that does not ask
        it.

    How it is decided:
        The lowest ready count that its strategy allows, against what the budget needs. Where the
        move itself needs the rollout, PSK211 says so.

    What to do:
        Lower maxUnavailable to what the budget grants before anybody changes the template.

    Example:
        Eight replicas, the default strategy (two may be missing), a budget of maxUnavailable 1.
    """

    id = "PSK225"
    name = "rollout-ignores-budget"
    severity = Severity.INFO
    sources = ("constraints/constraints/rollout-ignores-pdb",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the strategy of each workload that is drained against its budgets."""
        yield from self.unread(context, "poddisruptionbudgets")
        for workload, pool, to in moved(context):
            budgets = context.index.budgets_of_workload.get(workload.target, ())
            found = standstill(workload, budgets) if budgets else None
            if found is None or not found.budget:
                continue
            if pool.os_type == "Windows" and template_changes(context, workload, to):
                continue
            yield self.finding(
                workload.target,
                what="a change of its template takes more pods away than its budget allows",
                why=found.why,
                fix=found.fix.replace(", then plan again", "") + ", before its template changes",
                evidence=(
                    Evidence("budget", found.budget),
                    Evidence("spec/replicas", str(workload.replicas)),
                ),
            )
