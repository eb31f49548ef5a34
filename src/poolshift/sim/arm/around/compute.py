"""Microsoft.Compute as far as it is asked: sizes, quota, scale sets and their identities."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.ids import is_identity, principal_of
from poolshift.sim.arm.problems import ArmProblem, no_identity, resource_missing
from poolshift.sim.arm.state import SERVICE

if TYPE_CHECKING:
    from poolshift.core.arm import VmSize
    from poolshift.sim.arm.state import ArmWorld, SimPool
    from poolshift.sim.arm.subscription import Subscription
    from poolshift.sim.scenarioparts import VmSizeSpec

_FAMILY = re.compile(r"standard(\w+)Family", re.IGNORECASE)
_ZONES = ("1", "2", "3")


def skus(azure: Subscription) -> list[dict[str, Any]]:
    """Every size of the catalog as the Resource SKUs API gives it."""
    return [_sku(azure, size) for size in _sizes(azure)]


def vm_sizes(azure: Subscription) -> list[dict[str, Any]]:
    """The older list of sizes, without generations."""
    return [
        {"name": s.name, "numberOfCores": s.vcpus, "memoryInMB": int(s.memory_gb * 1024)}
        for s in _sizes(azure)
    ]


def usages(azure: Subscription) -> list[dict[str, Any]]:
    """Quota in vCPUs by family, and the regional total."""
    families = dict.fromkeys(size.family for size in _sizes(azure))
    rows = {f: (azure.family_cores(f), azure.family_limit(f)) for f in families}
    total = sum(current for current, _ in rows.values()) + azure.troubles.cores_taken("cores")
    rows["cores"] = (total, azure.family_limit("cores"))
    return [
        {
            "unit": "Count",
            "currentValue": current,
            "limit": limit,
            "name": {"value": family, "localizedValue": _spelled(family)},
        }
        for family, (current, limit) in rows.items()
    ]


def _spelled(family: str) -> str:
    """A family as people read it: `standardDSv3Family` is Standard DSv3 Family vCPUs."""
    if family == "cores":
        return "Total Regional vCPUs"
    return _FAMILY.sub(r"Standard \1 Family vCPUs", family)


def scale_set_body(world: ArmWorld, pool: SimPool) -> dict[str, Any]:
    """The scale set of a pool."""
    identities = {identity: dict(ids) for identity, ids in pool.identities.items()}
    return {
        "id": world.ids.scale_set_id(pool.scale_set),
        "name": pool.scale_set,
        "type": "Microsoft.Compute/virtualMachineScaleSets",
        "location": world.ids.location,
        "tags": {"aks-managed-poolName": pool.name, "poolName": pool.name},
        "identity": (
            {"type": "UserAssigned", "userAssignedIdentities": identities}
            if identities
            else {"type": "None"}
        ),
        "sku": {
            "name": pool.properties["vmSize"],
            "tier": "Standard",
            "capacity": len(pool.machines),
        },
        "properties": {"provisioningState": "Succeeded"},
    }


def scale_set_pool(world: ArmWorld, name: str) -> SimPool:
    """The pool of a scale set by name."""
    for pool in world.pools.values():
        if pool.scale_set.lower() == name.lower():
            return pool
    raise resource_missing("Microsoft.Compute/virtualMachineScaleSets", name, world.ids.node_group)


def patch_identities(world: ArmWorld, pool: SimPool, body: Any, *, by: str) -> None:
    """PATCH of a scale set: identities named with an object are added, with null taken away.

    A type without UserAssigned takes all of them away.
    """
    identity = body.get("identity") if isinstance(body, dict) else None
    if not isinstance(identity, dict) or not identity:
        return
    named = identity.get("userAssignedIdentities") or {}
    if "UserAssigned" not in str(identity.get("type", "")):
        pool.identities.clear()
        return
    if not isinstance(named, dict):
        raise ArmProblem(
            400, "InvalidRequestContent", "userAssignedIdentities is no object.", flat=False
        )
    for identity_id in named:
        if not is_identity(identity_id):
            raise no_identity(identity_id)
    for identity_id, value in named.items():
        present = {known.lower(): known for known in pool.identities}
        if value is None:
            if identity_id.lower() not in present:
                raise ArmProblem(
                    400,
                    "FailedIdentityOperation",
                    f"Identity '{identity_id}' is not on the scale set.",
                    flat=False,
                )
            del pool.identities[present[identity_id.lower()]]
        elif identity_id.lower() not in present:
            grant(world, pool, identity_id, by=by)


def put_identities(world: ArmWorld, pool: SimPool, body: Any, *, by: str) -> None:
    """PUT of a scale set: those that are not named are taken away."""
    identity = body.get("identity") if isinstance(body, dict) else None
    named = identity.get("userAssignedIdentities") if isinstance(identity, dict) else None
    kept = {name.lower() for name in named} if isinstance(named, dict) else set()
    for name in [name for name in pool.identities if name.lower() not in kept]:
        del pool.identities[name]
    patch_identities(world, pool, body, by=by)


def grant(world: ArmWorld, pool: SimPool, identity_id: str, *, by: str) -> None:
    """Put a user-assigned identity on a pool's scale set."""
    pool.identities[identity_id] = principal_of(identity_id)
    if not world.kube.warming:
        pool.granted_at[identity_id] = world.clock.t
    world.trace.emit("identity-granted", identity=identity_id, pool=pool.name, by=by)


def grant_kubelet(world: ArmWorld, pool: SimPool) -> None:
    """Put the kubelet's identity on a new pool's scale set, as the service does by itself."""
    profile = world.cluster.properties.get("identityProfile") or {}
    kubelet = (profile.get("kubeletidentity") or {}).get("resourceId")
    if kubelet:
        grant(world, pool, str(kubelet), by=SERVICE)


def _sizes(azure: Subscription) -> list[VmSize]:
    """Every size of the catalog and of the scenario."""
    names = [str(s[0]) for family in azure.catalog.vm_sizes.families for s in family.sizes]
    own = [s.name for s in azure.scenario.vm_sizes if s.vcpus]
    found = (azure.vm_size(name) for name in dict.fromkeys((*names, *own)))
    return [size for size in found if size is not None]


def _sku(azure: Subscription, size: VmSize) -> dict[str, Any]:
    special = azure.special_size(size.name)
    zones = _ZONES if special is None or special.zones is None else special.zones
    able = {
        "vCPUs": str(size.vcpus),
        "MemoryGB": f"{size.memory_gb:g}",
        "HyperVGenerations": ",".join(size.generations),
        "CpuArchitectureType": size.architecture,
    }
    if size.max_data_disks is not None:
        able["MaxDataDiskCount"] = str(size.max_data_disks)
    return {
        "resourceType": "virtualMachines",
        "name": size.name,
        "tier": "Standard",
        "family": size.family,
        "locations": [azure.home.location],
        "locationInfo": [{"location": azure.home.location, "zones": list(zones)}],
        "capabilities": [{"name": name, "value": value} for name, value in able.items()],
        "restrictions": _restrictions(azure, special) if special is not None else [],
    }


def _restrictions(azure: Subscription, special: VmSizeSpec) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    here = [azure.home.location]
    if special.restricted:
        found.append(
            {
                "type": "Location",
                "values": here,
                "restrictionInfo": {"locations": here},
                "reasonCode": "NotAvailableForSubscription",
            }
        )
    if special.restricted_zones:
        zones = list(special.restricted_zones)
        found.append(
            {
                "type": "Zone",
                "values": here,
                "restrictionInfo": {"locations": here, "zones": zones},
                "reasonCode": "NotAvailableForSubscription",
            }
        )
    return found
