"""The ARM service: one call in, one answer out, for both faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.arm.around.routes import ROUTES as AROUND
from poolshift.sim.arm.around.routes import role_route
from poolshift.sim.arm.clusters.routes import ROUTES as CLUSTERS
from poolshift.sim.arm.pools.routes import ROUTES as POOLS
from poolshift.sim.arm.problems import (
    ArmProblem,
    action_denied,
    group_missing,
    resource_missing,
    route_missing,
    subscription_missing,
)
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import find_route
from poolshift.sim.arm.snapshots.routes import ROUTES as SNAPSHOTS

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld

ROUTES = (*CLUSTERS, *POOLS, *SNAPSHOTS, *AROUND)
_CLUSTER_KIND = "Microsoft.ContainerService/managedClusters"


def answer(world: ArmWorld, request: ArmRequest) -> ArmAnswer:
    """Answer a request; a refusal is an answer too, in the service's own shape."""
    try:
        reply = _dispatch(world, request)
    except ArmProblem as problem:
        if problem.counted:
            world.unanswered[problem.message] += 1
        reply = ArmAnswer(problem.status, problem.body(), problem.headers())
    world.clock.settle()
    return reply


def _dispatch(world: ArmWorld, request: ArmRequest) -> ArmAnswer:
    found = role_route(request.method, request.path) or find_route(
        ROUTES, request.method, request.path
    )
    if found is None:
        raise route_missing(request.method, request.path)
    route, names = found
    _check_scope(world, names)
    if route.action.lower() in {denied.lower() for denied in world.scenario.denied.arm}:
        raise action_denied(route.action, request.path)
    return route.handler(world, request, names)


def _check_scope(world: ArmWorld, names: dict[str, str]) -> None:
    """Refuse what is outside the one subscription, group and cluster that there are."""
    ids = world.ids
    if "sub" in names and names["sub"].lower() != ids.subscription:
        raise subscription_missing(names["sub"])
    if "group" in names and names["group"].lower() not in (
        ids.group.lower(),
        ids.node_group.lower(),
    ):
        raise group_missing(names["group"])
    if "cluster" in names and (names["cluster"].lower(), names["group"].lower()) != (
        ids.cluster.lower(),
        ids.group.lower(),
    ):
        raise resource_missing(_CLUSTER_KIND, names["cluster"], names["group"])
