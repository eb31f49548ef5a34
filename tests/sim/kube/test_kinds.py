"""Kinds beyond the workloads: served, defaulted, and printed as the server prints them."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from tests.sim.kube.worlds import make_world

from poolshift.sim.kube import tables
from poolshift.sim.kube.resources import KINDS, by_kind, by_path

CASES = [
    pytest.param(
        "v1",
        "PersistentVolume",
        {
            "spec": {
                "capacity": {"storage": "5Gi"},
                "accessModes": ["ReadWriteOnce", "ReadOnlyMany"],
                "claimRef": {"namespace": "default", "name": "c"},
                "storageClassName": "managed",
            }
        },
        ["x", "5Gi", "RWO,ROX", "Retain", "Pending", "default/c", "managed", "<unset>", "", "0s"],
        id="volume",
    ),
    pytest.param(
        "v1",
        "PersistentVolumeClaim",
        {
            "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "managed"},
            "status": {"phase": "Pending"},
        },
        ["x", "Pending", "", "", "", "managed", "<unset>", "0s"],
        id="claim",
    ),
    pytest.param(
        "storage.k8s.io/v1",
        "StorageClass",
        {
            "metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            "provisioner": "disk.csi.azure.com",
            "allowVolumeExpansion": True,
        },
        ["x (default)", "disk.csi.azure.com", "Delete", "Immediate", "true", "0s"],
        id="storage-class",
    ),
    pytest.param(
        "batch/v1",
        "CronJob",
        {
            "spec": {
                "schedule": "0 3 * * *",
                "jobTemplate": {
                    "spec": {
                        "template": {
                            "spec": {
                                "restartPolicy": "Never",
                                "containers": [{"name": "j", "image": "i"}],
                            }
                        }
                    }
                },
            }
        },
        ["x", "0 3 * * *", "<none>", "False", 0, "<none>", "0s", "j", "i", "<none>"],
        id="cron-job",
    ),
    pytest.param(
        "v1",
        "ResourceQuota",
        {"status": {"hard": {"limits.cpu": "4", "pods": "10"}, "used": {"pods": "3"}}},
        ["x", "pods: 3/10", "limits.cpu: 0/4", "0s"],
        id="quota",
    ),
    pytest.param(
        "scheduling.k8s.io/v1",
        "PriorityClass",
        {"value": 1000},
        ["x", 1000, False, "PreemptLowerPriority", "0s"],
        id="priority-class",
    ),
    pytest.param(
        "networking.k8s.io/v1",
        "Ingress",
        {"spec": {"rules": [{"host": "a.example"}], "tls": [{}]}},
        ["x", "<none>", "a.example", "", "80, 443", "0s"],
        id="ingress",
    ),
    pytest.param(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        {
            "addressType": "IPv4",
            "ports": [{"port": 80}],
            "endpoints": [{"addresses": [f"10.0.0.{n}"]} for n in range(5)],
        },
        ["x", "IPv4", "80", "10.0.0.0,10.0.0.1,10.0.0.2 + 2 more...", "0s"],
        id="endpoint-slice",
    ),
    pytest.param(
        "keda.sh/v1alpha1",
        "ScaledObject",
        {
            "spec": {"scaleTargetRef": {"name": "web"}, "maxReplicaCount": 5, "triggers": []},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]},
        },
        ["x", None, "web", None, 5, "True", None, None, None, None, None, "0s"],
        id="scaled-object",
    ),
    pytest.param(
        "helm.toolkit.fluxcd.io/v2",
        "HelmRelease",
        {"status": {"conditions": [{"type": "Ready", "status": "True", "message": "done"}]}},
        ["x", "0s", "True", "done"],
        id="helm-release",
    ),
    pytest.param(
        "argoproj.io/v1alpha1",
        "Application",
        {
            "spec": {"project": "p"},
            "status": {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}},
        },
        ["x", "Synced", "Healthy", None, "p"],
        id="application",
    ),
]


@pytest.mark.parametrize(("version", "kind", "body", "cells"), CASES)
def test_a_row_is_the_servers(
    version: str, kind: str, body: dict[str, Any], cells: list[Any]
) -> None:
    world = make_world()
    found = by_kind(version, kind)
    assert found is not None
    meta = {"name": "x", **body.get("metadata", {})}
    sent = {"apiVersion": version, "kind": kind, **body, "metadata": meta}
    namespace = "default" if found.namespaced else ""
    stored = world.api.create(found, namespace, sent, by="user:test")
    table = tables.table(found, [stored], {}, world.clock.moment())
    shown = table["rows"][0]["cells"]
    assert shown[: len(cells)] == cells
    assert len(shown) == len(table["columnDefinitions"])


def test_every_kind_has_a_path_of_its_own_and_a_table() -> None:
    assert len({k.plural for k in KINDS}) == len(KINDS)
    for kind in KINDS:
        assert by_path(kind.group, kind.version, kind.plural) is kind
        assert tables.layout(kind).columns[0].name in ("Name", "Last Seen")


def test_a_secrets_plain_text_is_stored_encoded() -> None:
    world = make_world()
    kind = by_kind("v1", "Secret")
    assert kind is not None
    body = {"metadata": {"name": "s"}, "stringData": {"a": "b"}}
    stored = world.api.create(kind, "default", body, by="user:test")
    assert stored["data"] == {"a": base64.b64encode(b"b").decode()}
    assert "stringData" not in stored
    assert stored["type"] == "Opaque"
