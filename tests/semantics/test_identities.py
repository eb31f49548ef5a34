"""Which other pools would take a workload's pods without the identities of their own pool."""

from __future__ import annotations

from typing import Any

import pytest

from poolshift.core.arm import ScaleSet
from poolshift.core.kube import Container, Meta, PodSpec, PodTemplate, Taint, Toleration
from poolshift.core.snapshot import (
    ClusterFacts,
    NodeFacts,
    PodFacts,
    PoolFacts,
    Snapshot,
    WorkloadFacts,
)
from poolshift.semantics.identities import lacking, own_identities, place_of, successor_of

SKU = "kubernetes.azure.com/os-sku"
BLUE = PoolFacts("ws19", "Windows", "Windows2019", "User", 2, "Standard_D4s_v5", "1.32.1")
OTHER = PoolFacts("web22", "Windows", "Windows2022", "User", 2, "Standard_D4s_v5", "1.32.1")


def cluster(*other: str, nodes: tuple[NodeFacts, ...] = (), **changes: Any) -> Snapshot:
    known = Snapshot(
        "2026-11-20T08:00:00Z",
        "test",
        ClusterFacts("id", "shop", "westeurope", "1.32.1", kubelet_identity="/id/kubelet"),
        (BLUE, OTHER),
        nodes,
        scale_sets=(
            ScaleSet("/a", "a", "ws19", ("/id/Kubelet", "/id/GMSA")),
            ScaleSet("/b", "b", "web22", ("/id/kubelet", *other)),
        ),
    )
    return Snapshot(**{f: changes.get(f, getattr(known, f)) for f in known.__struct_fields__})


def cart(pools: dict[str, int] | None = None, **spec: Any) -> WorkloadFacts:
    selector = {"kubernetes.io/os": "windows"}
    full = PodSpec(node_selector=selector, containers=(Container("main", "i"),), **spec)
    template = PodTemplate(Meta(labels={"app": "cart"}), full)
    return WorkloadFacts("shop/Deployment/cart", 2, 2, template, pools=pools or {"ws19": 2})


def found(snapshot: Snapshot, workload: WorkloadFacts, selector: dict[str, str]) -> list[str]:
    places = (place_of(OTHER, snapshot),)
    return [p.pool for p in lacking(workload, BLUE, selector, places, snapshot)]


def node(*taints: Taint, cordoned: bool = False) -> NodeFacts:
    labels = {"kubernetes.io/os": "windows", SKU: "Windows2022", "agentpool": "web22"}
    return NodeFacts("n0", "web22", "windows", labels=labels, taints=taints, cordoned=cordoned)


ON_2022 = {SKU: "Windows2022"}
CLOSED = Taint("only", "web", "NoSchedule")


@pytest.mark.parametrize(
    ("snapshot", "workload", "selector", "expected"),
    [
        pytest.param(cluster(), cart(), ON_2022, ["web22"], id="lacks-it"),
        pytest.param(cluster("/id/gmsa"), cart(), ON_2022, [], id="has-it-in-another-case"),
        pytest.param(cluster(), cart(), {"agentpool": "green"}, [], id="green-is-named"),
        pytest.param(cluster(), cart(), {SKU: "Windows2025"}, [], id="another-version"),
        pytest.param(cluster(), cart({"web22": 2}), ON_2022, [], id="not-of-the-pool"),
        pytest.param(cluster(nodes=(node(CLOSED),)), cart(), ON_2022, [], id="tainted"),
        pytest.param(
            cluster(nodes=(node(CLOSED),)),
            cart(tolerations=(Toleration("only", "Exists"),)),
            ON_2022,
            ["web22"],
            id="tolerated",
        ),
        pytest.param(
            cluster(nodes=(node(cordoned=True),)), cart(), ON_2022, ["web22"], id="cordoned-today"
        ),
    ],
)
def test_a_pool_lacks_what_the_old_pool_has(
    snapshot: Snapshot, workload: WorkloadFacts, selector: dict[str, str], expected: list[str]
) -> None:
    assert found(snapshot, workload, selector) == expected


@pytest.mark.parametrize(("ready", "expected"), [(True, []), (False, ["web22"])])
def test_a_workload_that_is_ready_there_needs_nothing_there(
    ready: bool, expected: list[str]
) -> None:
    pods = (PodFacts("shop", "p", "u", "shop/Deployment/cart", "n0", "Running", ready),)
    snapshot = cluster(nodes=(node(),), pods=pods)
    assert found(snapshot, cart({"ws19": 1, "web22": 1}), ON_2022) == expected


def test_a_successor_has_the_identities_of_the_pool_that_it_replaces() -> None:
    snapshot = cluster("/id/tills")
    place = successor_of(OTHER, "web25", "Windows2025", "10.0.26100", snapshot)
    assert (place.pool, place.identities) == ("web25", frozenset({"/id/tills"}))
    assert place.node.metadata.labels[SKU] == "Windows2025"
    assert own_identities("ws19", snapshot) == ("/id/GMSA",)
