"""Rules on capacity beyond their cases: shared layers, several quotas, autoscaled pools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.rules.asked import run

from poolshift.core.arm import Usage
from poolshift.core.image import ImageFacts, ImageLayer, Platform
from poolshift.core.kube import Container, Taint
from poolshift.core.snapshot import NodeFacts, PodFacts, QuotaFacts

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.core.snapshot import Snapshot

GB = 10**9


def _two_images(s: Any, *, shared: bool) -> Snapshot:
    """Two workloads on one node with images of 5 GB each, 4 GB of them maybe the same layer."""
    workloads, images, pods = [], [], []
    for name in ("a", "b"):
        ref = f"shop.azurecr.io/{name}:1"
        base = ImageLayer("sha256:base" if shared else f"sha256:{name}-base", 4 * GB)
        layers = (base, ImageLayer(f"sha256:{name}", GB))
        platform = Platform("windows", size_bytes=5 * GB, layers=layers)
        images.append(ImageFacts(ref, f"sha256:{name}", (platform,)))
        workload = s.workload(name, spec={"containers": (Container("main", ref),)})
        workloads.append(workload)
        pods.append(PodFacts("shop", name, name, workload.target, "n0", "Running", True))
    found: Snapshot = s.changed(
        pools=(s.windows_pool(raw={"properties": {"osDiskSizeGB": 64}}),),
        workloads=tuple(workloads),
        images=tuple(images),
        pods=tuple(pods),
        nodes=(NodeFacts("n0", "ws22", "windows"),),
    )
    return found


@pytest.mark.parametrize(("shared", "found"), [(True, 0), (False, 1)])
def test_layer_that_two_images_share_lies_on_the_disk_once(
    shared: bool, found: int, snapshots: Any, catalog: Catalog
) -> None:
    snapshot = _two_images(snapshots, shared=shared)
    findings, not_checked = run("PSC415", snapshot, catalog, to="Windows2025")
    assert (len(findings), not_checked) == (found, [])


def test_region_total_counts_beside_the_family(snapshots: Any, catalog: Catalog) -> None:
    usages = (Usage("standardDSv5Family", 0, 100), Usage("cores", 195, 200))
    [finding], _ = run("PSC401", snapshots.changed(usages=usages), catalog, to="Windows2025")
    assert "5 are left, enough for 1 nodes" in finding.what
    assert "begin with one node of green" in finding.fix


def test_pools_that_are_short_alone_are_not_told_of_together(
    snapshots: Any, catalog: Catalog
) -> None:
    pools = (snapshots.windows_pool(), snapshots.windows_pool(name="web22", count=1))
    usages = (Usage("standardDSv5Family", 92, 100),)
    snapshot = snapshots.changed(pools=pools, usages=usages)
    findings, _ = run("PSC401", snapshot, catalog, to="Windows2025")
    assert [f.target for f in findings] == ["pool/ws22"]


def test_autoscaled_pool_holds_what_its_maximum_holds(snapshots: Any, catalog: Catalog) -> None:
    def asked(most: int) -> list[str]:
        container = Container("main", "i:1")
        resources = msgspec.structs.replace(container.resources, requests={"cpu": "2"})
        container = msgspec.structs.replace(container, resources=resources)
        workload = snapshots.workload(autoscaler_max=10, spec={"containers": (container,)})
        node = NodeFacts("n0", "ws22", "windows", allocatable={"cpu": "4", "pods": "30"})
        pool = snapshots.windows_pool(count=1, autoscaling=True, min_count=1, max_count=most)
        snapshot = snapshots.changed(pools=(pool,), workloads=(workload,), nodes=(node,))
        return [f.what for f in run("PSC413", snapshot, catalog, to="Windows2025")[0]]

    assert asked(5) == []
    [short] = asked(4)
    assert short == "its autoscaled workloads may ask for 20 of cpu; it has 16"


def test_quota_of_another_namespace_or_of_limits_is_left_alone(
    snapshots: Any, catalog: Catalog
) -> None:
    full = {"pods": "3", "limits.cpu": "1"}
    quotas = (
        QuotaFacts("other/ResourceQuota/all", full, full),
        QuotaFacts("shop/ResourceQuota/limits", {"limits.cpu": "1"}, {"limits.cpu": "1"}),
    )
    assert run("PSC416", snapshots.changed(quotas=quotas), catalog, to="Windows2025") == ([], [])
    pods = (QuotaFacts("shop/ResourceQuota/pods", {"pods": "3"}, {"pods": "3"}),)
    [finding], _ = run("PSC416", snapshots.changed(quotas=pods), catalog, to="Windows2025")
    assert "no pods left" in finding.what


def test_taint_of_a_node_alone_is_told(snapshots: Any, catalog: Catalog) -> None:
    taints = (
        Taint("maintenance", "soon", "NoSchedule"),
        Taint("node.kubernetes.io/unschedulable", "", "NoSchedule"),
        Taint("dedicated", "shop", "NoSchedule"),
    )
    pool = snapshots.windows_pool(taints=("dedicated=shop:NoSchedule",))
    node = NodeFacts("n0", "ws22", "windows", taints=taints)
    snapshot = snapshots.changed(pools=(pool,), nodes=(node,))
    [finding], _ = run("PSC418", snapshot, catalog, to="Windows2025")
    assert finding.what == "its nodes have what new nodes will not: taint maintenance"
