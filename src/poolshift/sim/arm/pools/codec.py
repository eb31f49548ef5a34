"""Bodies of pools: what a client leaves out, and what it reads back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.fills import RUNTIME
from poolshift.sim.arm.machines import instance_of, zone_of
from poolshift.sim.arm.versions import matches

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld, SimPool

POOL_TYPE = "Microsoft.ContainerService/managedClusters/agentPools"

# What the service fills in; null and absent are the same to it. 0 is "choose" for the disk.
_DEFAULTS: dict[str, Any] = {
    "count": 1,
    "kubeletDiskType": "OS",
    "type": "VirtualMachineScaleSets",
    "enableAutoScaling": False,
    "scaleDownMode": "Delete",
    "enableNodePublicIP": False,
    "mode": "User",
    "enableEncryptionAtHost": False,
    "enableUltraSSD": False,
    "enableFIPS": False,
    "workloadRuntime": RUNTIME,
}
_DISK_GB = 128
_MAX_PODS_AZURE_CNI = 30
_MAX_PODS_OVERLAY = 250
_MAX_PODS_KUBENET = 110
# Recorded in July 2025: an OS disk as large as the size's cache; in September, as its own disk.
_TEMP_SINCE = dt.date(2025, 8, 1)
# One of those that the service was recorded to choose for a new cluster (Standard_D8ds_v5 among
# them); by what it chooses was not.
_SIZE = "Standard_D8ds_v5"

# The service answers with these; a client that writes them back changes nothing by it.
READ_ONLY = frozenset(
    {
        "provisioningState",
        "currentOrchestratorVersion",
        "nodeImageVersion",
        "eTag",
        "powerState",
        "status",
        "recentlyUsedVersions",
    }
)
# Taken away by a PUT that leaves them out; anything else left out stays as it is.
REPLACED = frozenset({"nodeLabels", "nodeTaints", "tags"})
# Of the autoscaler.
BOUNDS = frozenset({"minCount", "maxCount"})
# In this order, as the service writes a pool.
_ORDER = (
    "eTag",
    "count",
    "vmSize",
    "osDiskSizeGB",
    "osDiskType",
    "kubeletDiskType",
    "maxPods",
    "type",
    "availabilityZones",
    "maxCount",
    "minCount",
    "enableAutoScaling",
    "scaleDownMode",
    "provisioningState",
    "powerState",
    "orchestratorVersion",
    "currentOrchestratorVersion",
)


def filled(world: ArmWorld, sent: dict[str, Any]) -> dict[str, Any]:
    """The properties of a new pool, with everything that the service chooses."""
    given = {k: v for k, v in sent.items() if v is not None and k not in (*READ_ONLY, "name")}
    # Clients may write it in lower case; what depends on it here does not.
    os_type = str(given.get("osType") or "Linux").capitalize()
    props = {**_DEFAULTS, **given, "osType": os_type}
    props["osSKU"] = str(given.get("osSKU") or default_sku(world, os_type))
    props["vmSize"] = str(given.get("vmSize") or _usual_size(world, os_type))
    if props["mode"] == "ManagedSystem":
        # Recorded: such a pool is of single machines, which the service chooses.
        scale = {"manual": [{"size": props["vmSize"], "count": 1}]}
        managed = {"type": "VirtualMachines", "virtualMachinesProfile": {"scale": scale}}
        given = {**managed, **given}
        props |= managed | {"osDiskType": "Ephemeral"}
    props |= single_machines(given)
    props |= _disk(world, props)
    props["maxPods"] = int(given.get("maxPods") or 0) or _max_pods(world)
    version = str(given.get("orchestratorVersion") or "") or world.cluster.version
    props["orchestratorVersion"] = version
    props["upgradeSettings"] = {"maxSurge": "10%", "maxUnavailable": "0"} | (
        given.get("upgradeSettings") or {}
    )
    if props.get("scaleSetPriority") == "Spot":
        props |= _spot(given)
    props["count"] = int(props["count"])
    props["eTag"] = world.tag()
    return props


def _disk(world: ArmWorld, props: dict[str, Any]) -> dict[str, Any]:
    """The OS disk: on the size's own disk where that is large enough and nothing else is asked."""
    asked = int(props.get("osDiskSizeGB") or 0)
    found = [f for f in world.catalog.vm_sizes.families if f.ephemeral_os]
    size = str(props["vmSize"]).lower()
    local = 0
    for family in found:
        disks_of = (family.cache_gb, family.temp_gb)
        # The last one that the size has counts.
        for disks in disks_of if _day(world) >= _TEMP_SINCE else reversed(disks_of):
            local = next((gb for name, gb in disks.items() if name.lower() == size), 0) or local
    kind = str(props.get("osDiskType") or "")
    if not kind:
        kind = "Ephemeral" if local >= max(asked, _DISK_GB) else "Managed"
    usual = local if kind == "Ephemeral" and local >= _DISK_GB else _DISK_GB
    return {"osDiskSizeGB": asked or usual, "osDiskType": kind}


