"""The kubelets' leases: made up when one is asked for, so that their renewals cost nothing."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from poolshift.core.clock import format_time, parse_time
from poolshift.sim.kube.objects import Object, ready
from poolshift.sim.kube.resources import LEASES, NODES, Kind

if TYPE_CHECKING:
    from poolshift.sim.kube.selection import Selection
    from poolshift.sim.kube.world import KubeWorld

NAMESPACE = "kube-node-lease"
_DURATION_S = 40
_RENEWED_EVERY_S = 10


def kept_in(kind: Kind, namespace: str) -> bool:
    """Whether a request means the kubelets' leases."""
    return kind is LEASES and namespace == NAMESPACE


def lease(world: KubeWorld, name: str) -> Object | None:
    """The lease of a node's kubelet; None when there is no such node.

    A node that is not ready renews no more: its lease is as old as its condition.
    """
    node = world.store.find(NODES, "", name)
    if node is None:
        return None
    meta = node["metadata"]
    born = parse_time(meta["creationTimestamp"])
    until = world.clock.moment() if ready(node) else _last_seen(node, meta["creationTimestamp"])
    renewals = max(int((until - born).total_seconds()) // _RENEWED_EVERY_S, 0)
    renewed = format_time(born + timedelta(seconds=renewals * _RENEWED_EVERY_S))
    owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": meta["uid"]}
    return {
        "kind": "Lease",
        "apiVersion": LEASES.api_version,
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "uid": str(uuid.uuid5(uuid.UUID(meta["uid"]), "lease")),
            "resourceVersion": meta["resourceVersion"],
            "creationTimestamp": meta["creationTimestamp"],
            "ownerReferences": [owner],
        },
        "spec": {
            "holderIdentity": name,
            "leaseDurationSeconds": _DURATION_S,
            "renewTime": renewed.replace("Z", ".000000Z"),
        },
    }


def _last_seen(node: Object, otherwise: str) -> datetime:
    for condition in node["status"].get("conditions") or ():
        if condition["type"] == "Ready":
            return parse_time(condition.get("lastTransitionTime", otherwise))
    return parse_time(otherwise)


def leases(world: KubeWorld, selection: Selection) -> list[Object]:
    """The leases of all nodes that a selection means."""
    found = (lease(world, node["metadata"]["name"]) for node in world.store.all(NODES))
    return [one for one in found if one is not None and selection.matches(one)]
