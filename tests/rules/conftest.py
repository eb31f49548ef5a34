"""A snapshot in which no rule finds anything, and ways to change it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from poolshift.catalog import Catalog, load_catalog
from poolshift.core.arm import NetworkProfile, ScaleSet, Usage, WindowsProfile
from poolshift.core.image import ImageFacts, Platform
from poolshift.core.kube import Container, LabelSelector, Meta, PodSpec, PodTemplate
from poolshift.core.snapshot import (
    BudgetFacts,
    ClusterFacts,
    OfferFacts,
    PoolFacts,
    Snapshot,
    SubnetFacts,
    WorkloadFacts,
)

BOTH = "shop.azurecr.io/both:1"
ID = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/shop-rg/providers/"
    "Microsoft.ContainerService/managedClusters/shop"
)


def windows_image(ref: str, *builds: str) -> ImageFacts:
    platforms = tuple(Platform("windows", os_version=b, size_bytes=100) for b in builds)
    return ImageFacts(ref, "sha256:0", platforms)


def workload(name: str = "cart", **changes: Any) -> WorkloadFacts:
    image = changes.pop("image", BOTH)
    selector = changes.pop(
        "node_selector",
        {"kubernetes.io/os": "windows", "kubernetes.azure.com/os-sku": "Windows2022"},
    )
    kind = changes.pop("kind", "Deployment")
    spec = PodSpec(node_selector=selector, containers=(Container("main", image),))
    spec = msgspec.structs.replace(spec, **changes.pop("spec", {}))
    facts = WorkloadFacts(
        target=f"shop/{kind}/{name}",
        replicas=3,
        ready=3,
        template=PodTemplate(Meta(labels={"app": name}), spec),
        selector=LabelSelector({"app": name}),
        pools={"ws22": 3},
    )
    return msgspec.structs.replace(facts, **changes)


def windows_pool(**changes: Any) -> PoolFacts:
    pool = PoolFacts(
        name="ws22",
        os_type="Windows",
        os_sku="Windows2022",
        mode="User",
        count=3,
        vm_size="Standard_D4s_v5",
        kubernetes_version="1.35.1",
        node_image_version="AKSWindows-2022-containerd-gen2-20348.5600.261012",
        build="10.0.20348.5600",
        vm_generation="V2",
        fips=True,
    )
    return msgspec.structs.replace(pool, **changes)


def system_pool(**changes: Any) -> PoolFacts:
    pool = PoolFacts(
        name="system",
        os_type="Linux",
        os_sku="Ubuntu2404",
        mode="System",
        count=3,
        vm_size="Standard_D4s_v5",
        kubernetes_version="1.35.1",
        node_image_version=""
        if "os_sku" in changes
        else "AKSUbuntu-2404gen2containerd-202611.02.0",
    )
    return msgspec.structs.replace(pool, **changes)


def clean_snapshot() -> Snapshot:
    return Snapshot(
        captured_at="2026-11-20T08:00:00Z",
        source="test",
        cluster=ClusterFacts(
            id=ID,
            name="shop",
            region="westeurope",
            kubernetes_version="1.35.1",
            node_resource_group="MC_shop",
            provisioning_state="Succeeded",
            network=NetworkProfile("azure", "overlay"),
            windows=WindowsProfile("azureuser"),
            kubelet_identity="/id/kubelet",
        ),
        pools=(system_pool(), windows_pool()),
        workloads=(workload(),),
        budgets=(
            BudgetFacts(
                "shop/PodDisruptionBudget/cart",
                LabelSelector({"app": "cart"}),
                min_available=2,
                expected=3,
                healthy=3,
                desired=2,
                allowed=1,
                workloads=("shop/Deployment/cart",),
            ),
        ),
        images=(windows_image(BOTH, "10.0.20348.825", "10.0.26100.1"),),
        usages=(Usage("standardDSv5Family", 24, 100), Usage("cores", 24, 200)),
        scale_sets=(ScaleSet("/vmss/ws22", "akswsvmss", "ws22", ("/ID/Kubelet",)),),
        offers=(OfferFacts("1.35", ("1.35.1",), ("KubernetesOfficial", "AKSLongTermSupport")),),
        subnets=(SubnetFacts("/net/subnets/aks-subnet", ("10.224.0.0/16",), used=6),),
    )


class Snapshots:
    """The clean snapshot and its parts, for tests to change."""

    both = BOTH
    workload = staticmethod(workload)
    windows_pool = staticmethod(windows_pool)
    system_pool = staticmethod(system_pool)
    windows_image = staticmethod(windows_image)

    def clean(self) -> Snapshot:
        return clean_snapshot()

    def changed(self, **changes: Any) -> Snapshot:
        return msgspec.structs.replace(clean_snapshot(), **changes)

    def cluster(self, **changes: Any) -> Snapshot:
        snapshot = clean_snapshot()
        return self.changed(cluster=msgspec.structs.replace(snapshot.cluster, **changes))


@pytest.fixture
def snapshots() -> Snapshots:
    return Snapshots()


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()