def _spot(given: dict[str, Any]) -> dict[str, Any]:
    """What the service puts on the nodes of a spot pool, to keep off what cannot bear it."""
    key = "kubernetes.azure.com/scalesetpriority"
    taint = f"{key}=spot:NoSchedule"
    taints = [t for t in given.get("nodeTaints") or () if t != taint]
    return {
        "scaleSetEvictionPolicy": given.get("scaleSetEvictionPolicy") or "Delete",
        "spotMaxPrice": given.get("spotMaxPrice", -1),
        "nodeLabels": {**(given.get("nodeLabels") or {}), key: "spot"},
        "nodeTaints": [*taints, taint],
    }


def _day(world: ArmWorld) -> dt.date:
    return world.clock.moment().date()


def single_machines(given: dict[str, Any]) -> dict[str, Any]:
    """A pool of single machines: its sizes and counts stand in a profile of its own."""
    scale = (given.get("virtualMachinesProfile") or {}).get("scale") or {}
    manual = [one for one in scale.get("manual") or () if isinstance(one, dict)]
    if not manual:
        return {}
    sizes = [{"size": str(o.get("size")), "count": int(o.get("count") or 0)} for o in manual]
    return {
        "virtualMachineNodesStatus": sizes,
        "vmSize": sizes[0]["size"],
        "count": sum(int(str(one["count"])) for one in sizes),
    }


def body_of(world: ArmWorld, pool: SimPool) -> dict[str, Any]:
    """A pool as its own resource."""
    return {
        "id": world.ids.pool_id(pool.name),
        "name": pool.name,
        "type": POOL_TYPE,
        "properties": ordered(pool.properties),
    }


def profile_of(pool: SimPool) -> dict[str, Any]:
    """A pool as the cluster lists it."""
    return {"name": pool.name, **ordered(pool.properties)}


def machine_body(world: ArmWorld, pool: SimPool, name: str) -> dict[str, Any]:
    """A machine of a pool; Azure counts machines in tens, their names in base 36."""
    # Recorded: this resource writes `resourceGroups` with a capital G, unlike its pool.
    pool_id = world.ids.pool_id(pool.name).replace("/resourcegroups/", "/resourceGroups/")
    machine = f"{world.ids.scale_set_id(pool.scale_set)}/virtualMachines/{instance_of(name)}"
    zone = zone_of(world, pool, name)
    return {
        "id": f"{pool_id}/machines/{name}",
        "name": name,
        "type": f"{POOL_TYPE}/machines",
        **({"zones": [zone]} if zone else {}),
        "properties": {
            "network": {"ipAddresses": [{"ip": pool.addresses[name], "family": "IPv4"}]},
            "resourceId": machine,
        },
    }


def ordered(props: dict[str, Any]) -> dict[str, Any]:
    """Properties in the order in which the service writes them."""
    first = {key: props[key] for key in _ORDER if key in props}
    return {**first, **props}


def default_sku(world: ArmWorld, os_type: str) -> str:
    """The OS SKU of a pool that asks for none, by the control plane's version."""
    if os_type == "Linux":
        return "Ubuntu"
    version = world.cluster.version
    for sku in world.catalog.os_skus.os_skus:
        if sku.os_type == os_type and sku.default_for_k8s and matches(version, sku.default_for_k8s):
            return sku.id
    return ""


def _usual_size(world: ArmWorld, os_type: str) -> str:
    """A size for a pool that asks for none: one that this cluster has, of the same OS first."""
    pools = sorted(world.pools.values(), key=lambda pool: pool.properties["osType"] != os_type)
    return str(pools[0].properties["vmSize"]) if pools else _SIZE


def _max_pods(world: ArmWorld) -> int:
    if world.network.get("networkPlugin") == "kubenet":
        return _MAX_PODS_KUBENET
    return _MAX_PODS_OVERLAY if world.overlay else _MAX_PODS_AZURE_CNI
