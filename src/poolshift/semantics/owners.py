"""Who owns a pod in the end, which pool a node is of, and what kubectl applied last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from poolshift.semantics.pins import POOL_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from poolshift.core.kube import OwnerReference

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""The annotation in which `kubectl apply` keeps the file's object."""


class Owned(Protocol):
    """What tells whose a pod is."""

    @property
    def namespace(self) -> str:
        """Its namespace."""
        ...

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def owner_references(self) -> tuple[OwnerReference, ...]:
        """Its owners."""
        ...


class HasOwner(Protocol):
    """An object that something may own."""

    @property
    def metadata(self) -> Owned:
        """Whose it is."""
        ...


def pool_of_labels(labels: Mapping[str, str]) -> str:
    """The pool of a node, by its labels: on Windows a name does not tell it."""
    return next((labels[k] for k in POOL_KEYS if k in labels), "")


def owner_index(replica_sets: Iterable[HasOwner]) -> dict[str, str]:
    """ReplicaSet `namespace/name` → target of what owns it, for those that something owns."""
    index: dict[str, str] = {}
    for rs in replica_sets:
        namespace = rs.metadata.namespace
        for owner in rs.metadata.owner_references:
            if owner.controller:
                index[f"{namespace}/{rs.metadata.name}"] = f"{namespace}/{owner.kind}/{owner.name}"
    return index


def workload_of(pod: Owned, owners: Mapping[str, str]) -> str:
    """Target of a pod's top owner; its own target for a bare pod."""
    for owner in pod.owner_references:
        if owner.controller:
            break
    else:
        return f"{pod.namespace}/Pod/{pod.name}"
    direct = f"{pod.namespace}/{owner.kind}/{owner.name}"
    if owner.kind != "ReplicaSet":
        return direct
    return owners.get(f"{pod.namespace}/{owner.name}", direct)
