"""Volumes as the drivers of disks and shares register them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube.nodes import DISK_ZONE
from poolshift.sim.kube.plugins import VOLUME_FINALIZER

if TYPE_CHECKING:
    from poolshift.core.storage import StorageClass
    from poolshift.sim.kube.objects import Object


def volume_for(claim: Object, class_: StorageClass, zones: list[str], now: str) -> Object:
    """A volume as the driver registers it; disks are reached from their zones only."""
    uid, spec = claim["metadata"]["uid"], claim["spec"]
    body: Object = {
        "capacity": {
            "storage": (spec.get("resources") or {}).get("requests", {}).get("storage", "1Gi")
        },
        "accessModes": spec.get("accessModes") or ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": class_.reclaim_policy,
        "storageClassName": class_.metadata.name,
        "volumeMode": spec.get("volumeMode", "Filesystem"),
        "csi": {"driver": class_.provisioner, "volumeHandle": f"pvc-{uid}"},
    }
    if zones:
        terms = [
            {"matchExpressions": [{"key": DISK_ZONE, "operator": "In", "values": [zone]}]}
            for zone in zones
        ]
        body["nodeAffinity"] = {"required": {"nodeSelectorTerms": terms}}
    return {
        "kind": "PersistentVolume",
        "apiVersion": "v1",
        "metadata": {
            "name": f"pvc-{uid}",
            "creationTimestamp": now,
            "annotations": {"pv.kubernetes.io/provisioned-by": class_.provisioner},
            "finalizers": [VOLUME_FINALIZER],
        },
        "spec": body,
        "status": {"phase": "Pending"},
    }
