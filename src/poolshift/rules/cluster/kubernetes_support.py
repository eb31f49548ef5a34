"""PSK208: a Kubernetes version past its support."""

from __future__ import annotations

import calendar
from datetime import date
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.versions import minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_LONG_TERM = "AKSLongTermSupport"


class KubernetesPastSupport(Rule):
    """The cluster's Kubernetes version is past its support.

    What it finds:
        A control plane of a minor whose support has ended, by the plan that the cluster has
        (community or long-term).

    Why it matters:
        A new pool at a minor that is no longer offered may be refused
        (AgentPoolK8sVersionNotSupported), while an old pool keeps the control plane from going
        up: the cluster is stranded between the two.

    How it is decided:
        By the calendar of the catalog; a month means its last day. A minor without a record is
        not checked.

    What to do:
        Upgrade the control plane where no pool holds it back; else enrol in long-term support,
        add the new pool, remove the old one, upgrade, and leave it again.

    Example:
        Kubernetes 1.32 after its community support, with a Windows2019 pool that allows no 1.33.
    """

    id = "PSK208"
    name = "kubernetes-past-support"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/ws2019-stranded",
        "constraints/constraints/pool-create-version-supported",
        "constraints/constraints/lts-premium",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the control plane against the calendar."""
        cluster = context.snapshot.cluster
        name = ".".join(str(part) for part in minor(cluster.kubernetes_version))
        known = context.catalog.kubernetes_version(name)
        if known is None:
            yield self.not_checked("cluster", f"the catalog has no calendar of Kubernetes {name}")
            return
        long_term = cluster.support_plan == _LONG_TERM
        text = known.lts_end if long_term else known.end_of_life
        end = last_day(text) if text else None
        if end is None or end >= context.as_of:
            return
        yield self.finding(
            "cluster",
            what=f"support of Kubernetes {name} ended {end.isoformat()}",
            why="a new pool at this version may be refused (AgentPoolK8sVersionNotSupported)",
            fix=_fix(context, long_term=long_term),
            deadline=end.isoformat(),
            evidence=(
                Evidence("cluster/kubernetes_version", cluster.kubernetes_version),
                Evidence("cluster/support_plan", cluster.support_plan or "community"),
                Evidence(f"catalog/{name}", text or ""),
            ),
        )


def _fix(context: Context, *, long_term: bool) -> str:
    upgrades = f"az aks get-upgrades {context.cluster_arguments}"
    if long_term:
        return f"Upgrade the control plane; see what is offered: {upgrades}"
    return (
        f"Upgrade the control plane where every pool allows it ({upgrades}); where one does not: "
        f"az aks update {context.cluster_arguments} --tier premium --k8s-support-plan {_LONG_TERM}"
    )


def last_day(text: str) -> date | None:
    """A day as it stands, a month (`2026-03`) as its last day; None for other text."""
    parts = text.split("-")
    if not all(part.isdigit() for part in parts) or len(parts) not in (2, 3):
        return None
    year, month = int(parts[0]), int(parts[1])
    day = int(parts[2]) if len(parts) == 3 else calendar.monthrange(year, month)[1]
    return date(year, month, day)
