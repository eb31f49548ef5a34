"""PSK230: budgets over pods of several pools that move."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class BudgetOverSeveralPools(Rule):
    """Budgets govern pods on several pools that move.

    What it finds:
        Pools to move that have budgets in common: workloads with pods on two or more of them. One
        finding for each set of pools.

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
        """Gather the budgets under which pods of several pools to move are."""
        yield from self.unread(context, "poddisruptionbudgets")
        moving = {pool.name: to for pool, to in context.moving}
        shared: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
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
                shared[tuple(sorted(pools))].append(budget.target)
        for pools_together, budgets in sorted(shared.items()):
            yield self._finding({name: moving[name] for name in pools_together}, budgets)

    def _finding(self, pools: dict[str, str], budgets: list[str]) -> Finding:
        many = len(budgets) > 1
        return self.finding(
            "cluster",
            what=f"{len(budgets)} budget{'s' if many else ''} govern{'' if many else 's'} pods on "
            f"{' and '.join(pools)}, which all move",
            why="drained at the same time, these pools share what one budget grants",
            fix="Move the pools one after the other: "
            + ", then ".join(
                f"poolshift plan --to {to} --pool {quote(p)} --out {quote(p)}.yaml"
                for p, to in pools.items()
            ),
            evidence=(
                Evidence("pools", listed(pools)),
                Evidence("budgets", listed(budgets)),
            ),
        )
