"""The server's own tables: columns with priorities, one row an object."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.kube import rows, storagerows
from poolshift.sim.kube.objects import Object

if TYPE_CHECKING:
    from poolshift.sim.kube.resources import Kind

Cells = Callable[[Object, datetime], list[Any]]


class Column(msgspec.Struct, frozen=True):
    """A column; priority 0 is always shown, 1 with `-o wide`."""

    name: str
    priority: int = 0
    type: str = "string"
    format: str = ""


class Layout(msgspec.Struct, frozen=True):
    """The columns of a kind and how a row is filled."""

    columns: tuple[Column, ...]
    cells: Cells


_NAME = Column("Name", format="name")
_AGE = Column("Age")
_WIDE = (Column("Containers", 1), Column("Images", 1), Column("Selector", 1))


def _columns(*names: str | Column) -> tuple[Column, ...]:
    return tuple(Column(n) if isinstance(n, str) else n for n in names)


def _number(name: str) -> Column:
    return Column(name, type="integer")


_LAYOUTS: dict[str, Layout] = {
    "Node": Layout(
        _columns(
            _NAME,
            "Status",
            "Roles",
            _AGE,
            "Version",
            Column("Internal-IP", 1),
            Column("External-IP", 1),
            Column("OS-Image", 1),
            Column("Kernel-Version", 1),
            Column("Container-Runtime", 1),
        ),
        rows.node_cells,
    ),
    "Pod": Layout(
        _columns(
            _NAME,
            "Ready",
            "Status",
            "Restarts",
            _AGE,
            Column("IP", 1),
            Column("Node", 1),
            Column("Nominated Node", 1),
            Column("Readiness Gates", 1),
        ),
        rows.pod_cells,
    ),
    "Deployment": Layout(
        _columns(_NAME, "Ready", "Up-to-date", "Available", _AGE, *_WIDE), rows.deployment_cells
    ),
    "ReplicaSet": Layout(
        _columns(_NAME, _number("Desired"), _number("Current"), _number("Ready"), _AGE, *_WIDE),
        rows.replica_set_cells,
    ),
    "StatefulSet": Layout(_columns(_NAME, "Ready", _AGE, *_WIDE[:2]), rows.stateful_set_cells),
    "DaemonSet": Layout(
        _columns(
            _NAME,
            _number("Desired"),
            _number("Current"),
            _number("Ready"),
            _number("Up-to-date"),
            _number("Available"),
            "Node Selector",
            _AGE,
            *_WIDE,
        ),
        rows.daemon_set_cells,
    ),
    "Job": Layout(
        _columns(_NAME, "Status", "Completions", "Duration", _AGE, *_WIDE), rows.job_cells
    ),
    "PodDisruptionBudget": Layout(
        _columns(_NAME, "Min Available", "Max Unavailable", _number("Allowed Disruptions"), _AGE),
        rows.budget_cells,
    ),
    "Service": Layout(
        _columns(
            _NAME, "Type", "Cluster-IP", "External-IP", "Port(s)", _AGE, Column("Selector", 1)
        ),
        rows.service_cells,
    ),
    "Namespace": Layout(_columns(_NAME, "Status", _AGE), rows.namespace_cells),
    "Event": Layout(
        _columns(
            "Last Seen",
            "Type",
            "Reason",
            "Object",
            Column("Subobject", 1),
            Column("Source", 1),
            "Message",
            Column("First Seen", 1),
            Column("Count", 1),
            Column("Name", 1, format="name"),
        ),
        rows.event_cells,
    ),
    "ConfigMap": Layout(_columns(_NAME, "Data", _AGE), rows.config_map_cells),
    "ServiceAccount": Layout(_columns(_NAME, "Secrets", _AGE), rows.service_account_cells),
    "Lease": Layout(_columns(_NAME, "Holder", _AGE), rows.lease_cells),
    "PersistentVolume": Layout(
        _columns(
            _NAME,
            "Capacity",
            "Access Modes",
            "Reclaim Policy",
            "Status",
            "Claim",
            "StorageClass",
            "Reason",
            _AGE,
            Column("VolumeMode", 1),
        ),
        storagerows.volume_cells,
    ),
    "PersistentVolumeClaim": Layout(
        _columns(
            _NAME,
            "Status",
            "Volume",
            "Capacity",
            "Access Modes",
            "StorageClass",
            _AGE,
            Column("VolumeMode", 1),
        ),
        storagerows.claim_cells,
    ),
    "StorageClass": Layout(
        _columns(
            _NAME,
            "Provisioner",
            "ReclaimPolicy",
            "VolumeBindingMode",
            "AllowVolumeExpansion",
            _AGE,
        ),
        storagerows.storage_class_cells,
    ),
    "PriorityClass": Layout(
        _columns(_NAME, _number("Value"), Column("Global-Default", type="boolean"), _AGE),
        storagerows.priority_class_cells,
    ),
    "HorizontalPodAutoscaler": Layout(
        _columns(
            _NAME,
            "Reference",
            "Targets",
            "MinPods",
            _number("MaxPods"),
            _number("Replicas"),
            _AGE,
        ),
        rows.autoscaler_cells,
    ),
}
_PLAIN = Layout(_columns(_NAME, Column("Created At", type="date")), rows.any_cells)


def layout(kind: Kind) -> Layout:
    """The table of a kind; those without one of their own show name and creation time."""
    return _LAYOUTS.get(kind.kind, _PLAIN)


def table(
    kind: Kind,
    objects: list[Object],
    metadata: Object,
    now: datetime,
    *,
    include: str = "Metadata",
    headed: bool = True,
) -> Object:
    """A Table object.

    Args:
        kind: what the objects are.
        objects: one a row.
        metadata: the list's metadata.
        now: what ages count from.
        include: what each row carries of its object: Metadata, Object or None.
        headed: whether the columns are described, as only a watch's first table does.
    """
    shape = layout(kind)
    definitions = [
        {
            "name": c.name,
            "type": c.type,
            "format": c.format,
            "description": "",
            "priority": c.priority,
        }
        for c in shape.columns
    ]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": definitions if headed else None,
        "rows": [
            {"cells": shape.cells(obj, now), "object": _included(obj, include)} for obj in objects
        ],
    }


def _included(obj: Object, include: str) -> Object | None:
    if include == "Object":
        return obj
    return None if include == "None" else partial(obj)


def partial(obj: Object) -> Object:
    """An object's metadata alone."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": obj["metadata"],
    }
