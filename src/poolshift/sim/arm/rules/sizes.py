"""VM sizes: allowed, in stock, in the zone, big enough, of a generation that the OS boots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.arm.problems import not_simulated

if TYPE_CHECKING:
    from poolshift.core.arm import VmSize
    from poolshift.sim.arm.problems import ArmProblem
    from poolshift.sim.arm.rules.ask import Ask
    from poolshift.sim.arm.state import ArmWorld
    from poolshift.sim.scenarioparts import NodeImage, VmSizeSpec

GEN2_HEADER = "usewindowsgen2vm"
_ZONES = ("1", "2", "3")


def allowed(ask: Ask) -> None:
    """Refuse sizes that are unknown, restricted, or too small for any pool."""
    if ask.pool is not None and ask.more <= 0:
        return
    size, special = ask.size, _special(ask)
    if size is None or (special is not None and special.restricted):
        raise _not_allowed(ask)
    least = ask.world.catalog.limit("user-vm-minimum").current
    small = ask.world.catalog.vm_sizes.aks_restricted.sizes
    if size.name in small or size.vcpus < _number(least, "vcpu"):
        raise _not_allowed(ask)
    if size.memory_gb < _number(least, "memory_gb"):
        raise _not_allowed(ask)


def system_size(ask: Ask) -> None:
    """A system pool needs more memory, and no burstable size."""
    size = ask.size
    if size is None or not ask.system or str(ask.before.get("mode")) == ask.props["mode"]:
        return
    least = ask.world.catalog.limit("system-vm-minimum").current
    burstable = size.name.lower().startswith("standard_b")
    if burstable or size.memory_gb < _number(least, "memory_gb"):
        # Neither code nor wording is recorded for this one.
        raise ask.invalid(
            "vmSize",
            f"{size.name} is too small for a system agent pool: at least "
            f"{_number(least, 'vcpu')} vCPUs and {_number(least, 'memory_gb')} GB are needed, and "
            "no burstable size",
        )


def in_stock(ask: Ask) -> None:
    """Refuse a size that the region has none left of."""
    special = _special(ask)
    if special is not None and special.sold_out and ask.more > 0:
        raise ask.refused(
            "SKUNotAvailable",
            f"The requested VM size for resource 'Following SKUs have failed for Capacity "
            f"Restrictions: {ask.props['vmSize']}' is currently not available in location "
            f"'{ask.world.ids.location}'.",
        )


def zones(ask: Ask) -> None:
    """Refuse zones that the size does not have here, or not for this subscription."""
    asked = [str(zone) for zone in ask.props.get("availabilityZones") or ()]
    if ask.pool is not None or not asked:
        return
    special = _special(ask)
    able = _ZONES if special is None or special.zones is None else special.zones
    closed = special.restricted_zones if special is not None else ()
    missing = [zone for zone in asked if zone not in able or zone in closed]
    if missing:
        raise ask.refused("AvailabilityZoneNotSupported", z=",".join(missing), pool=ask.name)


def generation(ask: Ask) -> None:
    """Refuse a size that boots no generation of the OS."""
    if ask.pool is None or ask.sku_changed:
        boot_generation(ask)


def boot_generation(ask: Ask) -> str:
    """The VM generation that the pool boots, refused where OS and size have none in common."""
    size = ask.size
    if size is None:
        raise _not_allowed(ask)
    able = set(size.generations)
    has = set((ask.sku.vm_generations if ask.sku is not None else None) or able)
    if "V1" not in able and "V2" not in has:
        # One code of this kind was seen, that of Windows2019; no other OS is without Gen2.
        raise ask.refused(
            "ErrorCode_Windows2019NotSupportedWithGen2VM",
            f"{size.name} is a Gen 2-only VM. {ask.sku_id} does not support Gen 2 VMs",
        )
    if "V2" not in able and "V1" not in has:
        raise _cannot_boot(ask, size, "2")
    if ask.sku_id == "Windows2022":
        return _generation_2022(ask, size)
    return "V2" if "V2" in able & has else "V1"


def _generation_2022(ask: Ask, size: VmSize) -> str:
    """Windows2022 boots Gen1 unless the request's header asks for Gen2; nothing keeps the header.

    So a pool that is made again from what was read of it is Gen1, or is refused.
    """
    asked = ask.headers.get(GEN2_HEADER, "").lower() == "true"
    if asked and "V2" in size.generations:
        return "V2"
    if "V1" in size.generations:
        return "V1"
    raise _cannot_boot(ask, size, "1")


def image_of(ask: Ask) -> NodeImage:
    """The newest node image of the OS SKU: of its generation where the scenario has one."""
    return image_for(ask.world, ask.sku_id, boot_generation(ask))


def image_for(world: ArmWorld, sku_id: str, wanted: str) -> NodeImage:
    """The newest node image of an OS SKU and generation."""
    images = [i for i in world.scenario.node_images if i.os_sku.lower() == sku_id.lower()]
    fitting = [i for i in images if i.generation == wanted]
    if not images or (sku_id.startswith("Windows") and not fitting):
        raise not_simulated(f"a {wanted} node image of {sku_id}: the scenario has none")
    return (fitting or images)[-1]


def _special(ask: Ask) -> VmSizeSpec | None:
    return ask.world.azure.special_size(str(ask.props["vmSize"]))


def _not_allowed(ask: Ask) -> ArmProblem:
    return ask.refused(
        "BadRequest",
        sub="vm-size-not-allowed",
        size=ask.props["vmSize"],
        location=ask.world.ids.location,
    )


def _cannot_boot(ask: Ask, size: VmSize, wanted: str) -> ArmProblem:
    return ask.refused(
        "BadRequest",
        f"The selected VM size '{size.name}' cannot boot Hypervisor Generation '{wanted}'. If this "
        "was a Create operation please check that the Hypervisor Generation of the Image matches "
        "the Hypervisor Generation of the selected VM Size.",
        sub="hypervisor-generation",
    )


def _number(limit: object, key: str) -> int:
    return int(str(limit[key])) if isinstance(limit, dict) else 0
