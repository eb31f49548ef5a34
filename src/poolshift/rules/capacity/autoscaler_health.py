"""PSC419: an autoscaler that is not healthy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_HEALTHY = "Healthy"


class AutoscalerHealth(Rule):
    """The cluster autoscaler says that it, or a pool of its, is not healthy.

    What it finds:
        A cluster with autoscaled pools whose autoscaler's status is not healthy.

    Why it matters:
        It adds no nodes then: load that grows during the move finds none, and a pool that could
        not grow before will not do so after.

    How it is decided:
        By the status that the autoscaler writes into its ConfigMap.

    What to do:
        Look at its reasons and cure them before the move.

    Example:
        The pool web22 is in backoff after it ran out of quota.
    """

    id = "PSC419"
    name = "autoscaler-unhealthy"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/autoscaler-on-green",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Read the reduced status."""
        if not any(p.autoscaling for p in context.snapshot.pools):
            return
        yield from self.unread(context, "configmap/cluster-autoscaler-status")
        config = context.snapshot.config
        sick = {n: h for n, h in config.autoscaler_pools.items() if h and h != _HEALTHY}
        if config.autoscaler in ("", _HEALTHY) and not sick:
            return
        yield self.finding(
            "cluster",
            what=f"its autoscaler says {config.autoscaler or 'nothing'} of the cluster"
            + (f", and that {len(sick)} node groups are not healthy" if sick else ""),
            why="it may add no nodes when the move needs them",
            fix="See its reasons: kubectl get configmap -n kube-system cluster-autoscaler-status "
            "-o yaml",
            evidence=(
                Evidence("config/autoscaler", config.autoscaler or "none"),
                *(Evidence(f"config/autoscaler_pools/{n}", h) for n, h in sorted(sick.items())[:5]),
            ),
        )
