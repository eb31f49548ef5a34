"""Every resource of the subscription, as the list of all resources and queries see it.

Clusters, scale sets and identities have modules of their own; here are also those of other
providers that stand beside a cluster (vaults, networks). They are kept as they are sent: what their
providers would check or fill in is not simulated, but for a state and a vault's address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.around.compute import scale_set_body
from poolshift.sim.arm.around.filters import comparisons, passes
from poolshift.sim.arm.around.identities import KIND as IDENTITY_KIND
from poolshift.sim.arm.around.identities import identities
from poolshift.sim.arm.around.sent import sent_tags, sent_text
from poolshift.sim.arm.clusters.codec import body_of
from poolshift.sim.arm.ids import group_of
from poolshift.sim.arm.problems import resource_missing
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import Names, Route, route
from poolshift.sim.arm.subnets import in_use, managed_network

if TYPE_CHECKING:
    from poolshift.sim.arm.subscription import Subscription

_SUB = "/subscriptions/{sub}"
_GROUP = f"{_SUB}/resourceGroups/{{group}}"
_LISTED = ("id", "name", "type", "kind", "location", "tags", "sku", "identity")
# Types that are kept as sent: provider, kind, and the kind below it.
_KEPT = (
    ("Microsoft.KeyVault", "vaults", ""),
    ("Microsoft.Network", "virtualNetworks", "subnets"),
)


def everything(azure: Subscription) -> list[dict[str, Any]]:
    """Every resource with its whole body."""
    found = [body_of(world) for world in azure.clusters()]
    found += [
        scale_set_body(world, pool) for world in azure.clusters() for pool in world.pools.values()
    ]
    others = (body for body in azure.resources.values() if body["type"] != IDENTITY_KIND)
    return [*found, *identities(azure), *others, *_managed(azure)]


def _managed(azure: Subscription) -> list[dict[str, Any]]:
    """The networks that the service made for clusters."""
    made = (managed_network(world) for world in azure.clusters())
    return [network for network in made if network is not None]


def _with_use(azure: Subscription, body: dict[str, Any]) -> dict[str, Any]:
    """A resource as it is read: a subnet lists the interfaces that have an address in it."""
    if not str(body["type"]).endswith("/subnets"):
        return body
    used = in_use(body["id"], azure.addresses_in(body["id"]))
    return {**body, "properties": {**body["properties"], **used}} if used else body


def _found(azure: Subscription, path: str) -> dict[str, Any] | None:
    """What is kept under an id, or the service made there."""
    kept = azure.resources.get(path)
    if kept is not None:
        return _with_use(azure, kept)
    for network in _managed(azure):
        inside = network["properties"]["subnets"]
        for body in (network, *({**s, "type": f"{network['type']}/subnets"} for s in inside)):
            if body["id"].lower() == path:
                return body
    return None


def _list(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    """All of them, or those of a group, by a filter."""
    asked = comparisons(request.query.get("$filter", ""))
    group = names.get("group", "").lower()
    found = [
        {key: body[key] for key in _LISTED if key in body}
        for body in everything(azure)
        if passes(body, asked)
        and "/subnets/" not in body["id"].lower()
        and group in ("", group_of(body["id"]))
    ]
    return ArmAnswer(200, {"value": found})


def _kept(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    found = _found(azure, request.path.lower())
    if found is None:
        raise _missing(request, names)
    return ArmAnswer(200, found)


def _kept_list(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    below = request.path.lower().rstrip("/") + "/"
    depth = below.count("/")
    kept = [*azure.resources.items(), *((b["id"].lower(), b) for b in _managed(azure))]
    found = [b for i, b in kept if i.startswith(below) and i.count("/") == depth]
    return ArmAnswer(200, {"value": [_with_use(azure, b) for b in found]})


def _keep(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    properties = request.properties()
    key = request.path.lower()
    status = 200 if key in azure.resources else 201
    kind = _type_of(request.path)
    if kind.endswith("/subnets") and key.rpartition("/subnets/")[0] not in azure.resources:
        raise _missing(request, names)
    for inner in properties.get("subnets") or () if kind.endswith("/virtualNetworks") else ():
        _keep_subnet(azure, request.path, inner)
    filled = {**properties, "provisioningState": "Succeeded"}
    if kind.endswith("/vaults"):
        filled["vaultUri"] = f"https://{names['name'].lower()}.vault.azure.net/"
    azure.resources[key] = {
        **request.body,
        "location": sent_text(request.body, "location") or azure.home.location,
        "tags": sent_tags(request.body),
        "id": request.path,
        "name": request.path.rpartition("/")[2],
        "type": kind,
        "properties": filled,
    }
    return ArmAnswer(status, azure.resources[key])


def _keep_subnet(azure: Subscription, network: str, inner: Any) -> None:
    """A subnet that is sent within its network."""
    if not isinstance(inner, dict) or not isinstance(inner.get("name"), str):
        return
    id_ = f"{network}/subnets/{inner['name']}"
    azure.resources[id_.lower()] = {
        "id": id_,
        "name": inner["name"],
        "type": "Microsoft.Network/virtualNetworks/subnets",
        "properties": {**(inner.get("properties") or {}), "provisioningState": "Succeeded"},
    }


def _drop(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    key = request.path.lower()
    if key not in azure.resources:
        return ArmAnswer(204)
    for below in [i for i in azure.resources if i == key or i.startswith(f"{key}/")]:
        del azure.resources[below]
    return ArmAnswer(200)


def _type_of(path: str) -> str:
    parts = path.split("/providers/")[-1].split("/")
    return "/".join((parts[0], *parts[1::2]))


def _missing(request: ArmRequest, names: Names) -> Exception:
    kind = _type_of(request.path)
    return resource_missing(kind, request.path.rpartition("/")[2], names["group"])


def _kept_routes(provider: str, kind: str, below: str) -> list[Route]:
    action = f"{provider}/{kind}"
    listed = f"{_GROUP}/providers/{provider}/{kind}"
    found = []
    for place, what in ((listed, action), (f"{listed}/{{name}}/{below}", f"{action}/{below}")):
        if place.endswith("/"):
            continue
        one = f"{place}/{{{'inner' if '{name}' in place else 'name'}}}"
        found += [
            route("GET", place, f"{what}/read", _kept_list),
            route("GET", one, f"{what}/read", _kept),
            route("PUT", one, f"{what}/write", _keep),
            route("DELETE", one, f"{what}/delete", _drop),
        ]
    return found


_READ = "Microsoft.Resources/subscriptions/resources/read"
ROUTES: tuple[Route, ...] = (
    route("GET", f"{_SUB}/resources", _READ, _list),
    route("GET", f"{_GROUP}/resources", _READ, _list),
    *(found for kept in _KEPT for found in _kept_routes(*kept)),
)
