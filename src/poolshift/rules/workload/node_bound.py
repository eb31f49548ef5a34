"""PSK232: pods that are bound to a node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.rules.workload.scope import listed
from poolshift.semantics.fit import host_ports
from poolshift.semantics.pins import required_values
from poolshift.semantics.selectors import pinned_node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import PodSpec
    from poolshift.core.snapshot import PoolFacts, WorkloadFacts
    from poolshift.rules.interface import Context

_HOSTNAME = "kubernetes.io/hostname"


class NodeBound(Rule):
    """Pods are bound to single nodes: by a node's name, or by a port of the host.

    What it finds:
        A template that names a node of a pool to move (nodeName, or kubernetes.io/hostname in a
        selector or required affinity). And, as information, a Deployment with a hostPort on such a
        pool that has a pod on as many nodes as the pool has.

    Why it matters:
        A pod that names a node goes with it: on green there is no node of that name, and its
        replacement stays Pending. Two pods with one host port never share a node, so a rollout
        that adds a pod before it takes one finds no place while every node has one.

    How it is decided:
        By the template and the names of the nodes; host ports against the pool's node count.

    What to do:
        Choose nodes by a label of the pool. For host ports, let the rollout take a pod away first
        (maxSurge 0), or keep a node free.

    Example:
        nodeSelector kubernetes.io/hostname: akswsvmss000002.
    """

    id = "PSK232"
    name = "node-bound"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/taints-labels-api",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the template of every workload for names of nodes that go."""
        yield from self.unread(context, "nodes")
        pools = {pool.name: pool for pool, _ in context.moving}
        leaving = {n.name for n in context.snapshot.nodes if n.pool in pools}
        for workload in context.snapshot.workloads:
            if workload.kind == "Pod":
                continue
            named = sorted(_named(workload.template.spec) & leaving)
            if named:
                yield self._names(workload, named)
            elif workload.kind == "Deployment":
                for name in sorted(workload.pools.keys() & pools.keys()):
                    yield from self._port(workload, pools[name])

    def _names(self, workload: WorkloadFacts, named: list[str]) -> Finding:
        return self.finding(
            workload.target,
            what="its template names nodes that go with their pool",
            why="no node of the new pool has that name: its pods stay Pending",
            fix="Choose its nodes by a label of the pool instead: "
            f"kubectl -n {quote(workload.namespace)} edit {quote(workload.kind.lower())} "
            f"{quote(workload.name)}",
            evidence=(Evidence("spec/nodeSelector or affinity", listed(named)),),
        )

    def _port(self, workload: WorkloadFacts, pool: PoolFacts) -> Iterator[Finding]:
        ports = host_ports(workload.template.spec)
        if not ports or workload.pools[pool.name] < pool.count:
            return
        yield self.finding(
            workload.target,
            severity=Severity.INFO,
            what="its host port is taken on every node of the pool, so no pod can be added there",
            why="two pods with one host port never share a node",
            fix="Let its rollout take a pod away first: maxSurge 0 and maxUnavailable 1, or keep "
            "a node free",
            evidence=(
                Evidence("hostPort", ", ".join(str(port) for _, port, _ in sorted(ports))),
                Evidence(f"pools/{pool.name}", f"{pool.count} nodes"),
            ),
        )


def _named(spec: PodSpec) -> set[str]:
    """The nodes that a template names."""
    found = set(required_values(spec, _HOSTNAME) or ())
    return {name for name in (*found, spec.node_name, pinned_node(spec)) if name}
