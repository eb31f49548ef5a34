"""Routes of the managed cluster and of its operations."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING

from poolshift.sim.arm.answers import accepted, listing, polling_hint
from poolshift.sim.arm.clusters.changes import update_cluster
from poolshift.sim.arm.clusters.codec import body_of
from poolshift.sim.arm.operations import RUNNING
from poolshift.sim.arm.problems import ArmProblem, not_simulated
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import Route, route
from poolshift.sim.arm.versions import numbers

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld

_SUB = "/subscriptions/{sub}"
_PROVIDER = "/providers/Microsoft.ContainerService"
_CLUSTERS = f"{_SUB}/resourceGroups/{{group}}{_PROVIDER}/managedClusters"
_CLUSTER = f"{_CLUSTERS}/{{cluster}}"
_KIND = "Microsoft.ContainerService/managedClusters"
_LOCATION = f"{_SUB}{_PROVIDER}/locations/{{location}}"
Names = Mapping[str, str]


def _list(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    group = names.get("group", world.ids.group)
    return listing([body_of(world)] if group.lower() == world.ids.group.lower() else [])


def _get(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    return ArmAnswer(200, body_of(world))


def _put(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    request.properties()
    operation = update_cluster(world, request.body, if_match=request.headers.get("if-match", ""))
    return accepted(world, operation, 200, body_of(world))


def _delete(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    raise not_simulated("the deletion of the cluster")


def _credential(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    name = "clusterAdmin" if "admin" in request.path.lower().rpartition("/")[2] else "clusterUser"
    value = base64.b64encode(world.kubeconfig).decode()
    return ArmAnswer(200, {"kubeconfigs": [{"name": name, "value": value}]})


def _upgrade_profile(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    version = world.cluster.version
    pools = [
        {
            "name": pool.name,
            "kubernetesVersion": pool.properties["orchestratorVersion"],
            "osType": pool.properties["osType"],
        }
        for pool in world.pools.values()
    ]
    return ArmAnswer(
        200,
        {
            "id": f"{world.ids.cluster_id}/upgradeprofiles/default",
            "name": "default",
            "type": f"{_KIND}/upgradeprofiles",
            "properties": {
                "controlPlaneProfile": {"kubernetesVersion": version, "osType": "Linux"},
                "agentPoolProfiles": pools,
            },
        },
    )


def _versions(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    """The minors of the catalog, and the cluster's own patch."""
    own = world.cluster.version
    own_minor = ".".join(own.split(".")[:2])
    values = []
    records = {r.version for r in world.catalog.kubernetes_versions.kubernetes_versions}
    for version in sorted(records | {own_minor}, key=numbers):
        patch = own if version == own_minor else f"{version}.0"
        values.append(
            {
                "version": version,
                "capabilities": {"supportPlan": ["KubernetesOfficial"]},
                "patchVersions": {patch: {"upgrades": []}},
            }
        )
    return ArmAnswer(200, {"values": values})


def _operation(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    operation = world.operations.find(names["id"])
    if operation is None:
        raise ArmProblem(404, "NotFound", "The operation is not found.")
    running = operation.status == RUNNING
    return ArmAnswer(200, operation.body(), polling_hint(world) if running else {})


def _result(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    operation = world.operations.find(names["id"])
    if operation is None:
        raise ArmProblem(404, "NotFound", "The operation is not found.")
    if operation.status != RUNNING:
        return ArmAnswer(204)
    location = {
        "Location": f"{request.path}?{'&'.join(f'{k}={v}' for k, v in request.query.items())}"
    }
    return ArmAnswer(202, None, location | polling_hint(world))


def _no_windows(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    return listing([])


_READ = f"{_KIND}/read"

ROUTES: tuple[Route, ...] = (
    route("GET", f"{_SUB}{_PROVIDER}/managedClusters", _READ, _list),
    route("GET", _CLUSTERS, _READ, _list),
    route("GET", _CLUSTER, _READ, _get),
    route("PUT", _CLUSTER, f"{_KIND}/write", _put),
    route("DELETE", _CLUSTER, f"{_KIND}/delete", _delete),
    route(
        "POST",
        f"{_CLUSTER}/listClusterUserCredential",
        f"{_KIND}/listClusterUserCredential/action",
        _credential,
    ),
    route(
        "POST",
        f"{_CLUSTER}/listClusterAdminCredential",
        f"{_KIND}/listClusterAdminCredential/action",
        _credential,
    ),
    route("GET", f"{_CLUSTER}/upgradeProfiles/default", _READ, _upgrade_profile),
    route("GET", f"{_CLUSTER}/maintenanceConfigurations", _READ, _no_windows),
    route("GET", f"{_LOCATION}/kubernetesVersions", _READ, _versions),
    route("GET", f"{_LOCATION}/operations/{{id}}", "", _operation),
    route("GET", f"{_LOCATION}/operationresults/{{id}}", "", _result),
)
