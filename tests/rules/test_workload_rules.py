"""Rules about how workloads roll out and where their pods find a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.rules.asked import run, spread_out

from poolshift.core.finding import Severity
from poolshift.core.kube import RollingUpdate, Strategy
from poolshift.core.snapshot import BudgetFacts

if TYPE_CHECKING:
    from poolshift.catalog import Catalog

EIGHT = {"replicas": 8, "ready": 8, "pools": {"ws22": 8}}


@pytest.mark.parametrize(
    ("changes", "figures", "words"),
    [
        (EIGHT, {"max_unavailable": 1}, "maxUnavailable 1,"),
        (EIGHT, {"max_unavailable": 0}, "maxUnavailable 0 and its maxSurge to 1"),
        (EIGHT, {"max_unavailable": 2}, ""),
        (EIGHT, {"min_available": "80%"}, "maxUnavailable 1,"),
        ({**EIGHT, "strategy": Strategy("Recreate")}, {"min_available": 1}, "maxUnavailable 7,"),
        (
            {**EIGHT, "strategy": Strategy("", RollingUpdate(max_unavailable=0, max_surge=1))},
            {"max_unavailable": 0},
            "",
        ),
        ({"kind": "StatefulSet"}, {"max_unavailable": 0}, "add a replica"),
        ({"kind": "StatefulSet"}, {"max_unavailable": 1}, ""),
        (
            {"kind": "StatefulSet", "strategy": Strategy("", RollingUpdate(partition=2))},
            {"max_unavailable": 1},
            "partition to 0",
        ),
        ({**EIGHT, "replicas": 0}, {"max_unavailable": 0}, ""),
    ],
)
def test_a_rollout_stands_still_where_its_settings_or_a_budget_say_so(
    changes: dict[str, Any], figures: dict[str, Any], words: str, snapshots: Any, catalog: Catalog
) -> None:
    workload = snapshots.workload(**changes)
    held = BudgetFacts(
        "shop/PodDisruptionBudget/cart",
        expected=workload.replicas,
        healthy=workload.replicas,
        workloads=(workload.target,),
        **figures,
    )
    snapshot = snapshots.changed(workloads=(workload,), budgets=(held,))
    findings, _ = run("PSK211", snapshot, catalog, to="Windows2025")
    assert [f.target for f in findings] == ([workload.target] if words else [])
    assert all(words in f.fix for f in findings)


def test_a_rollout_that_the_move_does_not_need_is_left_alone(
    snapshots: Any, catalog: Catalog
) -> None:
    workload = snapshots.workload(node_selector={"kubernetes.io/os": "windows"}, **EIGHT)
    held = BudgetFacts(
        "shop/PodDisruptionBudget/cart", expected=8, max_unavailable=1, workloads=(workload.target,)
    )
    snapshot = snapshots.changed(workloads=(workload,), budgets=(held,))
    assert run("PSK211", snapshot, catalog, to="Windows2025") == ([], [])


def test_pods_that_no_move_can_place_block(snapshots: Any, catalog: Catalog) -> None:
    snapshot = spread_out(snapshots, 6, node_affinity_policy="Ignore")
    (finding,), _ = run("PSK212", snapshot, catalog, to="Windows2025")
    assert finding.blocks
    assert finding.severity == Severity.REQUIRED
    assert "3 of its 6 pods" in finding.what


def test_as_many_pods_as_nodes_are_not_stranded(snapshots: Any, catalog: Catalog) -> None:
    assert run("PSK212", spread_out(snapshots, 3), catalog, to="Windows2025") == ([], [])
    honours = spread_out(snapshots, 6, node_taints_policy="Honor")
    assert run("PSK212", honours, catalog, to="Windows2025") == ([], [])
