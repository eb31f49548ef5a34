"""The leases of nodes: brought up to date when somebody reads them.

Every kubelet renews its lease each ten seconds. Written that often, the leases of a large cluster
would be most of what happens in it; what a reader sees is the same.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from poolshift.core.clock import parse_time
from poolshift.sim.kube.objects import Object, owner_reference, terminating
from poolshift.sim.kube.resources import LEASES, NAMESPACES, NODES

if TYPE_CHECKING:
    from datetime import datetime

    from poolshift.sim.kube.context import Context

NAMESPACE = "kube-node-lease"
RENEWED_EVERY_S = 10
DURATION_S = 40
_BY = "controller:kubelet"
_NAMES = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


class NodeLeases:
    """One lease a node; `silent` holds since when a node renews no more."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.silent: dict[str, datetime] = {}
        ctx.store.defer(LEASES, self._write, namespace=NAMESPACE)

    def _write(self) -> None:
        """Renew the leases of the nodes that are there, and drop those of nodes that are gone."""
        gone = {key[1] for key in self._ctx.store.collection(LEASES).ordered(NAMESPACE)}
        namespace = self._ctx.store.find(NAMESPACES, "", NAMESPACE)
        # A namespace that ends takes no new object.
        open_ = namespace is not None and not terminating(namespace)
        for node in self._ctx.store.all(NODES):
            gone.discard(node["metadata"]["name"])
            self._renew(node, may_create=open_)
        for name in sorted(gone):
            lease = self._ctx.store.get(LEASES, NAMESPACE, name)
            owners = lease["metadata"].get("ownerReferences") or [{}]
            if owners[0].get("kind") == "Node":
                self._ctx.store.remove(LEASES, (NAMESPACE, name), by=_BY)

    def _renew(self, node: Object, *, may_create: bool) -> None:
        name = node["metadata"]["name"]
        lease = self._ctx.store.find(LEASES, NAMESPACE, name)
        stamp = self._renewed(node).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
        if lease is None and may_create:
            self._ctx.store.create(LEASES, _lease(node, stamp), by=_BY)
        elif lease is not None and lease["spec"]["renewTime"] != stamp:
            spec = {**lease["spec"], "renewTime": stamp}
            self._ctx.store.update(LEASES, {**lease, "spec": spec}, by=_BY)

    def _renewed(self, node: Object) -> datetime:
        """When the node's kubelet renewed last: each ten seconds since the node came."""
        now = self.silent.get(node["metadata"]["name"], self._ctx.clock.moment())
        since = parse_time(node["metadata"]["creationTimestamp"])
        past = max((now - since).total_seconds(), 0.0) % RENEWED_EVERY_S
        return now - timedelta(seconds=past)


def _lease(node: Object, stamp: str) -> Object:
    meta = node["metadata"]
    owner = owner_reference(node)
    reference = {key: owner[key] for key in ("apiVersion", "kind", "name", "uid")}
    return {
        "kind": "Lease",
        "apiVersion": "coordination.k8s.io/v1",
        "metadata": {
            "name": meta["name"],
            "namespace": NAMESPACE,
            # Not drawn: a reader must not change what is drawn next.
            "uid": str(uuid.uuid5(_NAMES, meta["uid"])),
            "creationTimestamp": meta["creationTimestamp"],
            "ownerReferences": [reference],
        },
        "spec": {
            "holderIdentity": meta["name"],
            "leaseDurationSeconds": DURATION_S,
            "renewTime": stamp,
        },
    }
