"""PSK203: a Windows pod without a controller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class BareWindowsPod(Rule):
    """A Windows pod has no controller that would make it again.

    What it finds:
        A pod on a pool to move that no Deployment, StatefulSet, Job or other controller owns.

    Why it matters:
        Evicted, it is gone for good. poolshift does not evict what cannot come back, so the
        node under it cannot be emptied.

    How it is decided:
        The pod has no owner reference of a controller.

    What to do:
        Put it under a Deployment, or delete it once it is no longer needed.

    Example:
        A pod made with kubectl run for a test months ago.
    """

    id = "PSK203"
    name = "bare-windows-pod"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/ungoverned-pods",)
    pains = ("M10",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for pods without an owner on each pool to move."""
        seen: set[str] = set()
        for pool, _ in context.moving_windows:
            for workload in context.workloads_on(pool):
                if workload.kind != "Pod" or workload.target in seen:
                    continue
                seen.add(workload.target)
                where = f"-n {quote(workload.namespace)}"
                yield self.finding(
                    workload.target,
                    what="this pod has no controller: evicted, it does not come back",
                    why=f"pool {pool.name} cannot be emptied while it runs there",
                    fix="Put it under a Deployment, or delete it when it is no longer needed: "
                    f"kubectl {where} delete pod {quote(workload.name)}",
                    evidence=(Evidence("metadata/ownerReferences", "none"),),
                    blocks=True,
                )
