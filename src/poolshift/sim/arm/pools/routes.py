"""Routes of agent pools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm import releases
from poolshift.sim.arm.abort import abort
from poolshift.sim.arm.answers import accepted, paged
from poolshift.sim.arm.machines import instance_of
from poolshift.sim.arm.pools.changes import (
    update_pool,
    upgrade_image,
)
from poolshift.sim.arm.pools.codec import body_of, machine_body
from poolshift.sim.arm.pools.create import create_pool
from poolshift.sim.arm.pools.leaving import delete_machines, delete_pool
from poolshift.sim.arm.pools.running import check_preconditions
from poolshift.sim.arm.pools.states import PASSAGES, Change
from poolshift.sim.arm.problems import resource_missing
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import Route, cluster_route
from poolshift.sim.arm.schema.shapes import DELETE_MACHINES, POOL
from poolshift.sim.arm.upgrades.profile import profile_of
from poolshift.sim.arm.versions import numbers

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld, SimPool

_POOLS = (
    "/subscriptions/{sub}/resourceGroups/{group}"
    "/providers/Microsoft.ContainerService/managedClusters/{cluster}/agentPools"
)
_POOL = _POOLS + "/{pool}"
_AVAILABLE = _POOLS.removesuffix("agentPools") + "availableAgentPoolVersions"
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
    return accepted(world, operation, 200, _changing(world, pool))


def _changing(world: ArmWorld, pool: SimPool) -> dict[str, Any]:
    """A pool in the answer to a change: as recorded, one that is being stopped counts no node."""
    body = body_of(world, pool)
    if pool.properties["provisioningState"] == PASSAGES[Change.STOP].state:
        body["properties"]["count"] = 0
    return body


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
    every = sorted((*pool.machines, *pool.extra, *pool.quarantined), key=instance_of)
    return ArmAnswer(200, {"value": [machine_body(world, pool, name) for name in every]})


def _machine(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    pool = _pool(world, names)
    for name in (*pool.machines, *pool.extra, *pool.quarantined):
        if name.lower() == names["machine"].lower():
            return ArmAnswer(200, machine_body(world, pool, name))
    raise resource_missing(f"{_KIND}/machines", names["machine"], names["group"])


def _available(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    """Versions that a new pool may have: those on offer that its control plane reaches."""
    here = world.cluster.version
    usual = releases.resolved(world.azure, here) or here
    versions = []
    for release in releases.offered(world.azure):
        for patch in release.patches:
            if numbers(patch) <= numbers(here):
                version: dict[str, Any] = {"kubernetesVersion": patch}
                flags = {"default": patch == usual, "isPreview": release.preview}
                versions.append(version | {name: True for name, on in flags.items() if on})
    return ArmAnswer(
        200,
        {
            "id": f"{world.ids.cluster_id}/availableagentpoolversions",
            "name": "default",
            "type": "Microsoft.ContainerService/managedClusters/availableAgentpoolVersions",
            "properties": {"agentPoolVersions": versions},
        },
    )


def _upgrade_profile(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    return ArmAnswer(200, profile_of(world, _pool(world, names)))


def _upgrade_image(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    pool = _pool(world, names)
    return accepted(world, upgrade_image(world, pool), 202, _changing(world, pool))


def _abort(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    pool = _pool(world, names)
    return accepted(world, abort(world, pool.target), 202, _changing(world, pool))


_READ = f"{_KIND}/read"
_WRITE = f"{_KIND}/write"

ROUTES: tuple[Route, ...] = (
    cluster_route("GET", _POOLS, _READ, _list),
    cluster_route("GET", _AVAILABLE, _READ, _available),
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
    cluster_route("GET", f"{_POOL}/machines/{{machine}}", f"{_KIND}/machines/read", _machine),
    cluster_route(
        "GET", f"{_POOL}/upgradeProfiles/default", f"{_KIND}/upgradeProfiles/read", _upgrade_profile
    ),
    cluster_route(
        "POST",
        f"{_POOL}/upgradeNodeImageVersion",
        f"{_KIND}/upgradeNodeImageVersion/write",
        _upgrade_image,
    ),
    cluster_route("POST", f"{_POOL}/abort", f"{_KIND}/abort/action", _abort),
)
