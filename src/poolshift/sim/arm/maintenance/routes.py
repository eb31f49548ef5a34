"""Routes of maintenance configurations: each answers at once, without an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.answers import listing
from poolshift.sim.arm.maintenance.windows import NAMES, checked
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import CLUSTER_KIND, Names, Route, cluster_route
from poolshift.sim.arm.schema.shapes import MAINTENANCE

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld

_CONFIGS = (
    "/subscriptions/{sub}/resourceGroups/{group}"
    "/providers/Microsoft.ContainerService/managedClusters/{cluster}/maintenanceConfigurations"
)
_CONFIG = _CONFIGS + "/{name}"
_KIND = f"{CLUSTER_KIND}/maintenanceConfigurations"


def _body(world: ArmWorld, name: str) -> dict[str, Any]:
    # Recorded: this resource writes `resourceGroups` with a capital G, unlike its cluster.
    cluster = world.ids.cluster_id.replace("/resourcegroups/", "/resourceGroups/")
    return {
        "id": f"{cluster}/maintenanceConfigurations/{name}",
        "name": name,
        "properties": world.maintenance[name],
    }


def _named(name: str) -> str:
    return next((known for known in NAMES if known.lower() == name.lower()), name)


def _list(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    return listing([_body(world, name) for name in sorted(world.maintenance)])


def _get(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    name = _named(names["name"])
    if name not in world.maintenance:
        raise ArmProblem(404, "NotFound", f"Maintenance configuration {name} was not found.")
    return ArmAnswer(200, _body(world, name))


def _put(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    name = _named(names["name"])
    properties = checked(name, request.properties(), world.clock.moment().date())
    world.maintenance[name] = properties
    world.settings_changed()
    return ArmAnswer(200, _body(world, name))


def _delete(world: ArmWorld, request: ArmRequest, names: Names) -> ArmAnswer:
    found = world.maintenance.pop(_named(names["name"]), None)
    world.settings_changed()
    return ArmAnswer(204 if found is None else 200)


ROUTES: tuple[Route, ...] = (
    cluster_route("GET", _CONFIGS, f"{_KIND}/read", _list),
    cluster_route("GET", _CONFIG, f"{_KIND}/read", _get),
    cluster_route("PUT", _CONFIG, f"{_KIND}/write", _put, body=MAINTENANCE),
    cluster_route("DELETE", _CONFIG, f"{_KIND}/delete", _delete),
)
