"""PSK210: an autoscaled Deployment that may miss no pod."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.snapshot import images_of
from poolshift.rules.interface import Rule
from poolshift.semantics.images import FITTING, verdict
from poolshift.semantics.slack import lacks_slack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class DrainLacksSlack(Rule):
    """An autoscaled Deployment may miss no pod, so it cannot be drained as it is.

    What it finds:
        A Windows Deployment whose maxUnavailable comes to 0 pods and whose replicas an
        autoscaler sets, on a pool to move, with images that run on both versions.

    Why it matters:
        Such a workload moves by eviction. Each eviction takes one pod before its replacement is
        ready, which its own settings forbid. Without an autoscaler poolshift adds a pod for the
        time of the move; the autoscaler would take that pod back at once.

    How it is decided:
        maxUnavailable (25 % when it is not set) of the present replicas, rounded down, is 0, and
        a HorizontalPodAutoscaler targets the Deployment.

    What to do:
        Set maxUnavailable to 1, or raise the autoscaler's minimum to 4 replicas, for the move.

    Example:
        shop/Deployment/cart has 3 replicas, the default strategy and an autoscaler.
    """

    id = "PSK210"
    name = "drain-lacks-slack"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/rollout-ignores-pdb",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for such Deployments on each pool to move."""
        for pool, to in context.moving_windows:
            for workload in context.workloads_on(pool):
                images = (context.snapshot.image(ref) for ref in images_of(workload.template))
                fits = all(verdict(i, to, context.catalog) in FITTING for i in images)
                if not fits or not lacks_slack(workload):
                    continue
                yield self.finding(
                    workload.target,
                    what=f"its {workload.replicas} replicas may not miss a pod, and its "
                    "autoscaler would take an extra one back",
                    why="it moves by eviction, which takes a pod before its replacement is ready",
                    fix="Set its maxUnavailable to 1, or raise the autoscaler's minimum to 4",
                    evidence=(
                        Evidence("spec/replicas", str(workload.replicas)),
                        Evidence("autoscaler/maxReplicas", str(workload.autoscaler_max)),
                    ),
                    blocks=True,
                )
