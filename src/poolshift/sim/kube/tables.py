"""The server's own tables: columns with priorities, one row an object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube import customtables, rows, tablekinds
from poolshift.sim.kube.columns import AGE, NAME, Column, Layout, number
from poolshift.sim.kube.versions import conversion

if TYPE_CHECKING:
    from datetime import datetime

    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.resources import Kind

_WIDE = (Column("Containers", 1), Column("Images", 1), Column("Selector", 1))


def _columns(*names: str | Column) -> tuple[Column, ...]:
    return tuple(Column(n) if isinstance(n, str) else n for n in names)


_LAYOUTS: dict[str, Layout] = {
    "Node": Layout(
        _columns(
            NAME,
            "Status",
            "Roles",
            AGE,
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
            NAME,
            "Ready",
            "Status",
            "Restarts",
            AGE,
            Column("IP", 1),
            Column("Node", 1),
            Column("Nominated Node", 1),
            Column("Readiness Gates", 1),
        ),
        rows.pod_cells,
    ),
    "Deployment": Layout(
        _columns(NAME, "Ready", "Up-to-date", "Available", AGE, *_WIDE), rows.deployment_cells
    ),
    "ReplicaSet": Layout(
        _columns(NAME, number("Desired"), number("Current"), number("Ready"), AGE, *_WIDE),
        rows.replica_set_cells,
    ),
    "StatefulSet": Layout(_columns(NAME, "Ready", AGE, *_WIDE[:2]), rows.stateful_set_cells),
    "DaemonSet": Layout(
        _columns(
            NAME,
            number("Desired"),
            number("Current"),
            number("Ready"),
            number("Up-to-date"),
            number("Available"),
            "Node Selector",
            AGE,
            *_WIDE,
        ),
        rows.daemon_set_cells,
    ),
    "Job": Layout(_columns(NAME, "Status", "Completions", "Duration", AGE, *_WIDE), rows.job_cells),
    "PodDisruptionBudget": Layout(
        _columns(NAME, "Min Available", "Max Unavailable", number("Allowed Disruptions"), AGE),
        rows.budget_cells,
    ),
    "Service": Layout(
        _columns(NAME, "Type", "Cluster-IP", "External-IP", "Port(s)", AGE, Column("Selector", 1)),
        rows.service_cells,
    ),
    "Namespace": Layout(_columns(NAME, "Status", AGE), rows.namespace_cells),
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
    **tablekinds.LAYOUTS,
    **customtables.LAYOUTS,
    "ConfigMap": Layout(_columns(NAME, "Data", AGE), rows.config_map_cells),
    "ServiceAccount": Layout(_columns(NAME, "Secrets", AGE), rows.service_account_cells),
    "Lease": Layout(_columns(NAME, "Holder", AGE), rows.lease_cells),
    "HorizontalPodAutoscaler": Layout(
        _columns(
            NAME,
            "Reference",
            "Targets",
            "MinPods",
            number("MaxPods"),
            number("Replicas"),
            AGE,
        ),
        rows.autoscaler_cells,
    ),
}
_PLAIN = Layout(_columns(NAME, Column("Created At", type="date")), rows.any_cells)


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
            {"cells": shape.cells(obj, now), "object": _included(kind, obj, include)}
            for obj in objects
        ],
    }


def _included(kind: Kind, obj: Object, include: str) -> Object | None:
    if include == "Object":
        return conversion.seen(kind, obj)
    return None if include == "None" else partial(obj)


def partial(obj: Object) -> Object:
    """An object's metadata alone."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": obj["metadata"],
    }
