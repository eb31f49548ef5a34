"""The ARM service: one call in, one answer out, for both faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.arm.around.roles import ROUTES as ROLES
from poolshift.sim.arm.around.roles import role_route
from poolshift.sim.arm.around.routes import ROUTES as AROUND
from poolshift.sim.arm.clusters.routes import ROUTES as CLUSTERS
from poolshift.sim.arm.fills import View, dressed
from poolshift.sim.arm.governance import checks as governance
from poolshift.sim.arm.governance.routes import ROUTES as GOVERNANCE
from poolshift.sim.arm.maintenance.routes import ROUTES as MAINTENANCE
from poolshift.sim.arm.pools.routes import ROUTES as POOLS
from poolshift.sim.arm.problems import (
    ArmProblem,
    action_denied,
    group_missing,
    route_missing,
    subscription_missing,
)
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import find_route
from poolshift.sim.arm.schema.shapes import check_shape
from poolshift.sim.arm.snapshots.routes import ROUTES as SNAPSHOTS

if TYPE_CHECKING:
    from poolshift.sim.arm.subscription import Subscription

ROUTES = (*CLUSTERS, *POOLS, *MAINTENANCE, *SNAPSHOTS, *AROUND, *ROLES, *GOVERNANCE)


def answer(azure: Subscription, request: ArmRequest) -> ArmAnswer:
    """Answer a request; a refusal is an answer too, in the service's own shape."""
    try:
        reply = _dispatch(azure, request)
    except ArmProblem as problem:
        if problem.counted:
            azure.unanswered[problem.message] += 1
        reply = ArmAnswer(problem.status, problem.body(), problem.headers())
    azure.clock.settle()
    return reply


def _dispatch(azure: Subscription, request: ArmRequest) -> ArmAnswer:
    found = role_route(request.method, request.path) or find_route(
        ROUTES, request.method, request.path
    )
    if found is None:
        raise route_missing(request.method, request.path)
    route, names = found
    _check_scope(azure, names)
    instead = azure.troubles.answer(request, route.action)
    if instead is not None:
        return instead
    if route.action.lower() in {denied.lower() for denied in azure.scenario.denied.arm}:
        raise action_denied(route.action, request.path)
    governance.check(azure, request, names, route.action)
    if route.body:
        check_shape(route.body, request.body, request.query.get("api-version", ""))
    reply = route.handler(azure, request, names)
    preview = request.query.get("api-version", "").lower().endswith("-preview")
    view = View(azure.clock.moment().date(), preview)
    return msgspec.structs.replace(reply, body=dressed(reply.body, view))


def _check_scope(azure: Subscription, names: dict[str, str]) -> None:
    """Refuse what is outside the one subscription that there is, or in a group that is not."""
    if "sub" in names and names["sub"].lower() != azure.home.subscription:
        raise subscription_missing(names["sub"])
    if "group" in names and names["group"].lower() not in azure.groups:
        raise group_missing(names["group"])
