"""PSK230: a budget over pods of several pools that move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import BudgetFacts
    from poolshift.rules.interface import Context


class BudgetOverSeveralPools(Rule):
    """A budget governs pods on several pools that move.

    What it finds:
        A budget whose workloads have pods on two or more pools to move.

    Why it matters:
        When those pools are drained at the same time, the drains share what the budget grants.
        Each waits for the other, and where status lags behind, two pods went at once in the past.

    How it is decided:
        By the pools of the pods of the workloads that the budget matches.

    What to do:
        Move these pools one after the other, each with a plan of its own.

    Example:
        shop/cart has pods on ws19 and on web19, and one budget.
    """

    id = "PSK230"
    name = "several-pools-one-budget"
    severity = Severity.INFO
    sources = ("constraints/constraints/pdb-zero-disruption",)
    pains = ("M13",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the pools to move under each budget."""
        yield from self.unread(context, "poddisruptionbudgets")
        moving = {pool.name: to for pool, to in context.moving}
        for budget in context.snapshot.budgets:
            found = (context.index.workloads.get(target) for target in budget.workloads)
            pools = {
                name
                for w in found
                if w is not None and w.kind != "DaemonSet"
                for name in w.pools
                if name in moving
            }
            if len(pools) > 1:
                yield self._finding(budget, {name: moving[name] for name in sorted(pools)})

    def _finding(self, budget: BudgetFacts, pools: dict[str, str]) -> Finding:
        return self.finding(
            budget.target,
            what=f"it governs pods on {len(pools)} pools that move",
            why="drained at the same time, the pools share what this one budget grants",
            fix="Move the pools one after the other: "
            + ", then ".join(
                f"poolshift plan --to {to} --pool {quote(p)}" for p, to in pools.items()
            ),
            evidence=(
                Evidence("pools", listed(pools)),
                Evidence("workloads", listed(budget.workloads)),
            ),
        )
