"""PSK209: Windows pods of an owner that poolshift does not know how to move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class UnknownOwner(Rule):
    """Pods on a pool to move belong to an owner that poolshift does not know how to move.

    What it finds:
        A pod whose top owner is neither a Deployment, a StatefulSet, a DaemonSet nor a Job: a
        ReplicaSet without a Deployment, or an object of an operator.

    Why it matters:
        Its template cannot be retargeted, and what an eviction would do to it is its operator's
        secret. The node under it cannot be emptied with any promise kept.

    How it is decided:
        The pod's owner references, followed upwards, end at a kind that the snapshot does not
        hold.

    What to do:
        Move it by hand, or with its operator's own means, and plan again.

    Example:
        queue/RabbitmqCluster/main has a pod on the pool.
    """

    id = "PSK209"
    name = "unknown-owner"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/ungoverned-pods",)
    pains = ("M10",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for such pods on each pool to move."""
        known = {w.target for w in context.snapshot.workloads}
        found: dict[str, str] = {}
        for pool, _ in context.moving_windows:
            nodes = {n.name for n in context.snapshot.nodes_of(pool.name)}
            for pod in context.snapshot.pods:
                on_pool = pod.node in nodes and not pod.daemon
                if on_pool and pod.workload not in known and pod.phase == "Running":
                    found.setdefault(pod.workload, f"{pod.namespace}/{pod.name}")
        for target, pod_name in sorted(found.items()):
            yield self.finding(
                target,
                what=f"poolshift does not know how to move a {target.split('/')[1]}",
                why="its template cannot be changed and its pods are not evicted blindly",
                fix="Move it by hand or with its operator, then plan again",
                evidence=(Evidence("pod", pod_name),),
                blocks=True,
            )
