"""Green as arguments of `New-AzAksNodePool`, as far as it has a parameter for each field.

A field without a parameter is never dropped: the whole body is then sent to ARM. So it is, too,
where the installed module lacks one of the parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from poolshift.render.az.pool import DEFAULTS

PARAMETERS: Mapping[str, str] = {
    "osType": "OsType",
    "osSKU": "OsSKU",
    "vmSize": "VmSize",
    "mode": "Mode",
    "orchestratorVersion": "KubernetesVersion",
    "osDiskType": "OSDiskType",
    "osDiskSizeGB": "OsDiskSize",
    "maxPods": "MaxPodCount",
    "type": "VmSetType",
    "scaleDownMode": "ScaleDownMode",
    "vnetSubnetID": "VnetSubnetID",
    "podSubnetID": "PodSubnetID",
    "podIPAllocationMode": "PodIPAllocationMode",
    "proximityPlacementGroupID": "PPG",
    "hostGroupID": "HostGroupID",
    "nodePublicIPPrefixID": "NodePublicIPPrefixID",
    "scaleSetPriority": "ScaleSetPriority",
    "scaleSetEvictionPolicy": "ScaleSetEvictionPolicy",
    "spotMaxPrice": "SpotMaxPrice",
    "gpuInstanceProfile": "GpuInstanceProfile",
    "workloadRuntime": "WorkloadRuntime",
    "availabilityZones": "AvailabilityZone",
    "nodeTaints": "NodeTaint",
    "nodeLabels": "NodeLabel",
    "tags": "Tag",
    "enableNodePublicIP": "EnableNodePublicIp",
    "enableEncryptionAtHost": "EnableEncryptionAtHost",
    "enableUltraSSD": "EnableUltraSSD",
    "enableFIPS": "EnableFIPS",
    "upgradeSettings.maxSurge": "MaxSurge",
}
"""Field → the parameter that says it."""

_SAID_ELSEWHERE = frozenset({"count", "enableAutoScaling"})
"""The count is reckoned when the script runs; the autoscaler comes at the end."""
_MORE_DEFAULTS = {"upgradeSettings.maxUnavailable": "0"}


@dataclass(frozen=True)
class Said:
    """What the cmdlet can say of a body: its arguments, and the fields that it cannot say."""

    arguments: Mapping[str, Any]
    unsaid: tuple[str, ...]


def said_by_cmdlet(properties: Mapping[str, Any]) -> Said:
    """What the cmdlet can say of a pool's properties; what is off or empty needs no argument."""
    arguments: dict[str, Any] = {}
    unsaid: list[str] = []
    for path, value in _leaves(properties):
        if path in _SAID_ELSEWHERE or value in (None, False, [], {}):
            continue
        if {**DEFAULTS, **_MORE_DEFAULTS}.get(path) == value:
            continue
        if path in PARAMETERS:
            arguments[PARAMETERS[path]] = value
        else:
            unsaid.append(path)
    return Said(arguments, tuple(unsaid))


def _leaves(properties: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Fields with their values, those of nested objects by path; labels and tags are values."""
    found: list[tuple[str, Any]] = []
    for field, value in properties.items():
        if isinstance(value, Mapping) and field not in PARAMETERS:
            found += [(f"{field}.{key}", inner) for key, inner in value.items()]
        else:
            found.append((field, value))
    return found
