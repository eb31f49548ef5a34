"""Resource groups: those of the scenario, the node resource groups of clusters, and new ones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.answers import polling_hint
from poolshift.sim.arm.around.filters import comparisons
from poolshift.sim.arm.around.sent import sent_object, sent_tags, sent_text
from poolshift.sim.arm.clusters.create import delete_cluster
from poolshift.sim.arm.problems import ArmProblem, group_missing, not_simulated
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import Names, Route, route
from poolshift.sim.arm.subscription import Group

if TYPE_CHECKING:
    from poolshift.sim.arm.subscription import Subscription

_SUB = "/subscriptions/{sub}"
# With another name in the hole than groups that must be there: it may be new.
_ONE = f"{_SUB}/resourceGroups/{{new_group}}"
_GROUP = f"{_SUB}/resourceGroups/{{group}}"
_RESULT = f"{_SUB}/operationresults/{{token}}"
_READ = "Microsoft.Resources/subscriptions/resourceGroups/read"
_WRITE = "Microsoft.Resources/subscriptions/resourceGroups/write"
_DELETE = "Microsoft.Resources/subscriptions/resourceGroups/delete"
# An assumption: nothing recorded says how long the deletion of an empty group takes.
_EMPTY_S = 15.0


def _body(azure: Subscription, group: Group) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": f"/subscriptions/{azure.home.subscription}/resourceGroups/{group.name}",
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "tags": group.tags,
        "properties": {"provisioningState": "Succeeded"},
    }
    return body | ({"managedBy": group.managed_by} if group.managed_by else {})


def _list(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    asked = {c.name.lower(): c.value for c in comparisons(request.query.get("$filter", ""))}
    tag, value = asked.get("tagname"), asked.get("tagvalue")
    found = [
        _body(azure, group)
        for group in azure.groups.values()
        if tag is None or (tag in group.tags and value in (None, group.tags[tag]))
    ]
    return ArmAnswer(200, {"value": found})


def _get(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    return ArmAnswer(200, _body(azure, azure.groups[names["group"].lower()]))


def _exists(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    """204 or 404, both without a body."""
    return ArmAnswer(204 if names["new_group"].lower() in azure.groups else 404)


def _put(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    sent = sent_object(request)
    location = sent_text(sent, "location").replace(" ", "").lower()
    if not location:
        raise ArmProblem(
            400,
            "LocationRequired",
            "The location property is required for this definition.",
            flat=False,
        )
    old = azure.groups.get(names["new_group"].lower())
    if old is not None and old.location != location:
        raise ArmProblem(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{location}'. The Resource group already exists "
            f"in location '{old.location}'.",
            flat=False,
        )
    name = old.name if old is not None else names["new_group"]
    managed_by = old.managed_by if old is not None else ""
    group = Group(name, location, sent_tags(sent), managed_by)
    azure.add_group(group)
    return ArmAnswer(200 if old is not None else 201, _body(azure, group))


def _delete(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    """Its clusters and all else in it go with it; done when they are."""
    name = names["new_group"].lower()
    if name not in azure.groups:
        raise group_missing(names["new_group"])
    if azure.groups[name].managed_by:
        raise not_simulated("the deletion of a node resource group under its cluster")
    operations = [
        delete_cluster(world)
        for world in tuple(azure.clusters())
        if world.ids.group.lower() == name
    ]
    token = next(azure.clusters()).tag() if any(True for _ in azure.clusters()) else name
    azure.clock.after(_EMPTY_S, partial(_ended, azure, name, operations))
    path = f"/subscriptions/{azure.home.subscription}/operationresults/{token}-{name}"
    headers = {"Location": f"{path}?api-version=2024-11-01"}
    return ArmAnswer(202, None, headers | polling_hint(azure))


def _ended(azure: Subscription, name: str, operations: list[Any]) -> None:
    if any(operation.ended is None for operation in operations):
        azure.clock.after(_EMPTY_S, partial(_ended, azure, name, operations))
        return
    azure.groups.pop(name, None)
    below = f"/resourcegroups/{name}/"
    for key in [key for key in azure.resources if below in key]:
        del azure.resources[key]


def _result(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    """What came of a deletion: 202 while the group is there."""
    name = names["token"].lower()
    if any(name.endswith(f"-{group}") for group in azure.groups):
        again = f"{request.path}?api-version=2024-11-01"
        return ArmAnswer(202, None, {"Location": again} | polling_hint(azure))
    return ArmAnswer(200)


ROUTES: tuple[Route, ...] = (
    route("GET", f"{_SUB}/resourceGroups", _READ, _list),
    route("GET", _GROUP, _READ, _get),
    route("HEAD", _ONE, _READ, _exists),
    route("PUT", _ONE, _WRITE, _put),
    route("DELETE", _ONE, _DELETE, _delete),
    route("GET", _RESULT, "", _result),
)
