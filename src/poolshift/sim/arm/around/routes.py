"""Routes of what is around the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.answers import listing
from poolshift.sim.arm.around.compute import (
    patch_identities,
    scale_set_body,
    scale_set_pool,
    skus,
    usages,
    vm_sizes,
)
from poolshift.sim.arm.problems import ArmProblem, resource_missing
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import Names, Route, route

if TYPE_CHECKING:
    from poolshift.sim.arm.subscription import Group, Subscription

_SUB = "/subscriptions/{sub}"
_GROUP = f"{_SUB}/resourceGroups/{{group}}"
_COMPUTE = "/providers/Microsoft.Compute"
_SCALE_SETS = f"{_GROUP}{_COMPUTE}/virtualMachineScaleSets"
_FEATURE = f"{_SUB}/providers/Microsoft.Features/providers/{{namespace}}/features/{{feature}}"
_REGISTERED = "Registered"


def _subscription(azure: Subscription) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{azure.home.subscription}",
        "subscriptionId": azure.home.subscription,
        "tenantId": azure.home.tenant,
        "displayName": "Local AKS",
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Internal_2014-09-01",
            "quotaId": "Internal_2014-09-01",
            "spendingLimit": "Off",
        },
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
    }


def _subscriptions(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    return listing([_subscription(azure)])


def _subscription_get(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    return ArmAnswer(200, _subscription(azure))


def _tenants(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    tenant = azure.home.tenant
    return listing([{"id": f"/tenants/{tenant}", "tenantId": tenant, "displayName": "Local AKS"}])


def _locations(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    name = azure.home.location
    return listing(
        [{"id": f"{request.path}/{name}", "name": name, "displayName": name, "type": "Region"}]
    )


def _group_body(azure: Subscription, group: Group) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": f"/subscriptions/{azure.home.subscription}/resourceGroups/{group.name}",
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "tags": group.tags,
        "properties": {"provisioningState": "Succeeded"},
    }
    return body | ({"managedBy": group.managed_by} if group.managed_by else {})


def _groups(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    return listing([_group_body(azure, group) for group in azure.groups.values()])


def _group(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    return ArmAnswer(200, _group_body(azure, azure.groups[names["group"].lower()]))


def _resources(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    """Resources of the subscription: its clusters; `az` filters by what it knows of them."""
    keys = ("id", "name", "type", "location", "tags")
    return listing([{key: w.cluster.body[key] for key in keys} for w in azure.clusters()])


def _feature(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    name = names["feature"]
    if request.path.lower().endswith("/register"):
        azure.features[name] = _REGISTERED
    state = azure.features.get(name, "NotRegistered")
    provider = names["namespace"]
    return ArmAnswer(
        200,
        {
            "id": f"/subscriptions/{azure.home.subscription}/providers/Microsoft.Features"
            f"/providers/{provider}/features/{name}",
            "name": f"{provider}/{name}",
            "type": "Microsoft.Features/providers/features",
            "properties": {"state": state},
        },
    )


def _provider(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    namespace = names["namespace"]
    if request.method == "POST":
        azure.providers.add(namespace.lower())
    known = namespace.lower() in azure.providers
    return ArmAnswer(
        200,
        {
            "id": f"/subscriptions/{azure.home.subscription}/providers/{namespace}",
            "namespace": namespace,
            "registrationState": _REGISTERED if known else "NotRegistered",
            "registrationPolicy": "RegistrationRequired",
            "resourceTypes": [],
        },
    )


def _skus(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    return listing(skus(azure))


def _vm_sizes(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    return listing(vm_sizes(azure))


def _usages(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    return listing(usages(azure))


def _scale_sets(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    world = azure.by_node_group(names["group"])
    pools = () if world is None else world.pools.values()
    return listing([scale_set_body(world, pool) for pool in pools if world is not None])


def _scale_set(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    world = azure.by_node_group(names["group"])
    if world is None:
        raise resource_missing(_VMSS, names["name"], names["group"])
    pool = scale_set_pool(world, names["name"])
    if request.method == "PATCH":
        patch_identities(world, pool, request.body, by=request.by)
    return ArmAnswer(200, scale_set_body(world, pool))


def _roles(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    scope = names["scope"].lower()
    found = (r for r in azure.role_assignments.values() if scope in r["id"].lower())
    return listing(list(found))


def _role_put(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    properties = request.properties()
    key = request.path.lower()
    wanted = (properties.get("principalId"), properties.get("roleDefinitionId"), names["scope"])
    for known in azure.role_assignments.values():
        given = known["properties"]
        if (given["principalId"], given["roleDefinitionId"], given["scope"]) == wanted:
            raise ArmProblem(
                409, "RoleAssignmentExists", "The role assignment already exists.", flat=False
            )
    body = {
        "id": request.path,
        "name": names["name"],
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {**properties, "scope": names["scope"]},
    }
    azure.role_assignments[key] = body
    return ArmAnswer(201, body)


_VMSS = "Microsoft.Compute/virtualMachineScaleSets"
_ROLE = "Microsoft.Authorization/roleAssignments"
_SUB_READ = "Microsoft.Resources/subscriptions/read"

ROUTES: tuple[Route, ...] = (
    route("GET", "/subscriptions", _SUB_READ, _subscriptions),
    route("GET", "/tenants", _SUB_READ, _tenants),
    route("GET", _SUB, _SUB_READ, _subscription_get),
    route("GET", f"{_SUB}/locations", _SUB_READ, _locations),
    route("GET", f"{_SUB}/resourceGroups", _SUB_READ, _groups),
    route("GET", _GROUP, _SUB_READ, _group),
    route("HEAD", _GROUP, _SUB_READ, _group),
    route("GET", f"{_SUB}/resources", _SUB_READ, _resources),
    route("GET", _FEATURE, "Microsoft.Features/features/read", _feature),
    route("POST", f"{_FEATURE}/register", "Microsoft.Features/features/write", _feature),
    route("GET", f"{_SUB}/providers/{{namespace}}", _SUB_READ, _provider),
    route("POST", f"{_SUB}/providers/{{namespace}}/register", _SUB_READ, _provider),
    route("GET", f"{_SUB}{_COMPUTE}/skus", "Microsoft.Compute/skus/read", _skus),
    route(
        "GET",
        f"{_SUB}{_COMPUTE}/locations/{{location}}/usages",
        "Microsoft.Compute/locations/usages/read",
        _usages,
    ),
    route(
        "GET",
        f"{_SUB}{_COMPUTE}/locations/{{location}}/vmSizes",
        "Microsoft.Compute/locations/vmSizes/read",
        _vm_sizes,
    ),
    route("GET", _SCALE_SETS, f"{_VMSS}/read", _scale_sets),
    route("GET", f"{_SCALE_SETS}/{{name}}", f"{_VMSS}/read", _scale_set),
    route("PATCH", f"{_SCALE_SETS}/{{name}}", f"{_VMSS}/write", _scale_set),
)


def role_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Role assignments hang below any scope, so their scope has any number of segments."""
    marker = "/providers/microsoft.authorization/roleassignments"
    place = path.lower().rfind(marker)
    if place < 0:
        return None
    scope, name = path[:place], path[place + len(marker) :].strip("/")
    if method == "GET" and not name:
        return route("GET", marker, f"{_ROLE}/read", _roles), {"scope": scope}
    if method == "PUT" and name:
        found = route("PUT", marker, f"{_ROLE}/write", _role_put)
        return found, {"scope": scope, "name": name}
    return None
