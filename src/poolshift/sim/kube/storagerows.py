"""Rows of the tables of storage and priority classes, volumes and claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.semantics.volumes import DEFAULT_CLASS
from poolshift.sim.kube.objects import annotations_of, terminating
from poolshift.sim.kube.rows import age

if TYPE_CHECKING:
    from datetime import datetime

    from poolshift.sim.kube.objects import Object

_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def _modes(modes: list[str] | None) -> str:
    return ",".join(_MODES.get(mode, mode) for mode in modes or ())


def _phase(obj: Object) -> str:
    phase: str = (obj.get("status") or {}).get("phase", "")
    return "Terminating" if terminating(obj) else phase


def _age(obj: Object, now: datetime) -> str:
    return age(obj["metadata"].get("creationTimestamp"), now)


def volume_cells(volume: Object, now: datetime) -> list[Any]:
    """NAME CAPACITY MODES POLICY STATUS CLAIM CLASS REASON AGE VOLUMEMODE."""
    spec = volume["spec"]
    ref = spec.get("claimRef")
    return [
        volume["metadata"]["name"],
        (spec.get("capacity") or {}).get("storage", ""),
        _modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""),
        _phase(volume),
        f"{ref.get('namespace', '')}/{ref.get('name', '')}" if ref else "",
        spec.get("storageClassName", ""),
        (volume.get("status") or {}).get("reason", ""),
        _age(volume, now),
        spec.get("volumeMode", "<unset>"),
    ]


def claim_cells(claim: Object, now: datetime) -> list[Any]:
    """NAME STATUS VOLUME CAPACITY MODES CLASS AGE VOLUMEMODE; what is not bound has no size."""
    spec, status = claim["spec"], claim.get("status") or {}
    bound = bool(spec.get("volumeName"))
    return [
        claim["metadata"]["name"],
        _phase(claim),
        spec.get("volumeName", ""),
        (status.get("capacity") or {}).get("storage", "") if bound else "",
        _modes(status.get("accessModes")) if bound else "",
        spec.get("storageClassName", ""),
        _age(claim, now),
        spec.get("volumeMode", "<unset>"),
    ]


def storage_class_cells(class_: Object, now: datetime) -> list[Any]:
    """NAME PROVISIONER POLICY MODE EXPANSION AGE."""
    name = class_["metadata"]["name"]
    return [
        f"{name} (default)" if annotations_of(class_).get(DEFAULT_CLASS) == "true" else name,
        class_.get("provisioner", ""),
        class_.get("reclaimPolicy", "Delete"),
        class_.get("volumeBindingMode", "Immediate"),
        class_.get("allowVolumeExpansion", False),
        _age(class_, now),
    ]


def priority_class_cells(class_: Object, now: datetime) -> list[Any]:
    """NAME VALUE GLOBAL-DEFAULT AGE."""
    return [
        class_["metadata"]["name"],
        class_.get("value", 0),
        class_.get("globalDefault", False),
        _age(class_, now),
    ]
