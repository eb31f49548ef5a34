"""What the AKS service refuses about pools, by the world's own clock and version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.problems import ArmProblem, not_simulated, refusal
from poolshift.sim.arm.upgrades.inplace import windows_in_place
from poolshift.sim.arm.versions import in_range, minor, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.core.arm import VmSize
    from poolshift.sim.arm.state import ArmWorld, SimPool
    from poolshift.sim.scenarioparts import NodeImage

GEN2_HEADER = "usewindowsgen2vm"
AUTOSCALED = "Cannot scale cluster autoscaler enabled node pool"

# Set when a pool is made and never again (beside osSKU, which Linux may change).
_FIXED = (
    "osType",
    "vmSize",
    "maxPods",
    "vnetSubnetID",
    "podSubnetID",
    "availabilityZones",
    "osDiskSizeGB",
    "osDiskType",
    "kubeletDiskType",
    "type",
    "scaleSetPriority",
    "enableEncryptionAtHost",
    "enableUltraSSD",
    "enableNodePublicIP",
)
# A pool may be this many minors older than the control plane.
_VERSION_SKEW = 3


def check_create(
    world: ArmWorld, name: str, props: Mapping[str, Any], headers: Mapping[str, str]
) -> NodeImage:
    """Refuse what the service refuses of a new pool; the node image that it gets."""
    windows = props["osType"] == "Windows"
    _check_sku(world, props)
    _check_name(world, name, windows=windows)
    _check_pools(world)
    if windows:
        _check_windows(world, props)
    _check_version(world, str(props["orchestratorVersion"]))
    _check_sku_version(world, str(props["osSKU"]), str(props["orchestratorVersion"]))
    size = _check_size(world, str(props["vmSize"]))
    generation = _generation(world, str(props["osSKU"]), size, headers)
    check_count(world, props)
    check_autoscaling(world, props)
    check_quota(world, size, int(props["count"]))
    _check_addresses(world, props)
    return _image(world, str(props["osSKU"]), generation)


def check_update(world: ArmWorld, pool: SimPool, new: Mapping[str, Any]) -> None:
    """Refuse what the service refuses of a change."""
    old = pool.properties
    in_place = False
    if str(new["osSKU"]).lower() != str(old["osSKU"]).lower():
        _check_sku(world, new)
        in_place = windows_in_place(world, pool, new)
        if pool.windows and not in_place:
            raise _fixed(world, "OSSKU")
    for field in _FIXED:
        if _given(new.get(field)) and new.get(field) != old.get(field):
            raise _fixed(world, field)
    if pool.windows and not in_place and bool(new.get("enableFIPS")) != bool(old.get("enableFIPS")):
        raise _fixed(world, "enableFIPS")
    if new["orchestratorVersion"] != old["orchestratorVersion"]:
        _check_version(world, str(new["orchestratorVersion"]))
        _check_sku_version(world, str(new["osSKU"]), str(new["orchestratorVersion"]))
    _check_modes(world, pool, str(new["mode"]))
    check_count(world, new)
    _check_scale(world, pool, new)
    check_autoscaling(world, new)


def check_delete(world: ArmWorld, pool: SimPool) -> None:
    """Refuse to delete the last system pool."""
    _check_modes(world, pool, "User")


def check_count(world: ArmWorld, props: Mapping[str, Any]) -> None:
    """Refuse a count that a pool cannot have."""
    top = world.catalog.limit_number("nodes-per-pool", "max")
    least = 1 if props["mode"] == "System" else 0
    if not least <= int(props["count"]) <= top:
        raise refusal(
            world.catalog,
            "InvalidParameter",
            f"The value of parameter agentPoolProfile.count is invalid: {props['count']} is not "
            f"between {least} and {top}.",
            target="agentPoolProfile.count",
        )


def check_autoscaling(world: ArmWorld, props: Mapping[str, Any]) -> None:
    """Refuse an autoscaler without bounds, or with bounds that cannot be."""
    if not props.get("enableAutoScaling"):
        return
    least, most = props.get("minCount"), props.get("maxCount")
    if least is None or most is None or not 0 <= int(least) <= int(most):
        raise refusal(
            world.catalog,
            "InvalidParameter",
            f"The value of parameter agentPoolProfile.minCount is invalid: autoscaling needs "
            f"0 <= minCount <= maxCount, found {least} and {most}.",
            target="agentPoolProfile.minCount",
        )


def check_quota(world: ArmWorld, size: VmSize, more: int) -> None:
    """Refuse more nodes than the family's quota has vCPUs for."""
    wanted = size.vcpus * more
    left = world.azure.family_limit(size.family) - world.azure.family_cores(size.family)
    if wanted > left:
        raise refusal(
            world.catalog,
            "QuotaExceeded",
            f"Insufficient vcpu quota requested {wanted}, remaining {max(left, 0)} for family "
            f"{size.family} for region {world.ids.location}.",
        )


