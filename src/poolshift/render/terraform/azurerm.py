"""Green as a resource of the azurerm provider, as far as it has an attribute for each field.

A field without an attribute is never dropped: azapi then takes the whole body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from poolshift.render.az.pool import DEFAULTS

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.core.plan import PlanPool

CLIENT = "Terraform azurerm"

ATTRIBUTES: Mapping[str, str] = {
    "vmSize": "vm_size",
    "count": "node_count",
    "mode": "mode",
    "osType": "os_type",
    "osSKU": "os_sku",
    "enableFIPS": "fips_enabled",
    "orchestratorVersion": "orchestrator_version",
    "osDiskSizeGB": "os_disk_size_gb",
    "osDiskType": "os_disk_type",
    "kubeletDiskType": "kubelet_disk_type",
    "maxPods": "max_pods",
    "vnetSubnetID": "vnet_subnet_id",
    "podSubnetID": "pod_subnet_id",
    "availabilityZones": "zones",
    "nodeLabels": "node_labels",
    "nodeTaints": "node_taints",
    "tags": "tags",
    "scaleDownMode": "scale_down_mode",
    "scaleSetPriority": "priority",
    "scaleSetEvictionPolicy": "eviction_policy",
    "spotMaxPrice": "spot_max_price",
    "proximityPlacementGroupID": "proximity_placement_group_id",
    "hostGroupID": "host_group_id",
    "capacityReservationGroupID": "capacity_reservation_group_id",
    "enableNodePublicIP": "node_public_ip_enabled",
    "nodePublicIPPrefixID": "node_public_ip_prefix_id",
    "enableEncryptionAtHost": "host_encryption_enabled",
    "enableUltraSSD": "ultra_ssd_enabled",
    "workloadRuntime": "workload_runtime",
    "enableAutoScaling": "auto_scaling_enabled",
    "minCount": "min_count",
    "maxCount": "max_count",
}
"""Field → the attribute that says it."""

BLOCKS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "upgradeSettings": (
        "upgrade_settings",
        {
            "maxSurge": "max_surge",
            "drainTimeoutInMinutes": "drain_timeout_in_minutes",
            "nodeSoakDurationInMinutes": "node_soak_duration_in_minutes",
        },
    ),
}
"""Field → the block that says it, with its attributes."""

_TYPE = "VirtualMachineScaleSets"


@dataclass(frozen=True)
class Said:
    """What the provider can say of a body.

    Attributes:
        attributes: in the order of the body.
        blocks: name and attributes of each.
        unsaid: the fields that it has nothing for.
    """

    attributes: tuple[tuple[str, Any], ...]
    blocks: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]
    unsaid: tuple[str, ...]


def said_by_azurerm(properties: Mapping[str, Any]) -> Said:
    """What the provider can say of a pool's properties; values that are its defaults are left."""
    attributes: list[tuple[str, Any]] = []
    blocks: list[tuple[str, tuple[tuple[str, Any], ...]]] = []
    unsaid: list[str] = []
    for field, value in properties.items():
        if _is_default(field, value):
            continue
        if field in ATTRIBUTES:
            attributes.append((ATTRIBUTES[field], value))
        elif field in BLOCKS:
            name, known = BLOCKS[field]
            inner = {k: v for k, v in dict(value).items() if not _is_default(f"{field}.{k}", v)}
            if inner.keys() <= known.keys() and "maxSurge" in inner:
                blocks.append((name, tuple((known[k], v) for k, v in inner.items())))
            elif inner:
                unsaid.append(field)
        elif field == "windowsProfile" and set(value) == {"disableOutboundNat"}:
            off = not value["disableOutboundNat"]
            blocks.append(("windows_profile", (("outbound_nat_enabled", off),)))
        else:
            unsaid.append(field)
    return Said(tuple(attributes), tuple(blocks), tuple(unsaid))


def _is_default(field: str, value: Any) -> bool:
    if value is None or value in ({}, []):
        return True
    if field == "type":
        return bool(value == _TYPE)
    if field == "enableAutoScaling":
        return value is False
    if isinstance(value, Mapping):
        return all(_is_default(f"{field}.{key}", inner) for key, inner in value.items())
    known = {**DEFAULTS, "upgradeSettings.maxUnavailable": "0"}
    return field in known and known[field] == value


def hindrance(pool: PlanPool, properties: Mapping[str, Any], catalog: Catalog) -> str:
    """Why azurerm cannot create green, in words; empty where it can."""
    client = next((c for c in catalog.os_skus.client_enums if c.client == CLIENT), None)
    if client is not None and pool.to in client.values_missing:
        return f"the azurerm provider does not take {pool.to} ({client.note.partition(';')[0]})"
    if pool.headers:
        names = ", ".join(pool.headers)
        return f"the azurerm provider cannot send the header {names} that {pool.green} needs"
    unsaid = said_by_azurerm(properties).unsaid
    if unsaid:
        return f"the azurerm provider cannot say {', '.join(unsaid)} of {pool.green}"
    return ""
