"""PSC416: quotas of namespaces that a rollout passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.kube import Workload, WorkloadSpec
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.quantities import amount
from poolshift.semantics.requests import requests_of
from poolshift.semantics.rollout import deployment_pace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import QuotaFacts, WorkloadFacts
    from poolshift.rules.interface import Context

_PREFIXES = ("requests.", "limits.")


class NamespaceQuota(Rule):
    """A ResourceQuota has no room for the pods that a rollout adds.

    What it finds:
        Deployments on pools to move whose rollout adds more pods, or asks for more CPU or memory,
        than a quota of their namespace has left.

    Why it matters:
        The API server refuses the new pods. Where the Deployment may not miss a pod, the rollout
        stands still.

    How it is decided:
        maxSurge in pods times the requests, against what each quota has left. Each Deployment is
        looked at alone; quotas with scopes are taken as if they covered it.

    What to do:
        Raise the quota for the time of the move, or set maxSurge to 0 and maxUnavailable to 1.

    Example:
        maxSurge 2 of one core each, and half a core is left.
    """

    id = "PSC416"
    name = "namespace-quota"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/rollout-ignores-pdb",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the Deployments to move in namespaces with a quota."""
        if context.moving_windows:
            yield from self.unread(context, "resourcequotas")
        moving = {pool.name for pool, _ in context.moving_windows}
        for quota in context.snapshot.quotas:
            space = quota.target.partition("/")[0]
            for workload in context.index.workloads_by_namespace.get(space, ()):
                if workload.kind == "Deployment" and moving & workload.pools.keys():
                    yield from self._of(quota, workload)

    def _of(self, quota: QuotaFacts, workload: WorkloadFacts) -> Iterator[Finding]:
        spec = WorkloadSpec(replicas=workload.replicas, strategy=workload.strategy)
        pace = deployment_pace(Workload(spec=spec))
        requests = requests_of(workload.template.spec)
        for key, hard in quota.hard.items():
            resource = key.removeprefix(_PREFIXES[0])
            if key.startswith(_PREFIXES[1]):
                continue
            each = 1 if key in ("pods", "count/pods") else requests.get(resource, 0)
            left = amount(resource, hard) - amount(resource, quota.used.get(key, "0"))
            if not each or pace.surge * each <= left:
                continue
            stands = pace.unavailable == 0
            yield self.finding(
                workload.target,
                severity=Severity.REQUIRED if stands else Severity.RECOMMENDED,
                what=f"its rollout adds {pace.surge} pods, for which a quota of its namespace has "
                f"no {key} left" + ("; it cannot miss a pod either" if stands else ""),
                why="the API server refuses the new pods",
                fix="Raise the quota for the time of the move: kubectl edit resourcequota -n "
                f"{quote(workload.namespace)} {quote(quota.target.rpartition('/')[2])}; or set "
                "maxSurge 0 and maxUnavailable 1",
                evidence=(
                    Evidence(f"{quota.target}/hard/{key}", hard),
                    Evidence(f"{quota.target}/used/{key}", quota.used.get(key, "0")),
                    Evidence(f"{workload.target}/maxSurge", str(pace.surge)),
                ),
            )