def _check_sku(world: ArmWorld, props: Mapping[str, Any]) -> None:
    sku = world.catalog.sku(str(props["osSKU"]))
    if sku is None or sku.os_type != props["osType"]:
        raise refusal(
            world.catalog,
            "InvalidOSSKU",
            f"OSSKU='{props['osSKU']}' is invalid, details: Unrecognized OSSKU",
            target="agentPoolProfile.osSKU",
        )
    flag = sku.feature_flag
    if flag and world.azure.features.get(flag) != "Registered":
        raise refusal(
            world.catalog,
            "InvalidOSSKU",
            f"OSSKU='{props['osSKU']}' is invalid, details: feature {flag} is not registered",
            target="agentPoolProfile.osSKU",
        )


def _check_name(world: ArmWorld, name: str, *, windows: bool) -> None:
    pattern = world.catalog.limit("pool-name-pattern").current
    if re.fullmatch(str(pattern), name) is None:
        raise refusal(
            world.catalog,
            "InvalidParameter",
            "The value of parameter agentPoolProfile.name is invalid. Please see "
            "https://aka.ms/aks-naming-rules for more details.",
            target="agentPoolProfile.name",
        )
    longest = world.catalog.limit_number("pool-name-windows-length", "max")
    if windows and len(name) > longest:
        raise refusal(
            world.catalog,
            "WindowsAgentPoolNameTooLong",
            f"Windows agent pool name can not be longer than {longest} characters.",
            target="agentPoolProfile.name",
        )


def _check_pools(world: ArmWorld) -> None:
    top = world.catalog.limit_number("pools-per-cluster", "max")
    if len(world.pools) >= top:
        raise ArmProblem(
            400, "InvalidParameter", f"A managed cluster has at most {top} agent pools."
        )


def _check_windows(world: ArmWorld, props: Mapping[str, Any]) -> None:
    """What a cluster must have for any Windows pool, and what single versions ask for."""
    if not world.cluster.properties.get("windowsProfile"):
        raise refusal(
            world.catalog,
            "WindowsProfileMissing",
            "Windows profile definition is missing for the cluster.",
        )
    if world.network.get("networkPlugin") != "azure":
        raise refusal(
            world.catalog,
            "AzureCNIOnlyForWindows",
            "Windows agent pools can only be added to AKS clusters using Azure-CNI.",
        )
    if props["mode"] == "System":
        raise ArmProblem(
            400,
            "InvalidParameter",
            "A Windows agent pool cannot be a system pool.",
            target="agentPoolProfile.mode",
        )
    sku = world.catalog.sku(str(props["osSKU"]))
    if sku is not None and sku.fips == "required" and not props.get("enableFIPS"):
        raise ArmProblem(
            400,
            "InvalidParameter",
            f"{sku.id} is only offered with a FIPS image: enableFIPS must be true.",
            target="agentPoolProfile.enableFIPS",
        )


def _check_version(world: ArmWorld, version: str) -> None:
    """A pool is no newer than its control plane, and not much older."""
    control_plane = world.cluster.version
    gap = minor(control_plane)[1] - minor(version)[1]
    newer = numbers(version) > numbers(control_plane)[: len(numbers(version))]
    if newer or gap > _VERSION_SKEW or minor(version)[0] != minor(control_plane)[0]:
        raise refusal(
            world.catalog,
            "NodePoolMcVersionIncompatible",
            f"Node pool version {version} and control plane version {control_plane} is "
            "incompatible.",
        )


def _check_sku_version(world: ArmWorld, sku_id: str, version: str) -> None:
    first, last = world.catalog.k8s_range(sku_id)
    if in_range(version, first, last):
        return
    code = "InvalidOSSKU"
    if world.catalog.error(f"{sku_id}NotSupportedWithOrchestratorVersion") is not None:
        code = f"{sku_id}NotSupportedWithOrchestratorVersion"
    raise refusal(
        world.catalog,
        code,
        f"{sku_id} is not supported with the orchestrator version {version} (first "
        f"{first or 'any'}, last {last or 'any'}).",
        target="agentPoolProfile.osSKU",
    )


