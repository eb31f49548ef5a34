"""The upgrade profile of a pool: where it can go, and what it can go back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.operations import stamp
from poolshift.sim.arm.rules.versions import available_upgrades
from poolshift.sim.arm.upgrades.goals import usable
from poolshift.sim.arm.upgrades.nodeimages import newest_for

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld, SimPool

KIND = "Microsoft.ContainerService/managedClusters/agentPools/upgradeProfiles"


def profile_of(world: ArmWorld, pool: SimPool) -> dict[str, Any]:
    """Its body; as recorded, lists that would be empty are not there."""
    properties: dict[str, Any] = {
        "kubernetesVersion": pool.make.version,
        "osType": pool.properties["osType"],
        "latestNodeImageVersion": newest_for(world, pool.make).version,
    }
    upgrades = available_upgrades(world, pool.make.version)
    if upgrades:
        properties["upgrades"] = [{"kubernetesVersion": version} for version in upgrades]
    used = usable(world, pool)
    if used:
        properties["recentlyUsedVersions"] = [
            {
                "orchestratorVersion": u.make.version,
                "nodeImageVersion": u.make.image.version,
                "timestamp": stamp(u.until),
            }
            for u in used
        ]
    return {
        "id": f"{world.ids.pool_id(pool.name)}/upgradeProfiles/default",
        "name": "default",
        "type": KIND,
        "properties": properties,
    }
