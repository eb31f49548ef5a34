"""Routes of what is around the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.answers import listing
from poolshift.sim.arm.around.compute import (
    patch_identities,
    put_identities,
    scale_set_body,
    scale_set_pool,
    skus,
    usages,
    vm_sizes,
)
from poolshift.sim.arm.around.directory import ROUTES as DIRECTORY
from poolshift.sim.arm.around.features import (
    NOT_REGISTERED,
    REGISTERED,
    register,
    register_provider,
    unregister,
)
from poolshift.sim.arm.around.groups import ROUTES as GROUPS
from poolshift.sim.arm.around.identities import ROUTES as IDENTITIES
from poolshift.sim.arm.around.queries.routes import ROUTES as QUERIES
from poolshift.sim.arm.around.resources import ROUTES as RESOURCES
from poolshift.sim.arm.problems import resource_missing
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import Names, Route, route

if TYPE_CHECKING:
    from poolshift.sim.arm.subscription import Subscription

_SUB = "/subscriptions/{sub}"
_GROUP = f"{_SUB}/resourceGroups/{{group}}"
_COMPUTE = "/providers/Microsoft.Compute"
_SCALE_SETS = f"{_GROUP}{_COMPUTE}/virtualMachineScaleSets"
_FEATURE = f"{_SUB}/providers/Microsoft.Features/providers/{{namespace}}/features/{{feature}}"


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


def _feature(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    name = names["feature"]
    if request.path.lower().endswith("/register"):
        register(azure, name)
    elif request.path.lower().endswith("/unregister"):
        unregister(azure, name)
    state = azure.features.state(name)
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
        register_provider(azure, namespace)
    known = namespace.lower() in azure.providers
    return ArmAnswer(
        200,
        {
            "id": f"/subscriptions/{azure.home.subscription}/providers/{namespace}",
            "namespace": namespace,
            "registrationState": REGISTERED if known else NOT_REGISTERED,
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
    elif request.method == "PUT":
        put_identities(world, pool, request.body, by=request.by)
    return ArmAnswer(200, scale_set_body(world, pool))


_VMSS = "Microsoft.Compute/virtualMachineScaleSets"
_SUB_READ = "Microsoft.Resources/subscriptions/read"

ROUTES: tuple[Route, ...] = (
    route("GET", "/subscriptions", _SUB_READ, _subscriptions),
    route("GET", "/tenants", _SUB_READ, _tenants),
    route("GET", _SUB, _SUB_READ, _subscription_get),
    route("GET", f"{_SUB}/locations", _SUB_READ, _locations),
    route("GET", _FEATURE, "Microsoft.Features/features/read", _feature),
    route("POST", f"{_FEATURE}/register", "Microsoft.Features/features/write", _feature),
    route("POST", f"{_FEATURE}/unregister", "Microsoft.Features/features/write", _feature),
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
    route("PUT", f"{_SCALE_SETS}/{{name}}", f"{_VMSS}/write", _scale_set),
    *GROUPS,
    *RESOURCES,
    *IDENTITIES,
    *DIRECTORY,
    *QUERIES,
)
