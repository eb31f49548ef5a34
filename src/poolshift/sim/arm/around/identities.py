"""User-assigned managed identities: made by clients, by scenarios, and by clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.around.sent import sent_object, sent_tags, sent_text
from poolshift.sim.arm.ids import group_of, principal_of
from poolshift.sim.arm.problems import resource_missing
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import Names, Route, route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.sim.arm.subscription import Subscription

KIND = "Microsoft.ManagedIdentity/userAssignedIdentities"
_SUB = "/subscriptions/{sub}"
_ALL = f"{_SUB}/providers/{KIND}"
_BELOW = f"{_SUB}/resourceGroups/{{group}}/providers/{KIND}"
_ONE = f"{_BELOW}/{{name}}"


def identities(azure: Subscription) -> list[dict[str, Any]]:
    """All of them, each once: those that were made, then those that others name."""
    found = {key: body for key, body in azure.resources.items() if body["type"] == KIND}
    for id_ in _named(azure):
        found.setdefault(id_.lower(), _body(azure, id_, azure.home.location, {}))
    return list(found.values())


def _named(azure: Subscription) -> Iterator[str]:
    """Ids of the identities of clusters, of their kubelets and of pools."""
    for world in azure.clusters():
        profiles = world.cluster.properties.get("identityProfile") or {}
        yield from (str(p["resourceId"]) for p in profiles.values() if p and p.get("resourceId"))
        identity = world.cluster.body.get("identity") or {}
        yield from identity.get("userAssignedIdentities") or ()
        for pool in world.pools.values():
            yield from pool.identities


def _body(azure: Subscription, id_: str, location: str, tags: dict[str, str]) -> dict[str, Any]:
    # Recorded: this provider writes `resourcegroups` in lower case.
    return {
        "location": location,
        "tags": tags,
        "id": id_.replace("/resourceGroups/", "/resourcegroups/"),
        "name": id_.rpartition("/")[2],
        "type": KIND,
        "properties": {"tenantId": azure.home.tenant, **principal_of(id_)},
    }


def _find(azure: Subscription, request: ArmRequest, names: Names) -> dict[str, Any]:
    wanted = request.path.lower()
    found = next((body for body in identities(azure) if body["id"].lower() == wanted), None)
    if found is None:
        raise resource_missing(KIND, names["name"], names["group"])
    return found


def _list(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    group = names.get("group", "").lower()
    found = [b for b in identities(azure) if group in ("", group_of(b["id"]))]
    return ArmAnswer(200, {"value": found})


def _get(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    return ArmAnswer(200, _find(azure, request, names))


def _put(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    sent = sent_object(request)
    key = request.path.lower()
    status = 200 if key in azure.resources else 201
    location = sent_text(sent, "location") or azure.home.location
    body = _body(azure, request.path, location, sent_tags(sent))
    azure.resources[key] = body
    return ArmAnswer(status, body, {"Location": body["id"]} if status == 201 else {})


def _delete(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    return ArmAnswer(200 if azure.resources.pop(request.path.lower(), None) else 204)


ROUTES: tuple[Route, ...] = (
    route("GET", _ALL, f"{KIND}/read", _list),
    route("GET", _BELOW, f"{KIND}/read", _list),
    route("GET", _ONE, f"{KIND}/read", _get),
    route("PUT", _ONE, f"{KIND}/write", _put),
    route("DELETE", _ONE, f"{KIND}/delete", _delete),
)
