"""PSK228: pods that take long to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.workload.scope import moved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_MINUTE = 60


class LongGrace(Rule):
    """The pods of a workload may take long to stop, and the move waits for each of them.

    What it finds:
        A workload on a pool to move whose terminationGracePeriodSeconds lies above
        `grace_minutes` of the settings (10 unless set).

    Why it matters:
        A node is empty when its last pod is gone. With budgets that let one pod go at a time, the
        grace periods of all pods add up, and a move of an hour becomes one of a day.

    How it is decided:
        By the template's grace period: a pod that stops sooner costs no more than it takes. Against
        the drain timeout of the pool another rule holds it.

    What to do:
        Lower the grace period to what the pods need, or plan the time.

    Example:
        terminationGracePeriodSeconds: 3600, for twelve replicas and a budget of maxUnavailable 1.
    """

    id = "PSK228"
    name = "long-grace"
    severity = Severity.INFO
    sources = ("constraints/constraints/drain-timeout-windows",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the grace period of each workload that moves against the settings."""
        for workload, pool, _ in moved(context):
            seconds = workload.template.spec.termination_grace_period_seconds
            if seconds <= context.thresholds.grace_minutes * _MINUTE:
                continue
            pods = workload.pools[pool.name]
            yield self.finding(
                workload.target,
                what=f"a pod of it may take {seconds // _MINUTE} minutes to stop",
                why=f"a node is empty when its last pod is gone; {pool.name} has {pods} of them",
                fix="Lower terminationGracePeriodSeconds to what its pods need, or plan the time",
                evidence=(
                    Evidence("spec/terminationGracePeriodSeconds", str(seconds)),
                    Evidence(f"pods on {pool.name}", str(pods)),
                ),
            )
