"""PSK357: rules for system pools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_SYSTEM = "System"


class SystemPoolRules(Rule):
    """A system pool is set or moved in a way that the service refuses.

    What it finds:
        A Windows pool in system mode; maxUnavailable on a system pool; a move of the only system
        pool.

    Why it matters:
        System pools are Linux. One must always remain: the only one can be changed in place, but
        not be replaced before another is there.

    How it is decided:
        By mode, OS and upgrade settings of the pools.

    What to do:
        Set the mode to User, use maxSurge, or add a second system pool first.

    Example:
        upgradeSettings.maxUnavailable 1 on pool agentpool.
    """

    id = "PSK357"
    name = "system-pool-rules"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/first-pool-linux",
        "constraints/constraints/last-system-pool",
        "constraints/constraints/max-unavailable-system",
        "limits/limits/max-unavailable",
        "limits/limits/node-count-range",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every system pool."""
        system = [p for p in context.snapshot.pools if p.mode == _SYSTEM]
        moving = {pool.name: to for pool, to in context.moving}
        unset = context.catalog.limit_text("max-unavailable", "default")
        for pool in system:
            where = context.pool_arguments(pool.name)
            settings = pool.properties.get("upgradeSettings") or {}
            figure = str(settings.get("maxUnavailable") or unset)
            if pool.os_type == "Windows":
                yield self._said(
                    pool.name,
                    "it is a Windows pool in system mode",
                    context.catalog.constraint("first-pool-linux").statement,
                    f"Set its mode: az aks nodepool update {where} --mode User",
                    Evidence(f"pools/{pool.name}/mode", pool.mode),
                )
            if figure.rstrip("%") != unset:
                yield self._said(
                    pool.name,
                    "it is a system pool with maxUnavailable, which takes maxSurge alone",
                    context.catalog.constraint("max-unavailable-system").statement,
                    f"az aks nodepool update {where} --max-unavailable {unset} --max-surge "
                    f"{context.catalog.limit_text('max-surge', 'recommended_production')}",
                    Evidence(f"pools/{pool.name}/upgradeSettings/maxUnavailable", figure),
                )
            if len(system) == 1 and pool.name in moving and pool.os_type == "Linux":
                yield self._said(
                    pool.name,
                    "it is the only system pool: it can be changed in place, but not be replaced",
                    context.catalog.constraint("last-system-pool").statement,
                    "To replace it, add another one first: az aks nodepool add "
                    f"{context.pool_arguments('NEWPOOL')} --mode System --os-sku "
                    f"{moving[pool.name]}",
                    Evidence("pools/system", pool.name),
                    severity=Severity.INFO,
                )

    def _said(
        self,
        pool: str,
        what: str,
        why: str,
        fix: str,
        evidence: Evidence,
        *,
        severity: Severity | None = None,
    ) -> Finding:
        return self.finding(
            f"pool/{pool}", what=what, why=why, fix=fix, evidence=(evidence,), severity=severity
        )
