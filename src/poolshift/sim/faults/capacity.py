"""Faults of capacity: quota, addresses, ports, machines, and nodes that do not start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.core.errors import UsageError
from poolshift.sim.arm.rules import network
from poolshift.sim.arm.rules.quota import TOTAL, total_cores
from poolshift.sim.arm.subnets import subnet_id
from poolshift.sim.arm.troubles import StartTrouble
from poolshift.sim.faults.colleagues import CLUSTER, mend
from poolshift.sim.faults.fault import entered
from poolshift.sim.scenarioparts import VmSizeSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.arm.addresses import Addresses
    from poolshift.sim.arm.state import ArmWorld, SimPool
    from poolshift.sim.faults.fault import End
    from poolshift.sim.world import World

# Fixed ports are dealt out in eights.
_PORT_STEP = 8
_ZONAL = (
    "ZonalAllocationFailed",
    "Allocation failed. We do not have sufficient capacity for the requested VM size in this zone.",
)
_REGIONAL = (
    "AllocationFailed",
    "Allocation failed. We do not have sufficient capacity for the requested VM size in this "
    "region.",
)


def quota_short(world: World, family: str, left: float) -> End:
    """Others hold the vCPUs of a family, or of the region, but for so many."""
    azure = world.azure
    if family.lower() == TOTAL:
        used = total_cores(world.arm)
    else:
        known = {s.family.lower() for s in map(world.arm.vm_size, _sizes(world)) if s is not None}
        if family.lower() not in known:
            raise UsageError(f"no pool is of the family {family!r}", fix=", ".join(sorted(known)))
        used = azure.family_cores(family)
    taken = max(azure.family_limit(family) - used - int(left), 0)
    return entered(azure.troubles.taken, (family.lower(), taken))


def subnet_full(world: World, name: str, left: float) -> End:
    """Others hold the addresses of a subnet but for so many."""
    found = _addresses(world, name)
    return entered(found.others, max(found.left() - int(left), 0))


def ports_short(world: World, target: str, ports: float) -> End:
    """Somebody gives each node so many fixed outbound ports that no further node has any."""
    properties = world.arm.cluster.properties
    before = properties["networkProfile"]
    if str(before.get("outboundType") or "loadBalancer") != "loadBalancer":
        raise UsageError("the cluster has no load balancer whose ports could be short")
    profile = dict(before.get("loadBalancerProfile") or {})
    wanted = int(ports) or _most_ports(world.arm, before, profile)
    _set_network(world, {**before, "loadBalancerProfile": _with_ports(profile, wanted)})

    def end() -> None:
        now = dict(properties["networkProfile"])
        if "loadBalancerProfile" in before:
            now["loadBalancerProfile"] = profile
        else:
            now.pop("loadBalancerProfile", None)
        _set_network(world, now)

    return end


def _most_ports(arm: ArmWorld, before: dict[str, Any], profile: dict[str, Any]) -> int:
    """As many a node as the nodes of today leave room for."""
    ports = _PORT_STEP
    while (
        network.outbound_problem(
            arm, {**before, "loadBalancerProfile": _with_ports(profile, ports + _PORT_STEP)}
        )
        is None
    ):
        ports += _PORT_STEP
    return ports


def _with_ports(profile: dict[str, Any], ports: int) -> dict[str, Any]:
    return {**profile, "allocatedOutboundPorts": ports}


def _set_network(world: World, profile: dict[str, Any]) -> None:
    world.arm.cluster.properties["networkProfile"] = profile
    world.arm.cluster.body["eTag"] = world.arm.tag()


def size_sold_out(world: World, name: str, value: float) -> End:
    """The region gives out no machines of a size at present, and says so at once."""
    size = world.arm.vm_size(name)
    if size is None:
        raise UsageError(f"there is no VM size {name!r}")
    spec = world.azure.special_size(size.name) or VmSizeSpec(name=size.name)
    return entered(world.azure.troubles.sizes, msgspec.structs.replace(spec, sold_out=True))


def size_gone(world: World, name: str, value: float) -> End:
    """Region and zones have no machine of a size left: operations that need one fail."""
    if world.arm.vm_size(name) is None:
        raise UsageError(f"there is no VM size {name!r}")

    def short(pool: SimPool) -> StartTrouble | None:
        if str(pool.properties["vmSize"]).lower() != name.lower():
            return None
        code, message = _ZONAL if pool.properties.get("availabilityZones") else _REGIONAL
        return StartTrouble(code, message, made=False)

    return _until_mended(world, short)


def node_start_fails(world: World, name: str, code: float) -> End:
    """Machines of a pool, or of all pools of an OS, do not come through their start script."""
    number = int(code)
    lower = name.lower()
    _start_error(world, number, windows=lower == "windows")

    def fails(pool: SimPool) -> StartTrouble | None:
        os_type = str(pool.properties["osType"]).lower()
        if lower not in (os_type, pool.name.lower()):
            return None
        found, message = _start_error(world, number, windows=pool.windows)
        return StartTrouble(found, message, made=True)

    return _until_mended(world, fails)


def _start_error(world: World, number: int, *, windows: bool) -> tuple[str, str]:
    """Code and words of a start script that ended with a number.

    Of the sentence around the exit code only its ends are known.
    """
    code = "VMExtensionProvisioningError"
    said = "VM has reported a failure when processing extension 'vmssCSE'."
    if windows:
        codes = world.azure.catalog.errors.windows_cse_exit_codes.codes
        if number not in codes:
            raise UsageError(f"no start script of a Windows node ends with {number}")
        return code, f"{said} ExitCode: |{number}|, Output: |{codes[number]}|, Error: ||"
    for known in world.azure.catalog.errors.errors:
        listed = known.exit_code if isinstance(known.exit_code, tuple) else (known.exit_code,)
        if number in listed and "VMExtensionError" in known.code:
            return known.code, f"{said} VMExtension script exit status {number}."
    return code, f"{said} VMExtension script exit status {number}."


def _until_mended(world: World, trouble: Callable[[SimPool], StartTrouble | None]) -> End:
    """A trouble of starts; its end has the pools set right that have failed of it."""
    struck: dict[str, SimPool] = {}

    def ask(arm: ArmWorld, pool: SimPool) -> StartTrouble | None:
        found = trouble(pool)
        if found is not None and arm is world.arm:
            struck[pool.name] = pool
        return found

    over = entered(world.azure.troubles.starts, ask)

    def end() -> None:
        over()
        for pool in struck.values():
            mend(world, pool)

    return end


def _sizes(world: World) -> list[str]:
    return [str(pool.properties["vmSize"]) for pool in world.arm.pools.values()]


def _addresses(world: World, name: str) -> Addresses:
    """The addresses of the cluster's own subnet, or of one that the scenario names."""
    if name == CLUSTER:
        return world.arm.addresses
    specs = [s for s in world.scenario.subnets if s.name == name]
    found = world.azure.addresses_in(subnet_id(world.azure.home, specs[0])) if specs else None
    if found is None:
        raise UsageError(f"there is no subnet {name!r}; `{CLUSTER}` is the cluster's own")
    return found
