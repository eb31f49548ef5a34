"""Routes of the managed cluster and of its operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm import releases
from poolshift.sim.arm.abort import abort
from poolshift.sim.arm.answers import accepted, paged, polling_hint
from poolshift.sim.arm.clusters.changes import update_cluster
from poolshift.sim.arm.clusters.codec import body_of
from poolshift.sim.arm.clusters.create import create_cluster, delete_cluster
from poolshift.sim.arm.clusters.credentials import credential
from poolshift.sim.arm.clusters.power import change_power
from poolshift.sim.arm.operations import RUNNING
from poolshift.sim.arm.pools.power import RUNNING as RUNNING_POWER
from poolshift.sim.arm.pools.power import STOPPED
from poolshift.sim.arm.pools.running import CLUSTER_TARGET
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import CLUSTER_KIND as _KIND
from poolshift.sim.arm.routes import Names, Route, cluster_route, route
from poolshift.sim.arm.schema.shapes import CLUSTER

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld
    from poolshift.sim.arm.subscription import Subscription

_SUB = "/subscriptions/{sub}"
_PROVIDER = "/providers/Microsoft.ContainerService"
_CLUSTERS = f"{_SUB}/resourceGroups/{{group}}{_PROVIDER}/managedClusters"
_CLUSTER = f"{_CLUSTERS}/{{cluster}}"
_LOCATION = f"{_SUB}{_PROVIDER}/locations/{{location}}"


def _list(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    group = names.get("group", "").lower()
    found = (w for w in azure.clusters() if group in ("", w.ids.group.lower()))
    return paged(azure, request, [body_of(world) for world in found])


def _get(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    return ArmAnswer(200, body_of(world))


def _put(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    request.properties()
    world = azure.cluster(names["group"], names["cluster"])
    if world is None:
        world, operation = create_cluster(azure, names["group"], names["cluster"], request)
        return accepted(world, operation, 201, body_of(world))
    if_match = request.headers.get("if-match", "")
    operation = update_cluster(world, request.body, if_match=if_match, by=request.by)
    return accepted(world, operation, 200, body_of(world))


def _delete(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    world = azure.cluster(names["group"], names["cluster"])
    if world is None:
        return ArmAnswer(204)
    return accepted(world, delete_cluster(world), 202)


def _abort(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    # As recorded, the answer to an abort is the cluster as it was until then.
    before = body_of(world)
    return accepted(world, abort(world, CLUSTER_TARGET), 202, before)


def _power(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    stop = request.path.lower().rstrip("/").endswith("/stop")
    return accepted(world, change_power(world, STOPPED if stop else RUNNING_POWER), 202)


def _credential(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    admin = "admin" in request.path.lower().rpartition("/")[2]
    return ArmAnswer(200, credential(world, admin=admin))


def _upgrade_profile(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    return ArmAnswer(
        200,
        {
            "id": f"{world.ids.cluster_id}/upgradeprofiles/default",
            "name": "default",
            "type": f"{_KIND}/upgradeprofiles",
            "properties": {
                "controlPlaneProfile": _profile(world, world.cluster.version, "Linux"),
                "agentPoolProfiles": [
                    {"name": pool.name}
                    | _profile(
                        world,
                        str(pool.properties["currentOrchestratorVersion"]),
                        str(pool.properties["osType"]),
                    )
                    for pool in world.pools.values()
                ],
            },
        },
    )


def _profile(world: ArmWorld, version: str, os_type: str) -> dict[str, Any]:
    """A version and where it may go; `upgrades` is left out where there is nothing."""
    profile: dict[str, Any] = {"kubernetesVersion": version, "osType": os_type}
    ahead = [
        {"kubernetesVersion": to} | ({"isPreview": True} if preview else {})
        for to, preview in releases.upgrades(world.azure, version)
    ]
    return profile | ({"upgrades": ahead} if ahead else {})


def _versions(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    values = []
    usual = releases.default(azure)
    for release in releases.offered(azure):
        value: dict[str, Any] = {
            "version": release.minor,
            "capabilities": {"supportPlan": list(release.plans)},
            "patchVersions": {
                patch: {"upgrades": [to for to, _ in releases.upgrades(azure, patch)]}
                for patch in release.patches
            },
        }
        flags = {"isPreview": release.preview, "isDefault": release.minor == usual}
        values.append(value | {name: True for name, holds in flags.items() if holds})
    return ArmAnswer(200, {"values": values})


def _operation(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    operation = azure.operation(names["id"])
    if operation is None:
        raise ArmProblem(404, "NotFound", "The operation is not found.")
    running = operation.status == RUNNING
    return ArmAnswer(200, operation.body(), polling_hint(azure) if running else {})


def _result(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    operation = azure.operation(names["id"])
    if operation is None:
        raise ArmProblem(404, "NotFound", "The operation is not found.")
    if operation.status != RUNNING:
        return ArmAnswer(204)
    location = {
        "Location": f"{request.path}?{'&'.join(f'{k}={v}' for k, v in request.query.items())}"
    }
    return ArmAnswer(202, None, location | polling_hint(azure))


_READ = f"{_KIND}/read"

ROUTES: tuple[Route, ...] = (
    route("GET", f"{_SUB}{_PROVIDER}/managedClusters", _READ, _list),
    route("GET", _CLUSTERS, _READ, _list),
    cluster_route("GET", _CLUSTER, _READ, _get),
    route("PUT", _CLUSTER, f"{_KIND}/write", _put, body=CLUSTER),
    route("DELETE", _CLUSTER, f"{_KIND}/delete", _delete),
    cluster_route(
        "POST",
        f"{_CLUSTER}/listClusterUserCredential",
        f"{_KIND}/listClusterUserCredential/action",
        _credential,
    ),
    cluster_route(
        "POST",
        f"{_CLUSTER}/listClusterAdminCredential",
        f"{_KIND}/listClusterAdminCredential/action",
        _credential,
    ),
    cluster_route("POST", f"{_CLUSTER}/abort", f"{_KIND}/abort/action", _abort),
    cluster_route("POST", f"{_CLUSTER}/stop", f"{_KIND}/stop/action", _power),
    cluster_route("POST", f"{_CLUSTER}/start", f"{_KIND}/start/action", _power),
    cluster_route("GET", f"{_CLUSTER}/upgradeProfiles/default", _READ, _upgrade_profile),
    route("GET", f"{_LOCATION}/kubernetesVersions", _READ, _versions),
    route("GET", f"{_LOCATION}/operations/{{id}}", "", _operation),
    route("GET", f"{_LOCATION}/operationresults/{{id}}", "", _result),
)
