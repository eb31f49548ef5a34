"""PSW101: an OS that is past an end of its support, or has one ahead."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from poolshift.catalog.model.base import END_KINDS
from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.support import claims_on, deadlines, effective_os, end_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Deadline, Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_STOPS = {
    "create": "no new pool can be made",
    "patch": "no images and no security fixes come",
    "upgrade": "the pool takes no Kubernetes upgrade",
    "scale": "node images are gone, so scale-out and reimage fail",
}


class OsSupportEnd(Rule):
    """A pool's OS is past an end of its support, or has a dated end ahead.

    What it finds:
        A pool whose OS version has stopped being created, patched, upgraded or scaled, or stops
        on a day that is known. The four happen on four days.

    Why it matters:
        After the patch day the nodes carry known holes. After the scale day the pool cannot grow,
        replace a broken node or come back from a stop: the way back by scaling out is gone too.

    How it is decided:
        By the dated claims of the catalog for the OS that the pool really runs (an unversioned OS
        SKU is resolved by node image and Kubernetes version). The newest official claim wins; one
        that names Kubernetes minors counts only at those. Other claims are in the evidence. A day
        that has passed makes the finding required, one within `soon_days` of the settings (a year
        unless set) recommended, a later one info. An OS without a record is not checked.

    What to do:
        Move the pool to its successor before the scale day, while it can still be taken back.

    Example:
        pool/wspool runs Windows Server 2019: patch has ended, and scale ends in four months.
    """

    id = "PSW101"
    name = "os-support-end"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/windows2019-retired",
        "constraints/constraints/windows2022-max-136",
        "constraints/constraints/azure-linux-2-dead",
        "constraints/constraints/flatcar-gone",
        "constraints/constraints/osguard-retires",
        "constraints/constraints/windows-annual-retired",
    )
    pains = ("B5", "B6")

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every pool's OS."""
        for pool in context.snapshot.pools:
            os_id = effective_os(pool, context.catalog)
            if os_id is None:
                yield self.not_checked(
                    f"pool/{pool.name}",
                    f"the catalog does not say which OS {pool.os_sku or 'an empty osSKU'} is at "
                    f"Kubernetes {pool.kubernetes_version}",
                )
                continue
            yield from self._of_pool(context, pool, os_id)

    def _of_pool(self, context: Context, pool: PoolFacts, os_id: str) -> Iterator[Finding]:
        days = deadlines(pool, context.catalog)
        if not days:
            return
        today = context.as_of.isoformat()
        past = [d for d in days if d.on <= today]
        ahead = [d for d in days if d.on > today]
        soon = (context.as_of + timedelta(days=context.thresholds.soon_days)).isoformat()
        nearest = ahead[0] if ahead else past[-1]
        severity = Severity.RECOMMENDED if ahead and ahead[0].on <= soon else Severity.INFO
        found = context.catalog.sku(os_id) or context.catalog.release(os_id)
        yield self.finding(
            f"pool/{pool.name}",
            severity=Severity.REQUIRED if past else severity,
            what=f"{found.product if found else os_id}: {_said(past, ahead)}",
            why="; ".join(f"after {d.on} {_STOPS[d.what]}" for d in days),
            fix=_fix(context, pool, os_id),
            deadline=nearest.on,
            evidence=(
                Evidence(f"pools/{pool.name}/os_sku", pool.os_sku),
                *_evidence(context, pool, os_id),
            ),
        )


def _said(past: list[Deadline], ahead: list[Deadline]) -> str:
    parts = [f"{d.what} ended {d.on}" for d in past] + [f"{d.what} ends {d.on}" for d in ahead]
    return ", ".join(parts)


def _fix(context: Context, pool: PoolFacts, os_id: str) -> str:
    release = context.catalog.release(os_id)
    if release is not None:
        return (
            f"{pool.os_sku} follows Kubernetes: upgrade the pool's version, or name the OS: "
            f"az aks nodepool update {context.pool_arguments(pool.name)} "
            f"--os-sku {release.successor}"
        )
    target = context.target_of(pool)
    if target is None:
        return "Move the pool to a supported OS; see: poolshift catalog show " + pool.os_sku
    return f"Plan the move: poolshift plan --to {target} --pool {pool.name} --out plan.yaml"


def _evidence(context: Context, pool: PoolFacts, os_id: str) -> Iterator[Evidence]:
    """Each claim that wins, each that says another day, and those for other minors."""
    for what in END_KINDS:
        won = end_of(os_id, what, pool.kubernetes_version, context.catalog)
        if won is None:
            continue
        path = f"catalog/{os_id}/ends/{what}"
        yield Evidence(path, f"{won.value or 'no date'} ({won.source})")
        held = claims_on(os_id, what, pool.kubernetes_version, context.catalog)
        for claim in context.catalog.claims_of_end(os_id, what):
            said = f"{claim.value or 'no date'} ({claim.source}): {claim.note}"
            if claim not in held:
                yield Evidence(f"{path}/at Kubernetes {claim.k8s}", said)
            elif claim.value != won.value:
                yield Evidence(f"{path}/disagrees", said)
