"""PSK211: a rollout that the move needs and that can never come to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.workload.scope import template_changes
from poolshift.semantics.standstill import standstill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class RolloutStandsStill(Rule):
    """The move changes a template whose rollout can never come to its end.

    What it finds:
        A Windows Deployment or StatefulSet on a pool to move, whose image or selector must change,
        and whose rollout its own settings hold back (OnDelete, a partition) or a budget forbids.

    Why it matters:
        A rollout does not ask the Eviction API, so poolshift starts none that may break a budget:
        the run would wait for ever. A rollout that is held back leaves pods on the old version.

    How it is decided:
        The lowest ready count that the workload's own settings allow, plus all other pods under
        the budget, is held against what the budget needs; all pods count as healthy.

    What to do:
        Lower maxUnavailable of the workload to what the budget grants (0 with a maxSurge of 1
        always does), or let the budget grant more, for the move.

    Example:
        shop/Deployment/cart has 8 replicas and the default strategy (2 may be missing), and its
        budget has maxUnavailable 1.
    """

    id = "PSK211"
    name = "rollout-stands-still"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/rollout-ignores-pdb",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every workload whose template the move changes."""
        for pool, to in context.moving_windows:
            for workload in context.workloads_on(pool):
                found = standstill(
                    workload, context.index.budgets_of_workload.get(workload.target, ())
                )
                if found is None or not template_changes(context, workload, to):
                    continue
                yield self.finding(
                    workload.target,
                    what="the rollout that the move needs cannot come to its end",
                    why=found.why,
                    fix=found.fix,
                    evidence=(
                        Evidence("spec/replicas", str(workload.replicas)),
                        Evidence("spec/strategy/type", workload.strategy.type or "RollingUpdate"),
                        *((Evidence("budget", found.budget),) if found.budget else ()),
                    ),
                    blocks=True,
                )
