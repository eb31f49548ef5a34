"""Routes of agent pools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from poolshift.sim.arm.answers import accepted, paged
from poolshift.sim.arm.pools.changes import (
    check_preconditions,
    create_pool,
    delete_machines,
    delete_pool,
    update_pool,
)
from poolshift.sim.arm.pools.codec import body_of, machine_body
from poolshift.sim.arm.problems import not_simulated, resource_missing
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import Route, cluster_route
from poolshift.sim.arm.schema.shapes import DELETE_MACHINES, POOL
from poolshift.sim.arm.versions import numbers

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld, SimPool

_POOLS = (
    "/subscriptions/{sub}/resourceGroups/{group}"
    "/providers/Microsoft.ContainerService/managedClusters/{cluster}/agentPools"
)
_POOL = _POOLS + "/{pool}"
_KIND = "Microsoft.ContainerService/managedClusters/agentPools"
Names = Mapping[str, str]


def _pool(world: ArmWorld, names: Names) -> SimPool:
    pool = world.pools.get(names["pool"].lower())
    if pool is None:
        raise resource_missing(_KIND, names["pool"], names["group"])
    return pool


def _list(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    pools = [body_of(world, pool) for pool in world.pools.values()]
    return paged(world.azure, request, pools)


def _get(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    return ArmAnswer(200, body_of(world, _pool(world, names)))


def _put(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    sent = request.properties()
    pool = world.pools.get(names["pool"].lower())
    check_preconditions(
        pool,
        if_match=request.headers.get("if-match", ""),
        if_none_match=request.headers.get("if-none-match", ""),
    )
    if pool is None:
        pool, operation = create_pool(world, names["pool"], sent, request.headers, by=request.by)
        return accepted(world, operation, 201, body_of(world, pool))
    operation = update_pool(world, pool, sent, by=request.by)
    return accepted(world, operation, 200, body_of(world, pool))


def _delete(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    pool = world.pools.get(names["pool"].lower())
    if pool is None:
        return ArmAnswer(204)
    check_preconditions(pool, if_match=request.headers.get("if-match", ""), if_none_match="")
    ignored = request.query.get("ignore-pod-disruption-budget", "").lower() == "true"
    return accepted(world, delete_pool(world, pool, heed_budgets=not ignored, by=request.by), 202)


def _delete_machines(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    pool = _pool(world, names)
    body = request.body if isinstance(request.body, dict) else {}
    machines = tuple(str(name) for name in body.get("machineNames") or ())
    return accepted(world, delete_machines(world, pool, machines, by=request.by), 202)


def _machines(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    pool = _pool(world, names)
    items = [machine_body(world, pool, name) for name in pool.machines]
    return ArmAnswer(200, {"value": items})


def _upgrade_profile(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    """The newest node image, and the control plane's version where the pool is behind it."""
    pool = _pool(world, names)
    props = pool.properties
    same = [
        i
        for i in world.scenario.node_images
        if i.os_sku == pool.image.os_sku and i.generation == pool.image.generation
    ]
    ahead = numbers(world.cluster.version) > numbers(str(props["orchestratorVersion"]))
    upgrades = [{"kubernetesVersion": world.cluster.version}] if ahead else []
    return ArmAnswer(
        200,
        {
            "id": f"{world.ids.pool_id(pool.name)}/upgradeProfiles/default",
            "name": "default",
            "type": f"{_KIND}/upgradeProfiles",
            "properties": {
                "kubernetesVersion": props["orchestratorVersion"],
                "osType": props["osType"],
                "latestNodeImageVersion": same[-1].version if same else pool.image.version,
                "upgrades": upgrades,
            },
        },
    )


def _upgrade_image(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    raise not_simulated(f"the upgrade of the node image of pool {_pool(world, names).name}")


_READ = f"{_KIND}/read"
_WRITE = f"{_KIND}/write"

ROUTES: tuple[Route, ...] = (
    cluster_route("GET", _POOLS, _READ, _list),
    cluster_route("GET", _POOL, _READ, _get),
    cluster_route("PUT", _POOL, _WRITE, _put, body=POOL),
    cluster_route("DELETE", _POOL, f"{_KIND}/delete", _delete),
    cluster_route(
        "POST",
        f"{_POOL}/deleteMachines",
        f"{_KIND}/deleteMachines/action",
        _delete_machines,
        body=DELETE_MACHINES,
    ),
    cluster_route("GET", f"{_POOL}/machines", f"{_KIND}/machines/read", _machines),
    cluster_route(
        "GET", f"{_POOL}/upgradeProfiles/default", f"{_KIND}/upgradeProfiles/read", _upgrade_profile
    ),
    cluster_route(
        "POST",
        f"{_POOL}/upgradeNodeImageVersion",
        f"{_KIND}/upgradeNodeImageVersion/write",
        _upgrade_image,
    ),
)
