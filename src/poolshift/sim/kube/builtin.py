"""Objects that a new AKS cluster comes with: priority classes and storage classes."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from poolshift.semantics.volumes import DEFAULT_CLASS, WAIT
from poolshift.sim.kube.resources import PRIORITY_CLASSES, STORAGE_CLASSES, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.sim.kube.objects import Object

DISK_DRIVER = "disk.csi.azure.com"
FILE_DRIVER = "file.csi.azure.com"
SYSTEM_PRIORITIES = {
    "system-cluster-critical": 2_000_000_000,
    "system-node-critical": 2_000_001_000,
}
_DISKS = {
    "default": "StandardSSD_LRS",
    "managed": "StandardSSD_LRS",
    "managed-csi": "StandardSSD_LRS",
    "managed-csi-premium": "Premium_LRS",
    "managed-premium": "Premium_LRS",
}
_SHARES = {
    "azurefile": "Standard_LRS",
    "azurefile-csi": "Standard_LRS",
    "azurefile-csi-premium": "Premium_LRS",
    "azurefile-premium": "Premium_LRS",
}


def objects(now: str) -> Iterator[tuple[Kind, Object]]:
    """Every such object; their uids follow from their names, so that they draw on no seed."""
    for name, value in SYSTEM_PRIORITIES.items():
        body = {"value": value, "preemptionPolicy": "PreemptLowerPriority"}
        yield PRIORITY_CLASSES, _object(PRIORITY_CLASSES, name, now, body)
    for name, sku in _DISKS.items():
        body = _class(DISK_DRIVER, {"skuname": sku}, WAIT)
        obj = _object(STORAGE_CLASSES, name, now, body)
        if name == "default":
            obj["metadata"]["annotations"] = {DEFAULT_CLASS: "true"}
        yield STORAGE_CLASSES, obj
    for name, sku in _SHARES.items():
        body = _class(FILE_DRIVER, {"skuName": sku}, "Immediate")
        yield STORAGE_CLASSES, _object(STORAGE_CLASSES, name, now, body)


def _class(driver: str, parameters: dict[str, str], mode: str) -> Object:
    return {
        "provisioner": driver,
        "parameters": parameters,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": mode,
        "allowVolumeExpansion": True,
    }


def _object(kind: Kind, name: str, now: str, body: Object) -> Object:
    uid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind.plural}/{name}"))
    meta = {"name": name, "uid": uid, "creationTimestamp": now}
    return {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": meta, **body}
