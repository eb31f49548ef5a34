"""The snapshots that there are: made of a pool, found again by the pools made of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.arm.problems import ArmProblem, resource_missing
from poolshift.sim.scenarioparts import NodeImage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.state import ArmWorld, SimPool
    from poolshift.sim.arm.subscription import Subscription

KIND = "Microsoft.ContainerService/snapshots"


class Snapshot(msgspec.Struct, frozen=True):
    """What the machines of a pool were made of when the snapshot was.

    Attributes:
        source: the pool's resource id as the client wrote it.
        by: a GUID for who made it.
        at: when it was made, and last changed.
    """

    group: str
    name: str
    source: str
    version: str
    image: NodeImage
    os_type: str
    os_sku: str
    vm_size: str
    fips: bool
    tags: dict[str, str]
    by: str
    at: datetime


def snapshot_of(world: ArmWorld, creation: Any) -> Snapshot | None:
    """The snapshot that `creationData` names; None when it names nothing.

    Raises:
        ArmProblem: there is no such snapshot.
    """
    source = str((creation or {}).get("sourceResourceId") or "")
    if not source:
        return None
    name = source.rstrip("/").rpartition("/")[2]
    group = _part(source, "resourceGroups")
    found = world.azure.snapshots.get((group.lower(), name.lower()))
    if found is None or f"/{KIND}/".lower() not in source.lower():
        raise resource_missing(KIND, name, group or world.ids.group)
    return found


def _part(resource_id: str, kind: str) -> str:
    """The name behind a kind in a resource id: the group behind `resourceGroups`."""
    parts = resource_id.strip("/").split("/")
    lower = [part.lower() for part in parts]
    at = lower.index(kind.lower()) + 1 if kind.lower() in lower else len(parts)
    return (parts[at : at + 1] or [""])[0]


def source_pool(azure: Subscription, body: Any) -> tuple[SimPool, str]:
    """The pool that a snapshot is to be made of, and its id as sent.

    Raises:
        ArmProblem: the body names no pool that is there.
    """
    properties = body.get("properties") if isinstance(body, dict) else None
    creation = properties.get("creationData") if isinstance(properties, dict) else None
    source = str((creation if isinstance(creation, dict) else {}).get("sourceResourceId") or "")
    group, name = _part(source, "resourceGroups"), _part(source, "managedClusters")
    world = azure.cluster(group, name)
    pool = None if world is None else world.pools.get(source.rstrip("/").rpartition("/")[2].lower())
    if pool is None or "/agentpools/" not in source.lower():
        # Neither code nor wording was recorded.
        raise ArmProblem(
            400,
            "InvalidParameter",
            f"The value of parameter creationData.sourceResourceId is invalid: {source or 'none'} "
            "is no agent pool.",
            target="creationData.sourceResourceId",
        )
    return pool, source


def with_snapshot(
    world: ArmWorld, sent: Mapping[str, Any]
) -> tuple[dict[str, Any], Snapshot | None]:
    """A new pool's properties with what its snapshot says for those that the client left out.

    Raises:
        ArmProblem: the client asks for another OS, or a size of another family.
    """
    snapshot = snapshot_of(world, sent.get("creationData"))
    if snapshot is None:
        return dict(sent), None
    kept = {
        "osType": snapshot.os_type,
        "osSKU": snapshot.os_sku,
        "vmSize": snapshot.vm_size,
        "orchestratorVersion": snapshot.version,
    }
    for field in ("osType", "osSKU"):
        if sent.get(field) and str(sent[field]).lower() != kept[field].lower():
            raise _unfit(snapshot, field, str(sent[field]))
    size, was = world.vm_size(str(sent.get("vmSize") or "")), world.vm_size(snapshot.vm_size)
    if size is not None and was is not None and size.family.lower() != was.family.lower():
        raise _unfit(snapshot, "vmSize", size.name)
    fips = bool(sent.get("enableFIPS")) or snapshot.fips
    return {**sent, **{k: sent.get(k) or v for k, v in kept.items()}, "enableFIPS": fips}, snapshot


def _unfit(snapshot: Snapshot, field: str, value: str) -> ArmProblem:
    """Neither code nor wording was recorded."""
    return ArmProblem(
        400,
        "InvalidParameter",
        f"The value of parameter agentPoolProfile.{field} is invalid: {value} does not go with "
        f"snapshot {snapshot.name}.",
        target=f"agentPoolProfile.{field}",
    )
