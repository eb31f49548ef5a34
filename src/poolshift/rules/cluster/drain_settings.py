"""PSK358: upgrade settings that do not fit the pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_LIMIT = "drain-timeout"
_CORDON = "Cordon"


class DrainSettings(Rule):
    """The upgrade settings of a pool do not fit the pods on it.

    What it finds:
        Pools to move whose drain timeout is shorter than the longest grace period of a pod there,
        and pools whose undrainable nodes are set aside.

    Why it matters:
        An upgrade or a change in place drains with these settings, and a copy of the pool keeps
        them. A pod that takes longer to stop than the timeout fails the upgrade; nodes set aside
        stay and are billed, and use up the surge.

    How it is decided:
        By upgradeSettings, the documented default, and terminationGracePeriodSeconds of the
        workloads with pods on the pool.

    What to do:
        Set a drain timeout above the longest grace period. poolshift's own drain waits for each
        pod's grace period and does not use this setting.

    Example:
        A grace period of 40 minutes, and the default timeout of 30.
    """

    id = "PSK358"
    name = "drain-settings"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/undrainable-node-behaviour",
        "constraints/constraints/max-blocked-nodes",
        "constraints/constraints/drain-timeout-windows",
        "constraints/constraints/node-soak",
        "constraints/constraints/surge-quota",
        f"limits/limits/{_LIMIT}",
        "limits/limits/node-soak",
        "limits/limits/max-surge",
    )
    pains = ("M2", "M4")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the settings of each pool to move."""
        if not context.moving:
            return
        longest = _longest(context)
        for pool, _ in context.moving:
            settings = pool.properties.get("upgradeSettings") or {}
            where = context.pool_arguments(pool.name)
            path = f"pools/{pool.name}/upgradeSettings"
            set_to = settings.get("drainTimeoutInMinutes")
            minutes = set_to or context.catalog.limit_number(_LIMIT, "default")
            seconds, workload = longest.get(pool.name, (0, ""))
            if seconds > minutes * 60:
                wanted = min(
                    -(-seconds // 60) + minutes, context.catalog.limit_number(_LIMIT, "max")
                )
                yield self.finding(
                    f"pool/{pool.name}",
                    what=f"an upgrade waits {minutes} minutes for a node's pods, one of which may "
                    f"take {-(-seconds // 60)} to stop",
                    why=context.catalog.constraint("drain-timeout-windows").statement,
                    fix=f"az aks nodepool update {where} --drain-timeout {wanted}",
                    evidence=(
                        Evidence(f"{path}/drainTimeoutInMinutes", str(set_to or "default")),
                        Evidence(f"{workload}/terminationGracePeriodSeconds", str(seconds)),
                    ),
                )
            if settings.get("undrainableNodeBehavior") == _CORDON:
                yield self._set_aside(context, pool, where)

    def _set_aside(self, context: Context, pool: PoolFacts, where: str) -> Finding:
        return self.finding(
            f"pool/{pool.name}",
            severity=Severity.INFO,
            what="an upgrade sets nodes aside that it cannot drain, and goes on",
            why=context.catalog.constraint("undrainable-node-behaviour").consequence,
            fix="After an upgrade or change in place look for them: kubectl get nodes -l "
            "kubernetes.azure.com/upgrade-status=Quarantined; to have it stop instead: "
            f"az aks nodepool update {where} --undrainable-node-behavior Schedule",
            evidence=(
                Evidence(f"pools/{pool.name}/upgradeSettings/undrainableNodeBehavior", _CORDON),
            ),
        )


def _longest(context: Context) -> dict[str, tuple[int, str]]:
    """The longest grace period in seconds by pool, with the workload that has it."""
    found: dict[str, tuple[int, str]] = {}
    for workload in context.snapshot.workloads:
        seconds = workload.template.spec.termination_grace_period_seconds
        for pool in workload.pools:
            if seconds > found.get(pool, (0, ""))[0]:
                found[pool] = (seconds, workload.target)
    return found
