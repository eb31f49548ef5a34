"""vCPU quota, and what a zone or region has left of a size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.arm.problems import refusal

if TYPE_CHECKING:
    from poolshift.core.arm import VmSize
    from poolshift.sim.arm.rules.ask import Ask
    from poolshift.sim.arm.state import ArmWorld

TOTAL = "cores"


def quota(ask: Ask) -> None:
    """Quota for the nodes that are added."""
    if ask.size is not None and ask.more > 0:
        check_quota(ask.world, ask.size, ask.more)


def check_quota(world: ArmWorld, size: VmSize, more: int) -> None:
    """Refuse more nodes than the family's and the region's quota have vCPUs for.

    The scenario's entry without a family bounds each family, the region only where an entry
    `cores` says so: there is one number for all families then, and the region's is larger.
    """
    wanted = size.vcpus * more
    left = world.azure.family_limit(size.family) - world.azure.family_cores(size.family)
    if wanted > left:
        raise refusal(
            world.catalog,
            "QuotaExceeded",
            f"Insufficient vcpu quota requested {wanted}, remaining {max(left, 0)} for family "
            f"{size.family} for region {world.ids.location}.",
        )
    total = region_limit(world)
    if total is None:
        return
    used = total_cores(world)
    if used + wanted > total:
        raise refusal(
            world.catalog,
            "QuotaExceeded",
            "Operation could not be completed as it results in exceeding approved Total Regional "
            f"Cores quota. Location: {world.ids.location}, Current Limit: {total}, Current Usage: "
            f"{used}, Additional Required: {wanted}.",
        )


def region_limit(world: ArmWorld) -> int | None:
    """The quota of all families together; None where nothing bounds it.

    Once somebody else is said to use of it, it is what the list of usages says.
    """
    named = next((q.limit for q in world.scenario.quota if q.family.lower() == TOTAL), None)
    if named is None and world.azure.troubles.cores_taken(TOTAL):
        return world.azure.family_limit(TOTAL)
    return named


def total_cores(world: ArmWorld) -> int:
    """Cores in use: by the pools of all clusters, and by others."""
    azure = world.azure
    used = sum(cores for _, cores in azure.troubles.taken)
    for other in world.azure.clusters():
        for pool in other.pools.values():
            size = world.vm_size(str(pool.properties["vmSize"]))
            used += size.vcpus * pool.machine_count if size is not None else 0
    return used


def stock(ask: Ask) -> None:
    """Machines that region and zones have left of the size, where the scenario bounds them.

    The service finds out while it makes the machines, and fails the operation; the local AKS
    refuses at once.
    """
    if ask.more > 0:
        check_stock(ask, ask.more)


def check_stock(ask: Ask, nodes: int) -> None:
    """Refuse nodes that there are no machines for."""
    special = ask.world.azure.special_size(str(ask.props["vmSize"]))
    if special is None or special.left is None or nodes <= special.left:
        return
    zones = ask.props.get("availabilityZones")
    tied = [n for n in ("proximityPlacementGroupID", "hostGroupID") if ask.props.get(n)]
    # The sentences after the first one are not recorded.
    if tied:
        raise ask.refused(
            "OverconstrainedZonalAllocationRequest"
            if zones
            else "OverconstrainedAllocationRequest",
            "Allocation failed. The VM size (or combination of VM sizes) required cannot be "
            f"provisioned due to constraints: {', '.join(tied)}.",
        )
    if zones:
        raise ask.refused(
            "ZonalAllocationFailed",
            "Allocation failed. We do not have sufficient capacity for the requested VM size in "
            "this zone.",
        )
    raise ask.refused("AllocationFailed")
