"""What stays as a pool was made, and OS SKUs that change in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.versions import in_range

if TYPE_CHECKING:
    from poolshift.sim.arm.rules.ask import Ask

# Set when a pool is made and never again (beside osSKU, which some pools may change).
FIXED = (
    "osType",
    "vmSize",
    "maxPods",
    "vnetSubnetID",
    "podSubnetID",
    "podIPAllocationMode",
    "availabilityZones",
    "osDiskSizeGB",
    "osDiskType",
    "kubeletDiskType",
    "type",
    "scaleSetPriority",
    "scaleSetEvictionPolicy",
    "spotMaxPrice",
    "enableEncryptionAtHost",
    "enableUltraSSD",
    "enableNodePublicIP",
    "nodePublicIPPrefixID",
    "proximityPlacementGroupID",
    "hostGroupID",
    "capacityReservationGroupID",
    "gpuInstanceProfile",
    "workloadRuntime",
    "kubeletConfig",
    "linuxOSConfig",
    "messageOfTheDay",
)
# What a pool that says nothing has; some views of a pool show it and some do not.
_WITHOUT = {
    "workloadRuntime": "OCIContainer",
    "scaleSetPriority": "Regular",
    "podIPAllocationMode": "DynamicIndividual",
    "kubeletDiskType": "OS",
}
# Pools of these are made anew, never turned into or out of.
_NEVER_IN_PLACE = ("Flatcar", "AzureLinuxOSGuard")
GPU_IMAGE_HEADER = "usegpudedicatedvhd"


def fixed(ask: Ask) -> None:
    """Refuse a change of what a pool was made with."""
    for name in FIXED:
        there = ask.before.get(name) or _WITHOUT.get(name)
        if _given(ask.props.get(name)) and _changed(ask.props.get(name), there):
            raise ask.fixed(name)
    outbound = "disableOutboundNat"
    old = bool((ask.before.get("windowsProfile") or {}).get(outbound))
    if bool(ask.part("windowsProfile").get(outbound, old)) != old:
        raise ask.fixed(f"windowsProfile.{outbound}")


def os_sku(ask: Ask) -> None:
    """Linux pools change their OS SKU in place, Windows ones from 2022 to 2025 where offered."""
    if not ask.sku_changed:
        return
    if ask.windows:
        if not windows_in_place(ask):
            raise ask.fixed("OSSKU")
        return
    there = ask.world.catalog.sku(str(ask.before["osSKU"]))
    wanted = ask.sku
    if wanted is None or there is None:
        raise ask.fixed("OSSKU")
    # Neither code nor wording is recorded for changes that the service does not make.
    if wanted.id in _NEVER_IN_PLACE or there.id in _NEVER_IN_PLACE:
        raise ask.fixed("OSSKU")
    if ask.pool is not None and ask.pool.gpu_image:
        raise ask.fixed("OSSKU")


def windows_in_place(ask: Ask) -> bool:
    """Whether the change is the one that is offered for Windows, and everything for it is there.

    A generation is no obstacle: Gen1 stays Gen1 on a size that boots nothing else and becomes Gen2
    on any other, Gen2 stays Gen2. So nothing is left of the table's "anything else".
    """
    if not ask.world.scenario.service.windows_in_place:
        return False
    there = ask.world.catalog.sku(str(ask.before["osSKU"]))
    offer = there.in_place_update if there is not None else None
    if offer is None or ask.sku_id != offer.target:
        return False
    first, _, last = offer.k8s.partition("-")
    return in_range(ask.version, first, last)


def _given(value: Any) -> bool:
    """Whether a client asks for something: empty and zero are "as you like"."""
    return value not in (None, "", 0, [], {})


def _changed(new: Any, old: Any) -> bool:
    if isinstance(new, str) and isinstance(old, str):
        return new.lower() != old.lower()
    if isinstance(new, list) and isinstance(old, list):
        return sorted(map(str, new)) != sorted(map(str, old))
    return bool(new != old)
