"""Claims, disks and shares in the world."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.sim.kube.test_scheduling import (
    add,
    bare,
    events,
    find,
    linux_world,
    message,
    node_of,
)

from poolshift.core.errors import ApiError
from poolshift.sim.kube import tables
from poolshift.sim.kube.objects import Object
from poolshift.sim.kube.resources import (
    CLAIMS,
    PODS,
    PRIORITY_CLASSES,
    STORAGE_CLASSES,
    VOLUMES,
    Kind,
)
from poolshift.sim.kube.world import KubeWorld

DISK_ZONE = "topology.disk.csi.azure.com/zone"


def claim(name: str = "data", **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "8Gi"}},
            **spec,
        },
    }


def user(name: str, uses: str = "data", **spec: Any) -> Object:
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": uses}}]
    return bare(name, volumes=volumes, **spec)


def on(node: str) -> Object:
    return {"kubernetes.io/hostname": node}


def phase(world: KubeWorld, name: str = "data") -> str:
    found: str = world.store.get(CLAIMS, "default", name)["status"]["phase"]
    return found


def only_volume(world: KubeWorld) -> Object:
    [found] = world.store.all(VOLUMES)
    return found


def test_a_disk_is_made_in_the_zone_of_its_first_pod() -> None:
    world = linux_world(3, zones=3)
    add(world, claim())
    stored = world.store.get(CLAIMS, "default", "data")
    assert (stored["spec"]["storageClassName"], phase(world)) == ("default", "Pending")
    assert events(world, "WaitForFirstConsumer") == [
        "waiting for first consumer to be created before binding"
    ]
    add(world, user("web", nodeSelector=on("n1")), seconds=120)
    volume = only_volume(world)
    name = volume["metadata"]["name"]
    stored = world.store.get(CLAIMS, "default", "data")
    assert stored["metadata"]["annotations"]["volume.kubernetes.io/selected-node"] == "n1"
    assert (stored["spec"]["volumeName"], phase(world)) == (name, "Bound")
    [term] = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [
        {"key": DISK_ZONE, "operator": "In", "values": ["eastus-2"]}
    ]
    assert events(world, "ProvisioningSucceeded") == [f"Successfully provisioned volume {name}"]
    assert events(world, "SuccessfulAttachVolume") == [
        f'AttachVolume.Attach succeeded for volume "{name}"'
    ]
    assert (node_of(world, "web"), find(world, "web")["status"]["phase"]) == ("n1", "Running")


def test_a_disk_holds_its_pod_in_its_zone() -> None:
    world = linux_world(3, zones=3)
    add(world, claim(), user("web", nodeSelector=on("n1")), seconds=120)
    world.api.delete(PODS, ("default", "web"), by="u")
    world.cordon("n1", by="u")
    add(world, user("next"))
    assert message(world, "next") == (
        "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) had volume node affinity "
        "conflict. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    )


def test_a_disk_goes_from_node_to_node_only_when_the_old_pod_has_gone() -> None:
    world = linux_world(2)
    add(world, claim(), user("old", nodeSelector=on("n0")), seconds=120)
    name = only_volume(world)["metadata"]["name"]
    add(world, user("new", nodeSelector=on("n1")), seconds=60)
    assert node_of(world, "new") == "n1"
    assert find(world, "new")["status"]["phase"] == "Pending"
    assert events(world, "FailedAttachVolume") == [
        f'Multi-Attach error for volume "{name}" Volume is already used by pod(s) old'
    ]
    world.api.delete(PODS, ("default", "old"), by="u")
    timings = world.ctx.timings
    moving = timings.linux_stop_s + timings.disk_detach_s + timings.disk_attach_s
    world.clock.run_until(world.clock.t + moving - 0.1)
    assert find(world, "new")["status"]["phase"] == "Pending"
    world.clock.run_until(world.clock.t + 10)
    assert find(world, "new")["status"]["phase"] == "Running"


def test_a_second_pod_on_the_same_node_shares_the_disk() -> None:
    world = linux_world(1)
    add(world, claim(), user("one"), seconds=120)
    add(world, user("two"), seconds=10)
    assert find(world, "two")["status"]["phase"] == "Running"
    world.api.delete(PODS, ("default", "one"), by="u")
    world.clock.run_until(world.clock.t + 60)
    assert world.volumes.attached(only_volume(world)["metadata"]["name"])


def test_a_removed_node_lets_its_disks_go() -> None:
    world = linux_world(2)
    add(world, claim(), user("old", nodeSelector=on("n0")), seconds=120)
    add(world, user("new", nodeSelector=on("n1")), seconds=20)
    world.remove_node("n0", by="u")
    world.clock.run_until(world.clock.t + 60)
    assert find(world, "new")["status"]["phase"] == "Running"


def test_a_share_is_made_at_once_and_mounted_anywhere() -> None:
    world = linux_world(3, zones=3)
    add(world, claim(storageClassName="azurefile-csi", accessModes=["ReadWriteMany"]))
    assert phase(world) == "Bound"
    assert "nodeAffinity" not in only_volume(world)["spec"]
    add(world, *(user(f"web-{i}", nodeSelector=on(f"n{i}")) for i in range(3)))
    assert [find(world, f"web-{i}")["status"]["phase"] for i in range(3)] == ["Running"] * 3


def test_a_mount_that_is_refused_is_tried_again() -> None:
    world = linux_world(1)
    broken = {"n0": "mount error(95): Operation not supported"}
    world.attachments.mount_error = lambda pod, driver, node: broken.get(node, "")
    add(world, claim(storageClassName="azurefile-csi", accessModes=["ReadWriteMany"]))
    add(world, user("web"))
    assert find(world, "web")["status"]["phase"] == "Pending"
    assert events(world, "FailedMount") == ["mount error(95): Operation not supported"]
    broken.clear()
    world.clock.run_until(world.clock.t + 400)
    assert find(world, "web")["status"]["phase"] == "Running"


def test_an_unbound_immediate_claim_holds_its_pod_until_it_is_bound() -> None:
    world = linux_world(1)
    add(world, claim(storageClassName="azurefile-csi"), user("web"), seconds=1)
    assert message(world, "web") == (
        "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: "
        "0/1 nodes are available: 1 Preemption is not helpful for scheduling."
    )
    world.clock.run_until(world.clock.t + 60)
    assert find(world, "web")["status"]["phase"] == "Running"


def test_a_missing_claim_holds_its_pod_until_it_comes() -> None:
    world = linux_world(1)
    add(world, user("web"))
    assert 'persistentvolumeclaim "data" not found.' in message(world, "web")
    add(world, claim())
    assert node_of(world, "web") == "n0"


def test_a_claim_in_use_goes_after_its_pod_and_takes_its_disk_along() -> None:
    world = linux_world(1)
    add(world, claim(), user("web"), seconds=120)
    world.api.delete(CLAIMS, ("default", "data"), by="u")
    world.clock.run_until(world.clock.t + 60)
    assert world.store.get(CLAIMS, "default", "data")["metadata"]["deletionTimestamp"]
    world.api.delete(PODS, ("default", "web"), by="u")
    world.clock.run_until(world.clock.t + 5)
    assert world.store.find(CLAIMS, "default", "data") is None
    assert only_volume(world)["status"]["phase"] == "Released"
    world.clock.run_until(world.clock.t + 60)
    assert list(world.store.all(VOLUMES)) == []


def test_a_retained_volume_stays_released() -> None:
    world = linux_world(1)
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "kept"},
        "spec": {
            "capacity": {"storage": "10Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "own",
        },
    }
    add(world, volume)
    assert only_volume(world)["status"]["phase"] == "Available"
    add(world, claim(storageClassName="own"), seconds=5)
    assert (phase(world), only_volume(world)["spec"]["claimRef"]["name"]) == ("Bound", "data")
    world.api.delete(CLAIMS, ("default", "data"), by="u")
    world.clock.run_until(world.clock.t + 60)
    assert world.store.find(CLAIMS, "default", "data") is None
    assert only_volume(world)["status"]["phase"] == "Released"


def test_a_pod_that_goes_while_its_disk_is_made_leaves_no_trace_on_the_node() -> None:
    world = linux_world(1)
    add(world, claim(), user("web", cpu="3"), seconds=2)
    assert node_of(world, "web") == ""
    world.api.delete(PODS, ("default", "web"), by="u")
    add(world, bare("other", "3"))
    assert node_of(world, "other") == "n0"


def test_set_up_takes_no_time_with_disks_either() -> None:
    world = linux_world(1)
    world.warming = True
    for obj in (claim(), user("web")):
        world.apply(obj, by="u")
    world.settle()
    assert find(world, "web")["status"]["phase"] == "Running"


def test_only_the_size_of_a_claim_changes() -> None:
    world = linux_world(1)
    add(world, claim())
    stored = world.store.get(CLAIMS, "default", "data")
    larger = {**stored["spec"], "resources": {"requests": {"storage": "16Gi"}}}
    world.api.update(CLAIMS, ("default", "data"), {**stored, "spec": larger}, by="u")
    stored = world.store.get(CLAIMS, "default", "data")
    assert stored["spec"]["resources"]["requests"]["storage"] == "16Gi"
    other = {**stored, "spec": {**stored["spec"], "storageClassName": "managed-csi"}}
    with pytest.raises(ApiError, match="spec is immutable after creation"):
        world.api.update(CLAIMS, ("default", "data"), other, by="u")


def test_tables_show_what_became_of_claims_and_volumes() -> None:
    world = linux_world(1)
    add(world, claim(), user("web"), seconds=3600)
    name = only_volume(world)["metadata"]["name"]
    now = world.clock.moment()
    stored = world.store.get(CLAIMS, "default", "data")
    assert cells(CLAIMS, stored, now)[:6] == ["data", "Bound", name, "8Gi", "RWO", "default"]
    row = [name, "8Gi", "RWO", "Delete", "Bound", "default/data", "default"]
    assert cells(VOLUMES, only_volume(world), now)[:7] == row
    default = world.store.get(STORAGE_CLASSES, "", "default")
    assert cells(STORAGE_CLASSES, default, now)[:4] == [
        "default (default)",
        "disk.csi.azure.com",
        "Delete",
        "WaitForFirstConsumer",
    ]
    core = world.store.get(PRIORITY_CLASSES, "", "system-node-critical")
    assert cells(PRIORITY_CLASSES, core, now)[1:3] == [2_000_001_000, False]


def cells(kind: Kind, obj: Object, now: datetime) -> list[Any]:
    found: list[Any] = tables.layout(kind).cells(obj, now)
    return found
