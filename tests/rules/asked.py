"""One rule asked about one snapshot, and snapshots that several tests need."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from poolshift.core.finding import Finding, NotChecked
from poolshift.core.kube import LabelSelector, TopologySpreadConstraint
from poolshift.core.snapshot import NodeFacts, PodFacts, Snapshot
from poolshift.rules import Context, rule_by_id

if TYPE_CHECKING:
    from poolshift.catalog import Catalog

TODAY = date(2026, 11, 20)


def run(
    rule: str, snapshot: Snapshot, catalog: Catalog, *, to: str | None = None, as_of: date = TODAY
) -> tuple[list[Finding], list[NotChecked]]:
    said = list(rule_by_id(rule).check(Context(snapshot, catalog, as_of, to)))
    return (
        [x for x in said if isinstance(x, Finding)],
        [x for x in said if isinstance(x, NotChecked)],
    )


def spread_out(s: Any, pods: int, **policies: Any) -> Snapshot:
    """Pods of one workload on three nodes that must not share them unevenly."""
    rule = TopologySpreadConstraint(
        topology_key="kubernetes.io/hostname",
        label_selector=LabelSelector({"app": "cart"}),
        **policies,
    )
    nodes = tuple(
        NodeFacts(
            f"n{number}",
            "ws22",
            "windows",
            labels={
                "kubernetes.io/hostname": f"n{number}",
                "kubernetes.io/os": "windows",
                "kubernetes.azure.com/agentpool": "ws22",
                "kubernetes.azure.com/os-sku": "Windows2022",
            },
        )
        for number in range(3)
    )
    workload = s.workload(
        node_selector={"kubernetes.io/os": "windows"},
        spec={"topology_spread_constraints": (rule,)},
        replicas=pods,
        pools={"ws22": pods},
    )
    placed = tuple(
        PodFacts("shop", f"cart-{n}", f"u{n}", workload.target, f"n{n % 3}", "Running", True)
        for n in range(pods)
    )
    snapshot: Snapshot = s.changed(workloads=(workload,), nodes=nodes, pods=placed, budgets=())
    return snapshot