def _check_size(world: ArmWorld, name: str) -> VmSize:
    size = world.vm_size(name)
    special = next((s for s in world.scenario.vm_sizes if s.name.lower() == name.lower()), None)
    if size is None or (special is not None and special.restricted):
        raise refusal(
            world.catalog,
            "BadRequest",
            f"The VM size of {name} is not allowed in your subscription in location "
            f"'{world.ids.location}'.",
            sub="vm-size-not-allowed",
        )
    return size


def _generation(world: ArmWorld, sku_id: str, size: VmSize, headers: Mapping[str, str]) -> str:
    """The VM generation that a new pool boots, refused where SKU and size have none in common."""
    sku = world.catalog.sku(sku_id)
    able = set(size.generations)
    offered = set(sku.vm_generations or able) if sku is not None else able
    if "V1" not in able and "V2" not in offered:
        raise refusal(
            world.catalog,
            f"ErrorCode_{sku_id}NotSupportedWithGen2VM",
            f"{size.name} is a Gen 2-only VM. {sku_id} does not support Gen 2 VMs",
        )
    if sku_id == "Windows2022":
        return _generation_2022(world, size, asked=headers.get(GEN2_HEADER, "").lower() == "true")
    both = able & offered
    return "V2" if "V2" in both else "V1"


def _generation_2022(world: ArmWorld, size: VmSize, *, asked: bool) -> str:
    """Windows2022 boots Gen1 unless the header asks for Gen2."""
    if asked and "V2" in size.generations:
        return "V2"
    if "V1" in size.generations:
        return "V1"
    raise refusal(
        world.catalog,
        "BadRequest",
        f"The selected VM size '{size.name}' cannot boot Hypervisor Generation '1'. If this was "
        "a Create operation please check that the Hypervisor Generation of the Image matches the "
        "Hypervisor Generation of the selected VM Size.",
        sub="hypervisor-generation",
    )


def _check_addresses(world: ArmWorld, props: Mapping[str, Any]) -> None:
    each = 1 + (0 if world.overlay else int(props["maxPods"]))
    wanted, left = each * int(props["count"]), world.addresses.left()
    if wanted > left:
        raise refusal(
            world.catalog,
            "InsufficientSubnetSize",
            f"Pre-allocated IPs {wanted} exceeds IPs available {left} in Subnet Cidr "
            f"{world.subnet}.",
        )


def _check_scale(world: ArmWorld, pool: SimPool, new: Mapping[str, Any]) -> None:
    more = int(new["count"]) - pool.count
    if more == 0:
        return
    if new.get("enableAutoScaling"):
        raise refusal(world.catalog, AUTOSCALED, f"{AUTOSCALED}.")
    if more > 0:
        check_quota(world, _check_size(world, str(new["vmSize"])), more)
        _check_addresses(world, {**new, "count": more})


def _check_modes(world: ArmWorld, pool: SimPool, mode: str) -> None:
    others = [p for p in world.pools.values() if p is not pool]
    if mode != "System" and not any(p.properties["mode"] == "System" for p in others):
        raise refusal(
            world.catalog,
            "OperationNotAllowed",
            "There has to be at least one system agent pool.",
            sub="last-system-pool",
        )


def _image(world: ArmWorld, sku_id: str, generation: str) -> NodeImage:
    """The newest node image of the SKU: of that generation where the scenario has one."""
    images = [i for i in world.scenario.node_images if i.os_sku.lower() == sku_id.lower()]
    fitting = [i for i in images if i.generation == generation]
    if not images or (sku_id.startswith("Windows") and not fitting):
        raise not_simulated(f"a {generation} node image of {sku_id}: the scenario has none")
    return (fitting or images)[-1]


def _given(value: Any) -> bool:
    """Whether a client asks for something: empty and zero are "as you like"."""
    return value not in (None, "", 0, [])


def _fixed(world: ArmWorld, field: str) -> ArmProblem:
    return refusal(
        world.catalog,
        "PropertyChangeNotAllowed",
        f"Changing property 'agentPoolProfile.{field}' is not allowed.",
        target=f"agentPoolProfile.{field}",
    )
