"""Moves played through on a snapshot: who finds no node, and that nothing stays changed."""

from __future__ import annotations

from typing import Any

import pytest

from poolshift.core.kube import (
    Affinity,
    LabelSelector,
    Meta,
    PodAffinity,
    PodAffinityTerm,
    PodSpec,
    PodTemplate,
    RollingUpdate,
    Strategy,
    TopologySpreadConstraint,
)
from poolshift.core.snapshot import (
    ClusterFacts,
    NodeFacts,
    PodFacts,
    PoolFacts,
    Snapshot,
    WorkloadFacts,
)
from poolshift.semantics.forecast import Forecast, Succession

APP = LabelSelector({"app": "cart"})
HOST = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
SELECTOR = {"kubernetes.azure.com/os-sku": "Windows2022"}
BLUE = PoolFacts("ws19", "Windows", "Windows2019", "User", 3, "Standard_D4s_v5", "1.32.1")


def spread(key: str = HOST, **changes: Any) -> PodSpec:
    rule = TopologySpreadConstraint(topology_key=key, label_selector=APP, **changes)
    return PodSpec(topology_spread_constraints=(rule,))


def apart(key: str) -> PodSpec:
    """No two pods in one domain."""
    term = PodAffinityTerm(label_selector=APP, topology_key=key)
    return PodSpec(affinity=Affinity(pod_anti_affinity=PodAffinity((term,))))


def world(spec: PodSpec, pods: int, kind: str, strategy: Strategy) -> tuple[Forecast, Any]:
    workload = WorkloadFacts(
        f"shop/{kind}/cart",
        replicas=pods,
        ready=pods,
        template=PodTemplate(Meta(labels={"app": "cart"}), spec),
        strategy=strategy,
    )
    nodes = tuple(
        NodeFacts(
            f"b{n}",
            "ws19",
            "windows",
            labels={HOST: f"b{n}", ZONE: f"z{n}", "agentpool": "ws19"},
        )
        for n in range(3)
    )
    snapshot = Snapshot(
        "2026-11-20T08:00:00Z",
        "test",
        ClusterFacts("id", "shop", "westeurope", "1.32.1"),
        (BLUE,),
        nodes,
        (workload,),
        tuple(
            PodFacts("shop", f"p{n}", f"u{n}", workload.target, f"b{n % 3}", "Running")
            for n in range(pods)
        ),
    )
    moving = Succession(BLUE, "ws22", "Windows2022", "10.0.20348")
    return Forecast(snapshot, (moving,)), workload


ONE_MISSING = Strategy("", RollingUpdate(max_unavailable=1, max_surge=0))
NONE_MISSING = Strategy("", RollingUpdate(max_unavailable=0, max_surge=1))
RECREATE = Strategy("Recreate")


@pytest.mark.parametrize(
    ("spec", "pods", "kind", "strategy", "drained", "rolled"),
    [
        pytest.param(PodSpec(), 9, "Deployment", ONE_MISSING, 0, 0, id="no-rule"),
        pytest.param(spread(), 3, "Deployment", ONE_MISSING, 0, 0, id="one-a-node"),
        pytest.param(spread(), 4, "Deployment", ONE_MISSING, 1, 0, id="one-too-many"),
        pytest.param(spread(), 6, "StatefulSet", Strategy(), 3, 0, id="stateful"),
        pytest.param(spread(max_skew=2), 6, "Deployment", ONE_MISSING, 0, 0, id="skew-of-two"),
        pytest.param(
            spread(when_unsatisfiable="ScheduleAnyway"),
            6,
            "Deployment",
            ONE_MISSING,
            0,
            0,
            id="soft",
        ),
        pytest.param(
            spread(node_affinity_policy="Ignore"),
            6,
            "Deployment",
            ONE_MISSING,
            3,
            3,
            id="selector-ignored",
        ),
        pytest.param(
            spread(node_taints_policy="Honor"), 6, "Deployment", ONE_MISSING, 0, 0, id="honour"
        ),
        pytest.param(spread(ZONE), 6, "Deployment", ONE_MISSING, 0, 0, id="zones-stay"),
        pytest.param(apart(HOST), 3, "Deployment", NONE_MISSING, 0, 0, id="apart-on-hosts"),
        pytest.param(apart(ZONE), 3, "Deployment", ONE_MISSING, 0, 0, id="apart-in-zones"),
        pytest.param(apart(ZONE), 3, "Deployment", NONE_MISSING, 3, 3, id="no-zone-for-a-surge"),
        pytest.param(apart(ZONE), 3, "Deployment", RECREATE, 0, 0, id="recreate"),
        pytest.param(apart(ZONE), 3, "StatefulSet", NONE_MISSING, 0, 0, id="one-after-another"),
    ],
)
def test_pods_that_find_no_node_are_counted(
    spec: PodSpec, pods: int, kind: str, strategy: Strategy, drained: int, rolled: int
) -> None:
    forecast, workload = world(spec, pods, kind, strategy)
    for _ in range(2):
        assert forecast.stranded_by_drain(workload) == drained
        assert forecast.stranded_by_rollout(workload, SELECTOR) == rolled
