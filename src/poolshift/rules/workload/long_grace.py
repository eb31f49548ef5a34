"""PSK228: pods that take long to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.workload.scope import moved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog import Catalog
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_MINUTE = 60


class LongGrace(Rule):
    """The pods of a workload may take long to stop, measured by the drain timeout.

    What it finds:
        A workload on a pool to move whose terminationGracePeriodSeconds reaches the drain timeout
        of its pool, or lies above `grace_minutes` of the settings (10 unless set).

    Why it matters:
        The service gives each node one drain timeout for all of its pods. One that may take as
        long by itself makes an upgrade fail with PodDrainFailure. And each such pod lengthens
        the move by its grace period.

    How it is decided:
        By the template's grace period, against drainTimeoutInMinutes of the pool's upgrade
        settings or its default. A pod that stops sooner costs no more than it takes.

    What to do:
        Raise the drain timeout of the pool, or lower the grace period to what the pod needs.

    Example:
        terminationGracePeriodSeconds: 3600 with the default drain timeout.
    """

    id = "PSK228"
    name = "long-grace"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/drain-timeout-windows",
        "limits/limits/drain-timeout",
        "errors/errors/PodDrainFailure",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the grace period of each workload that moves against both limits."""
        for workload, pool, _ in moved(context):
            seconds = workload.template.spec.termination_grace_period_seconds
            timeout = _timeout_minutes(pool, context.catalog)
            outlives = seconds >= timeout * _MINUTE
            if not outlives and seconds <= context.thresholds.grace_minutes * _MINUTE:
                continue
            most = context.catalog.limit_number("drain-timeout", "max")
            minutes = min(-(-seconds // _MINUTE) * 2, most)
            yield self.finding(
                workload.target,
                severity=None if outlives else Severity.INFO,
                what=f"a pod of it may take {seconds // _MINUTE} minutes to stop"
                + (f"; a node has {timeout} minutes to be drained" if outlives else ""),
                why="one drain timeout holds for all pods of a node"
                if outlives
                else "the move waits for each of its pods that long at most",
                fix="Give nodes more time: az aks nodepool update "
                f"{context.pool_arguments(pool.name)} --drain-timeout {minutes}"
                if outlives
                else "Lower terminationGracePeriodSeconds to what its pods need, or plan the time",
                evidence=(
                    Evidence("spec/terminationGracePeriodSeconds", str(seconds)),
                    Evidence(f"pools/{pool.name}/drainTimeoutInMinutes", str(timeout)),
                ),
            )


def _timeout_minutes(pool: PoolFacts, catalog: Catalog) -> int:
    settings = pool.properties.get("upgradeSettings")
    found = settings.get("drainTimeoutInMinutes") if isinstance(settings, dict) else None
    return found if isinstance(found, int) else catalog.limit_number("drain-timeout", "default")
