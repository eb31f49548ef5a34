"""A pool of the azurerm provider told as an azapi resource, which takes what ARM takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.terraform.layout import aligned
from poolshift.semantics.generation import needs_fips

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.rewrite.terraform.tree import Block

POOL_TYPE = "Microsoft.ContainerService/managedClusters/agentPools"

ARM_NAMES = {
    "vm_size": "vmSize",
    "mode": "mode",
    "node_count": "count",
    "auto_scaling_enabled": "enableAutoScaling",
    "enable_auto_scaling": "enableAutoScaling",
    "min_count": "minCount",
    "max_count": "maxCount",
    "orchestrator_version": "orchestratorVersion",
    "os_disk_size_gb": "osDiskSizeGB",
    "os_disk_type": "osDiskType",
    "kubelet_disk_type": "kubeletDiskType",
    "max_pods": "maxPods",
    "vnet_subnet_id": "vnetSubnetID",
    "pod_subnet_id": "podSubnetID",
    "zones": "availabilityZones",
    "availability_zones": "availabilityZones",
    "node_labels": "nodeLabels",
    "node_taints": "nodeTaints",
    "tags": "tags",
    "scale_down_mode": "scaleDownMode",
    "priority": "scaleSetPriority",
    "eviction_policy": "scaleSetEvictionPolicy",
    "spot_max_price": "spotMaxPrice",
    "proximity_placement_group_id": "proximityPlacementGroupID",
    "host_group_id": "hostGroupID",
    "capacity_reservation_group_id": "capacityReservationGroupID",
    "node_public_ip_enabled": "enableNodePublicIP",
    "enable_node_public_ip": "enableNodePublicIP",
    "node_public_ip_prefix_id": "nodePublicIPPrefixID",
    "host_encryption_enabled": "enableEncryptionAtHost",
    "enable_host_encryption": "enableEncryptionAtHost",
    "ultra_ssd_enabled": "enableUltraSSD",
    "workload_runtime": "workloadRuntime",
}
"""What ARM calls an attribute of the provider; values are the same."""

_SET_HERE = frozenset(
    {"name", "kubernetes_cluster_id", "os_type", "os_sku", "fips_enabled", "fips_image_enabled"}
)


def as_azapi(block: Block, label: str, name: str, to: str, catalog: Catalog) -> str:
    """The text of an azapi resource for green, from blue's block; what has no counterpart is told.

    Values stay the expressions that they are.
    """
    items = [("osType", '"Windows"'), ("osSKU", f'"{to}"')]
    if needs_fips(to, catalog):
        items.append(("enableFIPS", "true"))
    left: list[str] = [b.kind for b in block.blocks]
    for attribute in block.attributes:
        arm = ARM_NAMES.get(attribute.name)
        if arm is not None:
            items.append((arm, attribute.value.text.replace("\n", "\n    ")))
        elif attribute.name not in _SET_HERE:
            left.append(attribute.name)
    sku = catalog.sku(to)
    version = (sku.first_stable_api_version if sku else "") or current_version(catalog)
    cluster = block.value("kubernetes_cluster_id")
    head = [
        ("type", f'"{POOL_TYPE}@{version}"'),
        ("parent_id", cluster.text if cluster else '"CLUSTER_ID"'),
        ("name", f'"{name}"'),
    ]
    lines = [
        f'resource "azapi_resource" "{label}" {{',
        *aligned(head, "  "),
        "  body = {",
        "    properties = {",
        *aligned(items, "      "),
        "    }",
        "  }",
        "}",
    ]
    if left:
        lines.append(f"# not carried over, see whether you need them: {', '.join(left)}")
    return "\n".join(lines)


def current_version(catalog: Catalog) -> str:
    """The newest stable api-version of pools that the catalog knows."""
    versions = (
        v.current_stable
        for v in catalog.apis.api_versions
        if v.provider == "Microsoft.ContainerService" and v.current_stable
    )
    return max(versions, default="")
