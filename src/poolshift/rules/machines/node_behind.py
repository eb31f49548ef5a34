"""PSW119: the service says that a pool was upgraded, and nodes say otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.versions import minor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import NodeFacts
    from poolshift.rules.interface import Context


class NodeBehind(Rule):
    """A node's kubelet is of another Kubernetes minor than its pool says.

    What it finds:
        Nodes whose kubelet has another minor than the version of their pool.

    Why it matters:
        The service takes the pool for upgraded and refuses to do it again, while the nodes stay
        behind. What was planned by the pool's version does not hold on them.

    How it is decided:
        By the kubelet's version of each node, against the pool's. The node's word counts.

    What to do:
        Reconcile the pool; if that changes nothing, delete the nodes that stayed behind, one by
        one, after draining them.

    Example:
        The pool says 1.33.2, a node's kubelet 1.32.6.
    """

    id = "PSW119"
    name = "node-behind-its-pool"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/failed-state",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold every node against its pool."""
        for node in context.snapshot.nodes:
            pool = context.index.pools.get(node.pool)
            if pool is None or not node.kubelet:
                continue
            if minor(node.kubelet) != minor(pool.kubernetes_version):
                yield self._finding(context, node, pool.kubernetes_version)

    def _finding(self, context: Context, node: NodeFacts, said: str) -> Finding:
        return self.finding(
            f"node/{node.name}",
            what=f"its kubelet is {node.kubelet}, while its pool says {said}",
            why="the service believes the pool upgraded, and will not do it again",
            fix="Reconcile the pool: az aks nodepool update "
            f"{context.pool_arguments(node.pool)}; then look again",
            evidence=(
                Evidence(f"nodes/{node.name}/kubelet", node.kubelet),
                Evidence(f"pools/{node.pool}/kubernetes_version", said),
            ),
        )
