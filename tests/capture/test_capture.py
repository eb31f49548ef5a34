"""A snapshot of the local AKS: everything that is asked, and nothing that must not be read."""

from __future__ import annotations

import pytest
from tests.rig import Rig, budget, deployment

from poolshift.capture.convert.cluster import owner_by_tags
from poolshift.core.errors import ForbiddenError
from poolshift.core.snapshot import Snapshot


@pytest.fixture(scope="module")
def reference() -> Snapshot:
    return Rig().snapshot()


def test_everything_of_the_reference_cluster_is_known(reference: Snapshot) -> None:
    # What the mapping proposes and no registry holds is the only unknown.
    assert {u.what.split("/")[0] for u in reference.unknown} <= {"image"}
    assert [p.name for p in reference.pools] == ["agentpool", "wspool"]
    pool = reference.pool("wspool")
    assert pool is not None
    assert (pool.os_sku, pool.build, pool.count) == ("Windows2019", "10.0.17763.3165", 3)
    sample = reference.workload("default/Deployment/sample")
    assert sample is not None
    assert (sample.replicas, sample.ready, sample.pools) == (3, 3, {"wspool": 3})
    assert sample.last_applied
    assert {s.name for s in reference.vm_sizes} == {p.vm_size for p in reference.pools}
    assert [s.target for s in reference.services if s.type == "LoadBalancer"]


def test_the_successors_of_windows_images_are_looked_up(reference: Snapshot) -> None:
    new = "mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022"
    assert reference.image(new) is not None


def test_every_pod_is_counted_with_its_top_owner(reference: Snapshot) -> None:
    owners = {p.workload for p in reference.pods if p.namespace == "default"}
    assert owners == {"default/Deployment/sample"}
    assert any(p.daemon for p in reference.pods if p.namespace == "kube-system")


def test_budgets_autoscalers_owners_and_bare_pods() -> None:
    made = deployment("cart", "myacr.azurecr.io/catalog:7")
    made["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "Helm"}
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "cart", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "cart"},
            "minReplicas": 3,
            "maxReplicas": 8,
        },
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "alone", "namespace": "default"},
        "spec": made["spec"]["template"]["spec"],
    }
    rig = Rig(objects=(made, scaler, pod, budget("cart", "cart", maxUnavailable=1)))
    snapshot = rig.snapshot()
    cart = snapshot.workload("default/Deployment/cart")
    assert cart is not None
    assert (cart.managed_by, cart.autoscaler_max) == ("helm", 8)
    [found] = [b for b in snapshot.budgets if b.target.endswith("/cart")]
    assert found.workloads == ("default/Deployment/cart",)
    assert (found.expected, found.allowed) == (3, 1)
    assert snapshot.workload("default/Pod/alone") is not None


@pytest.mark.parametrize(
    "resource", ["pods", "poddisruptionbudgets", "services", "deployments", "replicasets"]
)
def test_what_may_not_be_listed_is_an_unknown_with_its_reason(resource: str) -> None:
    rig = Rig()
    rig.world.kube.denied = {("list", resource)}
    reason = rig.snapshot().unknown_reason(resource)
    assert reason
    assert "forbidden" in reason.lower() or "cannot list" in reason


def test_nodes_that_may_not_be_listed_end_the_capture() -> None:
    rig = Rig()
    rig.world.kube.denied = {("list", "nodes")}
    with pytest.raises(ForbiddenError):
        rig.snapshot()


@pytest.mark.parametrize(
    ("tags", "owner"),
    [
        ({}, "none"),
        ({"team": "shop"}, "none"),
        ({"managed-by": "Terraform"}, "terraform"),
        ({"ManagedBy": "bicep"}, "bicep"),
        ({"sigs.k8s.io_cluster-api-provider-azure_cluster_x": "owned"}, "capz"),
        ({"serviceoperator.azure.com_owner": "x"}, "aso"),
        ({"crossplane-kind": "x"}, "crossplane"),
    ],
)
def test_who_owns_a_pool_by_its_tags(tags: dict[str, str], owner: str) -> None:
    assert owner_by_tags(tags) == owner
