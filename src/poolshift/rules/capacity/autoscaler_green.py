"""PSC410: priorities of the autoscaler that name the old pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_PRIORITY = "priority"


class AutoscalerNamesBlue(Rule):
    """The autoscaler's priorities name the old pool, not the new one.

    What it finds:
        A cluster whose autoscaler uses the priority expander with a pattern that names a pool to
        move.

    Why it matters:
        The new pool has another name: it falls to the lowest priority, or to none, and load grows
        on other pools. Green needs the same minimum and maximum, too.

    How it is decided:
        By the expander of the autoscaler's profile and the patterns of its ConfigMap.

    What to do:
        Add a pattern for the new pool before blue is emptied, and take the old one out after.

    Example:
        Priority 50 for .*web22.*, and web22 is replaced by web25.
    """

    id = "PSC410"
    name = "autoscaler-names-old-pool"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/autoscaler-on-green",)
    pains = ("M8", "D10")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for the pools' names in the patterns."""
        if context.snapshot.cluster.autoscaler_profile.get("expander") != _PRIORITY:
            return
        if context.moving_windows:
            yield from self.unread(context, "configmap/cluster-autoscaler-priority-expander")
        for pool, _ in context.moving_windows:
            named = {
                priority: pattern
                for priority, patterns in context.snapshot.config.expander.items()
                for pattern in patterns
                if pool.name in pattern
            }
            if not named:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what="the autoscaler's priorities name it, and its successor has another name",
                why="the new pool falls to another priority, and load grows elsewhere",
                fix="Add the new pool's name beside it before blue is emptied: kubectl edit "
                "configmap -n kube-system cluster-autoscaler-priority-expander",
                evidence=tuple(
                    Evidence(f"config/expander/{priority}", pattern)
                    for priority, pattern in sorted(named.items())
                ),
            )
