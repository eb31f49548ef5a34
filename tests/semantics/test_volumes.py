from __future__ import annotations

from typing import Any

import msgspec
import pytest

from poolshift.core.kube import Meta, Node, NodeStatus, PodSpec
from poolshift.core.storage import Claim, PersistentVolume, StorageClass
from poolshift.semantics.fit import Surroundings, incoming, reasons, state_of
from poolshift.semantics.volumes import Storage, satisfies

DISK = "topology.disk.csi.azure.com/zone"
CONFLICT = "node(s) had volume node affinity conflict"
NOTHING = "node(s) didn't find available persistent volumes to bind"


def node(name: str, zone: str) -> Node:
    labels = {DISK: zone, "topology.kubernetes.io/zone": zone}
    return Node(Meta(name=name, labels=labels), status=NodeStatus(allocatable={"pods": "9"}))


def claim(name: str = "data", phase: str = "Pending", **parts: Any) -> Claim:
    meta = {"name": name, "namespace": "default", **parts.pop("metadata", {})}
    return msgspec.convert({"metadata": meta, "spec": parts, "status": {"phase": phase}}, Claim)


def volume(zone: str = "", name: str = "pv", labels: Any = None, **spec: Any) -> PersistentVolume:
    if zone:
        expression = {"key": DISK, "operator": "In", "values": [zone]}
        spec["nodeAffinity"] = {
            "required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
        }
    meta = {"name": name, "labels": labels or {}}
    return msgspec.convert({"metadata": meta, "spec": spec}, PersistentVolume)


def class_(name: str, mode: str, provisioner: str = "disk.csi.azure.com", **more: Any) -> Any:
    return msgspec.convert(
        {
            "metadata": {"name": name},
            "volumeBindingMode": mode,
            "provisioner": provisioner,
            **more,
        },
        StorageClass,
    )


CLASSES = {
    "late": class_("late", "WaitForFirstConsumer"),
    "now": class_("now", "Immediate"),
    "local": class_("local", "WaitForFirstConsumer", "kubernetes.io/no-provisioner"),
    "north": class_(
        "north",
        "WaitForFirstConsumer",
        allowedTopologies=[{"matchLabelExpressions": [{"key": DISK, "values": ["r-2"]}]}],
    ),
}
BOUND = {"phase": "Bound", "volumeName": "pv"}


@pytest.mark.parametrize(
    ("wanted", "there", "expected"),
    [
        pytest.param(None, None, ['persistentvolumeclaim "data" not found'] * 2, id="missing"),
        pytest.param(
            claim(metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}),
            None,
            ['persistentvolumeclaim "data" is being deleted'] * 2,
            id="going",
        ),
        pytest.param(
            claim(phase="Lost", volumeName="pv"),
            None,
            ['persistentvolumeclaim "data" bound to non-existent persistentvolume "pv"'] * 2,
            id="lost",
        ),
        pytest.param(
            claim(storageClassName="now"),
            None,
            ["pod has unbound immediate PersistentVolumeClaims"] * 2,
            id="immediate",
        ),
        pytest.param(claim(storageClassName="late"), None, ["", ""], id="made-where-the-pod-goes"),
        pytest.param(claim(storageClassName="north"), None, [NOTHING, ""], id="allowed-topologies"),
        pytest.param(
            claim(
                storageClassName="late",
                metadata={"annotations": {"volume.kubernetes.io/selected-node": "n2"}},
            ),
            None,
            [NOTHING, ""],
            id="node-selected-before",
        ),
        pytest.param(claim(storageClassName="local"), None, [NOTHING] * 2, id="nothing-to-bind"),
        pytest.param(
            claim(storageClassName="local"),
            volume("r-1", storageClassName="local"),
            ["", NOTHING],
            id="a-free-volume-in-one-zone",
        ),
        pytest.param(claim(**BOUND), volume("r-2"), [CONFLICT, ""], id="zonal-disk"),
        pytest.param(claim(**BOUND), volume(), ["", ""], id="a-share-is-anywhere"),
        pytest.param(
            claim(**BOUND),
            None,
            ["node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"] * 2,
            id="volume-gone",
        ),
        pytest.param(
            claim(**BOUND),
            volume(labels={"topology.kubernetes.io/zone": "r-2__r-3"}),
            ["node(s) had no available volume zone", ""],
            id="zone-labels-of-a-volume",
        ),
    ],
)
def test_why_a_node_refuses_a_pods_volumes(
    wanted: Claim | None, there: PersistentVolume | None, expected: list[str]
) -> None:
    storage = Storage(
        claim=lambda namespace, name: wanted,
        volume=lambda name: there,
        storage_class=lambda name: CLASSES.get(name or ""),
        unbound=lambda name: [there] if there else [],
    )
    spec = msgspec.convert(
        {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]}, PodSpec
    )
    pod = incoming(Meta(name="web", namespace="default"), spec)
    around = Surroundings(storage)
    nodes = [node("n1", "r-1"), node("n2", "r-2")]
    found = [", ".join(r.text for r in reasons(pod, state_of(n), around)) for n in nodes]
    assert found == expected


def test_an_exclusive_claim_is_for_one_pod() -> None:
    wanted = claim(accessModes=["ReadWriteOncePod"], **BOUND)
    storage = Storage(
        claim=lambda namespace, name: wanted,
        volume=lambda name: volume(),
        users=lambda namespace, name: ["n1"],
    )
    spec = msgspec.convert(
        {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]}, PodSpec
    )
    [refused] = reasons(
        incoming(Meta(name="web", namespace="default"), spec),
        state_of(node("n1", "r-1")),
        Surroundings(storage),
    )
    assert "ReadWriteOncePod access mode" in refused.text
    assert not refused.lasting


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"capacity": {"storage": "4Gi"}}, False),
        ({"accessModes": ["ReadOnlyMany"]}, False),
        ({"storageClassName": "b"}, False),
        ({"volumeMode": "Block"}, False),
        ({"claimRef": {"namespace": "default", "name": "data"}}, True),
        ({"claimRef": {"namespace": "default", "name": "other"}}, False),
    ],
)
def test_a_volume_gives_what_a_claim_asks(changes: dict[str, Any], *, expected: bool) -> None:
    spec = {
        "capacity": {"storage": "8Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "a",
        **changes,
    }
    wanted = claim(
        accessModes=["ReadWriteOnce"],
        storageClassName="a",
        resources={"requests": {"storage": "5Gi"}},
    )
    assert satisfies(volume(**spec), wanted, "a") is expected
