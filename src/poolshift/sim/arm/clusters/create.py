"""A new cluster, and the end of one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.arm import releases
from poolshift.sim.arm.clusters.codec import new_body
from poolshift.sim.arm.clusters.system import install_system
from poolshift.sim.arm.machines import take_node
from poolshift.sim.arm.pools.create import new_pool
from poolshift.sim.arm.pools.growing import add_machines
from poolshift.sim.arm.pools.running import CLUSTER_TARGET
from poolshift.sim.arm.pools.states import CANCELED, SUCCEEDED
from poolshift.sim.arm.problems import ArmProblem, refusal
from poolshift.sim.arm.rules.clusters import check_create, check_delete
from poolshift.sim.arm.state import SERVICE, ArmWorld, SimPool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.request import ArmRequest
    from poolshift.sim.arm.subscription import Subscription

_CREATE_TIMING = "sum-cluster-create"
_DELETE_TIMING = "op-delete"
# Recorded: a cluster may have no other pool for the system than the one the service manages.
_SYSTEM = ("System", "ManagedSystem")
_SUBNET = "10.224.0.0/16"


def create_cluster(
    azure: Subscription, group: str, name: str, request: ArmRequest
) -> tuple[ArmWorld, SimOperation]:
    """Accept a new cluster; its control plane and its nodes come up while the operation runs."""
    given = request.properties()
    profiles = _profiles(given)
    known = azure.groups[group.lower()]
    location = str(request.body.get("location") or known.location).lower()
    check_create(azure, name, location, request.body)
    version = _version(azure, str(given.get("kubernetesVersion") or ""))
    ids = msgspec.structs.replace(azure.home, group=known.name, cluster=name, location=location)
    world = azure.add_cluster(ids, version, _SUBNET)
    # Nothing is told of a cluster before all of it is allowed.
    world.trace.muted = True
    try:
        world.cluster.body = new_body(world, request.body, version)
        pools = [
            new_pool(world, str(p.get("name") or ""), p, request.headers, by=request.by)
            for p in profiles
        ]
    except ArmProblem:
        azure.drop_cluster(world)
        azure.operations.remove(world.operations)
        raise
    finally:
        world.trace.muted = False
    _tell(world, pools, by=request.by)
    install_system(world)
    operation = world.operations.start(CLUSTER_TARGET)
    total_s = world.durations.draw(_CREATE_TIMING)
    for state in (world.cluster.properties, *(pool.properties for pool in pools)):
        state["provisioningState"] = "Creating"
    for pool in pools:
        add_machines(world, pool, pool.count, total_s, operation)
    operation.after(total_s, partial(_created, world, operation))
    operation.unwind = partial(_cancel_pools, world)
    return world, operation


def delete_cluster(world: ArmWorld) -> SimOperation:
    """Accept the end of a cluster: everything in it goes with its node resource group.

    What else is done to it or its pools gives way to it; a deletion that runs already goes on.
    """
    if world.cluster.deletion is not None and world.cluster.deletion.live:
        return world.cluster.deletion
    check_delete(world)
    while running := world.operations.running():
        world.operations.give_way(running[0])
    operation = world.cluster.deletion = world.operations.start(CLUSTER_TARGET)
    for state in (world.cluster.properties, *(pool.properties for pool in world.pools.values())):
        state["provisioningState"] = "Deleting"
    operation.after(world.durations.draw(_DELETE_TIMING), partial(_deleted, world, operation))
    operation.unwind = partial(_cancel_pools, world)
    return operation


def _created(world: ArmWorld, operation: SimOperation) -> None:
    for state in (world.cluster.properties, *(pool.properties for pool in world.pools.values())):
        state["provisioningState"] = SUCCEEDED
    world.operations.end(operation)
    world.pools_changed()
    if world.upgrader is not None:
        world.upgrader.begin()


def _cancel_pools(world: ArmWorld, then: Callable[[], None]) -> None:
    """As recorded, the pools of a cluster whose creation is aborted are canceled with it."""
    for pool in world.pools.values():
        pool.properties["provisioningState"] = CANCELED
    then()


def _tell(world: ArmWorld, pools: list[SimPool], *, by: str) -> None:
    for pool in pools:
        sku = str(pool.properties["osSKU"])
        world.trace.emit("pool-added", pool=pool.name, os_sku=sku, count=pool.count, by=by)
        for identity in pool.identities:
            world.trace.emit("identity-granted", identity=identity, pool=pool.name, by=SERVICE)


def _deleted(world: ArmWorld, operation: SimOperation) -> None:
    for pool in world.pools.values():
        for machine in (*pool.machines, *pool.extra, *pool.quarantined):
            take_node(world, machine, by=SERVICE)
        world.trace.emit("pool-removed", pool=pool.name, by=SERVICE)
    world.pools.clear()
    world.kube.answers = False
    if world.upgrader is not None:
        world.upgrader.end()
    world.azure.drop_cluster(world)
    world.operations.end(operation)


def _profiles(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pools that a new cluster asks for: one at least, and one for the system."""
    profiles = given.get("agentPoolProfiles")
    if not isinstance(profiles, list) or not all(isinstance(p, dict) for p in profiles):
        profiles = []
    if not profiles:
        raise ArmProblem(
            400,
            "InvalidParameter",
            "Required parameter agentPoolProfiles is missing (null).",
            target="agentPoolProfiles",
        )
    if not any(str(p.get("mode") or "System") in _SYSTEM for p in profiles):
        raise ArmProblem(400, "InvalidParameter", "There has to be at least one system agent pool.")
    names = [str(p.get("name") or "").lower() for p in profiles]
    if len(set(names)) < len(names):
        raise ArmProblem(
            400,
            "InvalidParameter",
            "Agent pool names of a managed cluster must be unique.",
            target="agentPoolProfiles",
        )
    return [{**p, "mode": p.get("mode") or "System"} for p in profiles]


def _version(azure: Subscription, asked: str) -> str:
    version = releases.resolved(azure, asked or releases.default(azure))
    if not version:
        raise refusal(
            azure.catalog,
            "K8sVersionNotSupported",
            f"Version {asked} is not supported in this region. Please use [az aks get-versions] "
            "command to get the supported version list in this region. For more information, "
            "please check https://aka.ms/supported-version-list",
        )
    return version
