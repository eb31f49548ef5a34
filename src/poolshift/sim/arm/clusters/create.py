"""A new cluster, and the end of one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.arm import releases
from poolshift.sim.arm.clusters.codec import new_body
from poolshift.sim.arm.clusters.system import install_system
from poolshift.sim.arm.machines import take_node
from poolshift.sim.arm.pools.changes import add_machines, new_pool
from poolshift.sim.arm.pools.running import CLUSTER_TARGET, refuse_busy
from poolshift.sim.arm.pools.states import SUCCEEDED
from poolshift.sim.arm.problems import ArmProblem, refusal
from poolshift.sim.arm.state import SERVICE, ArmWorld

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.operations import SimOperation
    from poolshift.sim.arm.request import ArmRequest
    from poolshift.sim.arm.subscription import Subscription

_CREATE_TIMING = "sum-cluster-create"
_DELETE_TIMING = "op-delete"
_SUBNET = "10.224.0.0/16"


def create_cluster(
    azure: Subscription, group: str, name: str, request: ArmRequest
) -> tuple[ArmWorld, SimOperation]:
    """Accept a new cluster; its control plane and its nodes come up while the operation runs."""
    given = request.properties()
    profiles = _profiles(given)
    version = _version(azure, str(given.get("kubernetesVersion") or ""))
    known = azure.groups[group.lower()]
    ids = msgspec.structs.replace(
        azure.home,
        group=known.name,
        cluster=name,
        location=str(request.body.get("location") or known.location).lower(),
    )
    world = azure.add_cluster(ids, version, _SUBNET)
    try:
        world.cluster.body = new_body(world, request.body, version)
        pools = [
            new_pool(world, str(p.get("name") or ""), p, request.headers, by=request.by)
            for p in profiles
        ]
    except ArmProblem:
        azure.drop_cluster(world)
        raise
    install_system(world)
    operation = world.operations.start(CLUSTER_TARGET)
    total_s = world.durations.draw(_CREATE_TIMING)
    for state in (world.cluster.properties, *(pool.properties for pool in pools)):
        state["provisioningState"] = "Creating"
    for pool in pools:
        add_machines(world, pool, pool.count, total_s, operation)
    world.clock.after(total_s, partial(_created, world, operation))
    return world, operation


def delete_cluster(world: ArmWorld) -> SimOperation:
    """Accept the end of a cluster: everything in it goes with its node resource group."""
    refuse_busy(world, CLUSTER_TARGET, *(pool.target for pool in world.pools.values()))
    operation = world.operations.start(CLUSTER_TARGET)
    for state in (world.cluster.properties, *(pool.properties for pool in world.pools.values())):
        state["provisioningState"] = "Deleting"
    world.clock.after(world.durations.draw(_DELETE_TIMING), partial(_deleted, world, operation))
    return operation


def _created(world: ArmWorld, operation: SimOperation) -> None:
    for state in (world.cluster.properties, *(pool.properties for pool in world.pools.values())):
        state["provisioningState"] = SUCCEEDED
    world.operations.end(operation)
    world.pools_changed()


def _deleted(world: ArmWorld, operation: SimOperation) -> None:
    for pool in world.pools.values():
        for machine in (*pool.machines, *pool.extra, *pool.quarantined):
            take_node(world, machine, by=SERVICE)
        world.trace.emit("pool-removed", pool=pool.name, by=SERVICE)
    world.pools.clear()
    world.kube.answers = False
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
    if not any(str(p.get("mode") or "System") in ("System", "ManagedSystem") for p in profiles):
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
