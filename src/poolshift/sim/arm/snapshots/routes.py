"""Routes of pool snapshots: plain answers, no operations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.arm.answers import listing
from poolshift.sim.arm.ids import stable_guid
from poolshift.sim.arm.operations import stamp
from poolshift.sim.arm.problems import resource_missing
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.routes import Route, route
from poolshift.sim.arm.schema.shapes import SNAPSHOT, TAGS
from poolshift.sim.arm.snapshots.store import KIND, Snapshot, source_pool

if TYPE_CHECKING:
    from poolshift.sim.arm.subscription import Subscription

_SUB = "/subscriptions/{sub}"
_GROUP = f"{_SUB}/resourceGroups/{{group}}"
_SNAPSHOTS = f"/providers/{KIND}"
_SNAPSHOT = f"{_GROUP}{_SNAPSHOTS}/{{snapshot}}"
Names = Mapping[str, str]


def _key(names: Names) -> tuple[str, str]:
    return names["group"].lower(), names["snapshot"].lower()


def _found(azure: Subscription, names: Names) -> Snapshot:
    snapshot = azure.snapshots.get(_key(names))
    if snapshot is None:
        raise resource_missing(KIND, names["snapshot"], names["group"])
    return snapshot


def _put(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    pool, source = source_pool(azure, request.body)
    make = pool.make
    old = azure.snapshots.get(_key(names))
    snapshot = Snapshot(
        group=names["group"],
        name=names["snapshot"],
        source=source,
        version=make.version,
        image=make.image,
        os_type=str(pool.properties["osType"]),
        os_sku=make.os_sku,
        vm_size=str(pool.properties["vmSize"]),
        fips=make.fips,
        tags=_tags(request.body),
        by=stable_guid("caller", request.by),
        at=azure.clock.moment() if old is None else old.at,
    )
    azure.snapshots[_key(names)] = snapshot
    return ArmAnswer(200, body_of(azure, snapshot))


def _patch(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    snapshot = msgspec.structs.replace(_found(azure, names), tags=_tags(request.body))
    azure.snapshots[_key(names)] = snapshot
    return ArmAnswer(200, body_of(azure, snapshot))


def _get(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    return ArmAnswer(200, body_of(azure, _found(azure, names)))


def _list(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    group = names.get("group", "").lower()
    found = [s for (of, _), s in azure.snapshots.items() if group in ("", of)]
    return listing([body_of(azure, snapshot) for snapshot in found])


def _delete(azure: Subscription, request: ArmRequest, names: Names) -> ArmAnswer:
    gone = azure.snapshots.pop(_key(names), None)
    return ArmAnswer(204 if gone is None else 200)


def _tags(body: Any) -> dict[str, str]:
    tags = body.get("tags") if isinstance(body, dict) else None
    return {str(k): str(v) for k, v in tags.items()} if isinstance(tags, dict) else {}


def body_of(azure: Subscription, snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as the service writes it."""
    at = stamp(snapshot.at)
    properties: dict[str, Any] = {
        "creationData": {"sourceResourceId": snapshot.source},
        "snapshotType": "NodePool",
        "kubernetesVersion": snapshot.version,
        "nodeImageVersion": snapshot.image.version,
        "osType": snapshot.os_type,
        "osSku": snapshot.os_sku,
        "vmSize": snapshot.vm_size,
    }
    if snapshot.fips:
        properties["enableFIPS"] = True
    return {
        "name": snapshot.name,
        "id": f"/subscriptions/{azure.home.subscription}/resourceGroups/{snapshot.group}"
        f"{_SNAPSHOTS}/{snapshot.name}",
        "type": "Microsoft.ContainerService/Snapshots",
        "location": azure.home.location,
        **({"tags": snapshot.tags} if snapshot.tags else {}),
        "systemData": {
            "createdBy": snapshot.by,
            "createdByType": "Application",
            "createdAt": at,
            "lastModifiedBy": snapshot.by,
            "lastModifiedByType": "Application",
            "lastModifiedAt": at,
        },
        "properties": properties,
    }


ROUTES: tuple[Route, ...] = (
    route("GET", f"{_SUB}{_SNAPSHOTS}", f"{KIND}/read", _list),
    route("GET", f"{_GROUP}{_SNAPSHOTS}", f"{KIND}/read", _list),
    route("GET", _SNAPSHOT, f"{KIND}/read", _get),
    route("PUT", _SNAPSHOT, f"{KIND}/write", _put, body=SNAPSHOT),
    route("PATCH", _SNAPSHOT, f"{KIND}/write", _patch, body=TAGS),
    route("DELETE", _SNAPSHOT, f"{KIND}/delete", _delete),
)
