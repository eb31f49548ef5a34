"""PSK222: pods under two budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import moved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class OverlappingBudgets(Rule):
    """Two PodDisruptionBudgets match the same pods, so none of them can be evicted.

    What it finds:
        A workload with pods on a pool to move, whose labels two or more budgets of its namespace
        match.

    Why it matters:
        The Eviction API supports one budget a pod: with two it answers 500 to every eviction, for
        ever. No drain ends, whoever does it.

    How it is decided:
        By the selectors of the budgets against the labels of the template.

    What to do:
        Keep one budget, or make the selectors apart. Where a chart brings one of its own, take
        the other one away.

    Example:
        A budget for app: cart beside one with an empty selector, which matches all pods of the
        namespace.
    """

    id = "PSK222"
    name = "overlapping-budgets"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/pdb-zero-disruption",)
    pains = ("B19",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the budgets of each workload that moves."""
        yield from self.unread(context, "poddisruptionbudgets")
        for workload, _, _ in moved(context):
            budgets = context.index.budgets_of_workload.get(workload.target, ())
            if len(budgets) < 2:
                continue
            names = " ".join(quote(b.target.rsplit("/", 1)[-1]) for b in budgets)
            yield self.finding(
                workload.target,
                what=f"{len(budgets)} budgets match its pods, so none can be evicted",
                why="the Eviction API answers 500 for a pod with more than one budget",
                fix="Keep one of them, or make their selectors apart: kubectl -n "
                f"{quote(workload.namespace)} get pdb {names} -o yaml",
                evidence=tuple(Evidence("budget", b.target) for b in budgets),
            )
