"""Changes of the managed cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.clusters.codec import READ_ONLY, told
from poolshift.sim.arm.pools.running import CLUSTER_TARGET, refuse_busy
from poolshift.sim.arm.problems import not_simulated, precondition_failed, refusal
from poolshift.sim.arm.versions import minor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.state import ArmWorld

# What a profile of the cluster's body may say and the cluster's own PUT does not change here.
_POOL_FIELDS = ("count", "osSKU", "orchestratorVersion", "nodeTaints", "nodeLabels", "mode")
_UPDATE_TIMING = "sum-cluster-update"
_UPGRADE_TIMING = "sum-cluster-upgrade"


def update_cluster(world: ArmWorld, sent: Mapping[str, Any], *, if_match: str) -> SimOperation:
    """Accept a PUT of the whole cluster: its settings, and a newer control plane."""
    if if_match and if_match != "*" and if_match.strip('"') != world.cluster.body["eTag"]:
        raise precondition_failed(f"etag mismatch: sent {if_match}.")
    for target in (CLUSTER_TARGET, *(pool.target for pool in world.pools.values())):
        refuse_busy(world, target)
    given = dict(sent.get("properties") or {})
    _check_profiles(world, given.get("agentPoolProfiles"))
    version = str(given.get("kubernetesVersion") or world.cluster.version)
    upgrade = version != world.cluster.version
    if upgrade:
        _check_upgrade(world, version)
    properties = world.cluster.properties
    changed = told(properties, {key: value for key, value in given.items() if key not in READ_ONLY})
    world.cluster.body = {
        **world.cluster.body,
        "tags": dict(sent.get("tags") or {}),
        "eTag": world.tag(),
        "properties": {
            **properties,
            **changed,
            "kubernetesVersion": version,
            "provisioningState": "Upgrading" if upgrade else "Updating",
        },
    }
    operation = world.operations.start(CLUSTER_TARGET)
    total_s = world.durations.draw(_UPGRADE_TIMING if upgrade else _UPDATE_TIMING)
    world.clock.after(total_s, lambda: _finish(world, operation, version))
    return operation


def _finish(world: ArmWorld, operation: SimOperation, version: str) -> None:
    properties = world.cluster.properties
    properties["provisioningState"] = "Succeeded"
    if version != properties["currentKubernetesVersion"]:
        properties["currentKubernetesVersion"] = version
        world.kube.version = version
    world.cluster.body["eTag"] = world.tag()
    world.operations.end(operation)


def _check_upgrade(world: ArmWorld, version: str) -> None:
    """One minor up at a time, and never down."""
    here, there = minor(world.cluster.version), minor(version)
    if there[0] != here[0] or not 0 <= there[1] - here[1] <= 1:
        raise refusal(
            world.catalog,
            "OperationNotAllowed",
            f"Upgrading Kubernetes version {world.cluster.version} to {version} is not allowed.",
            sub="upgrade-path",
        )


def _check_profiles(world: ArmWorld, profiles: Any) -> None:
    """Pools in the cluster's body must be as they are: they are changed through their own PUT."""
    for profile in profiles or ():
        pool = world.pools.get(str(profile.get("name")).lower())
        if pool is None:
            raise not_simulated("new pools in a PUT of the cluster")
        for field in _POOL_FIELDS:
            new, old = profile.get(field), pool.properties.get(field)
            if new and old and new != old:
                raise not_simulated(f"a change of {field} of pool {pool.name} in a cluster PUT")
