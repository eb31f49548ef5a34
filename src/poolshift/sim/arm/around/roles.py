"""Role definitions and assignments, which hang below any scope.

Roles decide nothing here: the scenario says which actions its caller may not do.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from poolshift.core.clock import format_time
from poolshift.sim.arm.around.directory import knows
from poolshift.sim.arm.around.filters import comparisons
from poolshift.sim.arm.around.sent import sent_text
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import Names, Route, route

if TYPE_CHECKING:
    from poolshift.sim.arm.subscription import Subscription

_DEFINITIONS = "Microsoft.Authorization/roleDefinitions"
_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
# Every management group is taken to be above the subscription.
_MANAGEMENT = "/providers/microsoft.management/managementgroups/"
_ASSIGNED_TO = re.compile(r"assignedTo\('([^']*)'\)", re.IGNORECASE)
_AT_SCOPE = re.compile(r"atScope\(\)( and )?", re.IGNORECASE)


class BuiltIn(msgspec.Struct, frozen=True):
    """A built-in role."""

    name: str
    id: str
    description: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()


@cache
def built_in() -> tuple[BuiltIn, ...]:
    """The built-in roles that are known here."""
    data = resources.files("poolshift.sim.arm.around") / "data" / "roles.yaml"
    return msgspec.convert(yaml.safe_load(data.read_text(encoding="utf-8")), tuple[BuiltIn, ...])


def _definition(azure: Subscription, role: BuiltIn) -> dict[str, Any]:
    return {
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": role.description,
            "assignableScopes": ["/"],
            "permissions": [
                {
                    "actions": list(role.actions),
                    "notActions": list(role.not_actions),
                    "dataActions": list(role.data_actions),
                    "notDataActions": [],
                }
            ],
            # When Microsoft made and changed them is of no use here: the first two were recorded
            # with other days.
            "createdOn": "2015-02-02T21:55:09.8806423Z",
            "updatedOn": "2015-02-02T21:55:09.8806423Z",
            "createdBy": None,
            "updatedBy": None,
        },
        "id": f"/subscriptions/{azure.home.subscription}/providers/{_DEFINITIONS}/{role.id}",
        "type": _DEFINITIONS,
        "name": role.id,
    }


def _definitions(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    text = _AT_SCOPE.sub("", request.query.get("$filter", ""))
    asked = comparisons(text)
    found = []
    for role in built_in():
        values = {"rolename": role.name, "type": "BuiltInRole"}
        if all(part.holds(values.get(part.name.lower(), "")) for part in asked):
            found.append(_definition(azure, role))
    return ArmAnswer(200, {"value": found})


def _definition_get(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    for role in built_in():
        if role.id == names["name"].lower():
            return ArmAnswer(200, _definition(azure, role))
    raise ArmProblem(
        404,
        "RoleDefinitionDoesNotExist",
        f"The specified role definition with ID '{names['name']}' does not exist.",
        flat=False,
    )


def _assignments(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    """Those at the scope and above it; without `atScope()` also those below."""
    text = request.query.get("$filter", "")
    below = not _AT_SCOPE.search(text)
    to = _ASSIGNED_TO.search(text)
    asked = comparisons(_ASSIGNED_TO.sub("", _AT_SCOPE.sub("", text)))
    scope = names["scope"].lower().rstrip("/")
    found = []
    for body in azure.role_assignments.values():
        own = body["properties"]["scope"].lower().rstrip("/")
        above = f"{scope}/".startswith(f"{own}/") or own.startswith(_MANAGEMENT)
        there = above or (below and own.startswith(f"{scope}/"))
        wanted = [part for part in asked if part.name.lower() == "principalid"]
        principal = str(body["properties"]["principalId"])
        mine = all(part.holds(principal) for part in wanted)
        if there and mine and (to is None or to[1].lower() == principal.lower()):
            found.append(body)
    return ArmAnswer(200, {"value": found})


def _assignment(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    found = azure.role_assignments.get(request.path.lower())
    if found is None:
        raise ArmProblem(
            404,
            "RoleAssignmentNotFound",
            f"The role assignment '{names['name']}' is not found.",
            flat=False,
        )
    return ArmAnswer(200, found)


def _assign(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    sent = request.properties()
    scope = names["scope"]
    wanted = tuple(sent_text(sent, key).lower() for key in ("principalId", "roleDefinitionId"))
    if not all(wanted):
        raise ArmProblem(
            400,
            "InvalidRoleAssignment",
            "A role assignment needs a principalId and a roleDefinitionId.",
            flat=False,
        )
    for known in azure.role_assignments.values():
        given = known["properties"]
        pair = (given["principalId"].lower(), given["roleDefinitionId"].lower())
        if pair == wanted and given["scope"].lower() == scope.lower():
            raise ArmProblem(
                409,
                "RoleAssignmentExists",
                "The role assignment already exists.",
                flat=False,
                relayed=True,
            )
    now = format_time(azure.clock.moment())
    principal, kind = sent_text(sent, "principalId"), sent_text(sent, "principalType")
    if not kind and not knows(azure, principal):
        # Said with a type, the service does not look: that is how clients get ahead of replication.
        raise ArmProblem(
            400,
            "PrincipalNotFound",
            f"Principal {principal.replace('-', '')} does not exist in the directory "
            f"{azure.home.tenant}. Check that you have the correct principal ID.",
            flat=False,
            relayed=True,
        )
    body = {
        "properties": {
            "roleDefinitionId": sent_text(sent, "roleDefinitionId"),
            "principalId": principal,
            "principalType": kind or "ServicePrincipal",
            "scope": scope,
            "condition": sent.get("condition"),
            "conditionVersion": sent.get("conditionVersion"),
            "createdOn": now,
            "updatedOn": now,
            "createdBy": None,
            "updatedBy": request.by or None,
            "delegatedManagedIdentityResourceId": None,
            "description": sent.get("description"),
        },
        "id": request.path,
        "type": _ASSIGNMENTS,
        "name": names["name"],
    }
    azure.role_assignments[request.path.lower()] = body
    return ArmAnswer(201, body)


def _revoke(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    found = azure.role_assignments.pop(request.path.lower(), None)
    return ArmAnswer(204) if found is None else ArmAnswer(200, found)


_SHOWN = "{scope}/providers/" + _ASSIGNMENTS
_DEFINED = "{scope}/providers/" + _DEFINITIONS
_ROUTES = {
    ("GET", _ASSIGNMENTS, False): route("GET", _SHOWN, f"{_ASSIGNMENTS}/read", _assignments),
    ("GET", _ASSIGNMENTS, True): route(
        "GET", f"{_SHOWN}/{{name}}", f"{_ASSIGNMENTS}/read", _assignment
    ),
    ("PUT", _ASSIGNMENTS, True): route(
        "PUT", f"{_SHOWN}/{{name}}", f"{_ASSIGNMENTS}/write", _assign
    ),
    ("DELETE", _ASSIGNMENTS, True): route(
        "DELETE", f"{_SHOWN}/{{name}}", f"{_ASSIGNMENTS}/delete", _revoke
    ),
    ("GET", _DEFINITIONS, False): route("GET", _DEFINED, f"{_DEFINITIONS}/read", _definitions),
    ("GET", _DEFINITIONS, True): route(
        "GET", f"{_DEFINED}/{{name}}", f"{_DEFINITIONS}/read", _definition_get
    ),
}
ROUTES: tuple[Route, ...] = tuple(_ROUTES.values())


def role_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a role; its scope has any number of segments, or none."""
    lower = path.lower()
    for kind in (_ASSIGNMENTS, _DEFINITIONS):
        marker = f"/providers/{kind.lower()}"
        place = lower.rfind(marker)
        rest = lower[place + len(marker) :] if place >= 0 else "x"
        if rest and not rest.startswith("/"):
            continue
        name = path[place + len(marker) :].strip("/")
        found = _ROUTES.get((method, kind, bool(name)))
        if found is None:
            return None
        scope = path[:place]
        names = {"scope": scope} | ({"name": name} if name else {})
        parts = scope.split("/")
        if len(parts) > 2 and parts[1].lower() == "subscriptions":
            names["sub"] = parts[2]
        return found, names
    return None
