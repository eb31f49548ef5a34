"""PSK233: a template that selects a label which only the nodes have."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, quote
from poolshift.semantics.pins import required_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.kube import PodSpec
    from poolshift.core.snapshot import PoolFacts, WorkloadFacts
    from poolshift.rules.interface import Context

_OF_THE_PLATFORM = ("kubernetes.io", "k8s.io", "azure.com")
"""Ends of the prefixes under which cloud, kubelet and drivers label nodes by themselves."""

_BARE_KEYS = ("agentpool", "storageprofile", "storagetier", "accelerator")
"""Labels without a prefix that the service gives nodes itself."""


class HandSetLabel(Rule):
    """A template selects a label that stands on nodes, but not on their pool.

    What it finds:
        A workload on a pool to move that requires a node label of your own, which nodes of the
        pool carry and the pool's labels do not have.

    Why it matters:
        Labels set with kubectl live as long as the node. No new node has them, so after the move
        the pods stay Pending; a reimage of the old nodes would have done the same.

    How it is decided:
        The labels that nodeSelector and required affinity ask for, against the pool's labels and
        those of its nodes. Prefixes that the platform labels by itself are left out.

    What to do:
        Put the label on the pool before the move: it is copied to the new one.

    Example:
        nodeSelector has disk: fast, set with kubectl label node on three nodes.
    """

    id = "PSK233"
    name = "hand-set-label"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/taints-labels-api",
        "constraints/constraints/autoscaler-labels",
        "constraints/constraints/reserved-label-prefix",
    )
    pains = ("D10",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold what templates require against the labels of each pool to move."""
        yield from self.unread(context, "nodes")
        for pool, _ in context.moving:
            carried: Counter[tuple[str, str]] = Counter()
            for node in context.index.nodes_by_pool.get(pool.name, ()):
                carried.update(node.labels.items())
            for workload in context.snapshot.workloads:
                if pool.name in workload.pools and workload.kind != "Pod":
                    yield from self._of(context, workload, pool, carried)

    def _of(
        self,
        context: Context,
        workload: WorkloadFacts,
        pool: PoolFacts,
        carried: Counter[tuple[str, str]],
    ) -> Iterator[Finding]:
        for key in _keys(workload.template.spec):
            values = required_values(workload.template.spec, key) or frozenset()
            found = [(v, carried[key, v]) for v in sorted(values) if carried[key, v]]
            if _of_the_platform(key) or pool.labels.get(key) in values or not found:
                continue
            value, count = found[0]
            labels = " ".join(
                quote(f"{k}={v}") for k, v in sorted({**pool.labels, key: value}.items())
            )
            yield self.finding(
                workload.target,
                what=f"it selects {key}={value}, which nodes of {pool.name} have and the pool "
                "has not",
                why="a new node comes without a label that was set on another one; its pods stay "
                "Pending",
                fix="Put the label on the pool before the move: az aks nodepool update "
                f"{context.pool_arguments(pool.name)} --labels {labels}",
                evidence=(
                    Evidence(f"nodes/labels/{key}", f"{value} on {count} of {pool.count} nodes"),
                    Evidence(f"pools/{pool.name}/labels/{key}", pool.labels.get(key, "none")),
                ),
            )


def _keys(spec: PodSpec) -> list[str]:
    affinity = spec.affinity.node_affinity if spec.affinity else None
    required = affinity.required_during_scheduling_ignored_during_execution if affinity else None
    terms = required.node_selector_terms if required else ()
    return sorted({*spec.node_selector, *(r.key for t in terms for r in t.match_expressions)})


def _of_the_platform(key: str) -> bool:
    prefix, slash, _ = key.rpartition("/")
    return prefix.endswith(_OF_THE_PLATFORM) if slash else key in _BARE_KEYS
