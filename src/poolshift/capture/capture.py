"""Read everything that a snapshot holds, concurrently; what cannot be read becomes an unknown."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from poolshift.capture import convert
from poolshift.core.clock import format_time
from poolshift.core.errors import ApiError
from poolshift.core.kube import (
    AUTOSCALERS,
    BUDGETS,
    DAEMON_SETS,
    DEPLOYMENTS,
    JOBS,
    NODES,
    PODS,
    REPLICA_SETS,
    SERVICES,
    STATEFUL_SETS,
    Resource,
    Wire,
)
from poolshift.core.snapshot import Snapshot, Unknown, WorkloadFacts, images_of
from poolshift.semantics.images import Action, successor
from poolshift.semantics.owners import owner_index

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from poolshift.catalog import Catalog
    from poolshift.core.arm import Pool, ScaleSet
    from poolshift.core.image import ImageFacts
    from poolshift.core.ports import ArmApi, Clock, KubeApi, Registry

IMAGES_AT_ONCE = 8
"""Registries answer bursts with 429; eight at a time is what docker itself opens and more."""

T = TypeVar("T")
W = TypeVar("W", bound=Wire)


class Ports(Protocol):
    """The three services of one cluster and the clock that its times are on."""

    @property
    def arm(self) -> ArmApi:
        """ARM."""
        ...

    @property
    def kube(self) -> KubeApi:
        """Kubernetes."""
        ...

    @property
    def registry(self) -> Registry:
        """The registries."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock of the cluster."""
        ...

    @property
    def cluster_id(self) -> str:
        """The cluster's resource id."""
        ...


class _Reader:
    """Collects what could not be read."""

    def __init__(self) -> None:
        self.unknown: list[Unknown] = []

    async def optional(self, what: str, call: Awaitable[T], otherwise: T) -> T:
        try:
            return await call
        except ApiError as error:
            self.unknown.append(Unknown(what=what, reason=error.why or error.what))
            return otherwise

    async def items(self, kube: KubeApi, resource: Resource[W]) -> tuple[W, ...]:
        async def read() -> tuple[W, ...]:
            return (await kube.list(resource)).items

        return await self.optional(resource.plural, read(), ())


async def capture(
    ports: Ports, catalog: Catalog, *, source: str, extra_images: Iterable[str] = ()
) -> Snapshot:
    """Capture one cluster.

    The cluster, its pools and its nodes must be readable; everything else may be an unknown.
    `extra_images` are references to look up beside those in use (`--image NEW`, manifests).

    Raises:
        ApiError: the cluster, its pools or its nodes cannot be read.
    """
    reader = _Reader()
    arm, kube = ports.arm, ports.kube
    cluster, pools, nodes = await asyncio.gather(
        arm.cluster(ports.cluster_id), arm.pools(ports.cluster_id), kube.list(NODES)
    )
    kinds = (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, JOBS)
    pods, sets, budgets, services, autoscalers = await asyncio.gather(
        reader.items(kube, PODS),
        reader.items(kube, REPLICA_SETS),
        reader.items(kube, BUDGETS),
        reader.items(kube, SERVICES),
        reader.items(kube, AUTOSCALERS),
    )
    workloads = await asyncio.gather(*(reader.items(kube, kind) for kind in kinds))
    node_facts = tuple(convert.node(n) for n in nodes.items)
    owners = owner_index(sets)
    pod_facts = tuple(convert.pod(p, owners) for p in pods)
    by_kind = {k.kind: w for k, w in zip(kinds, workloads, strict=True)}
    workload_facts = convert.workloads(by_kind, pods, pod_facts, node_facts, autoscalers)
    wanted = _references(workload_facts, catalog, extra_images)
    images, around = await asyncio.gather(
        _images(ports.registry, wanted, reader), _around(arm, ports.cluster_id, cluster, reader)
    )
    return Snapshot(
        captured_at=format_time(await ports.clock.now()),
        source=source,
        cluster=convert.cluster(cluster),
        pools=tuple(convert.pool(p, node_facts, catalog) for p in _sorted(pools)),
        nodes=node_facts,
        workloads=workload_facts,
        pods=pod_facts,
        budgets=convert.budgets(budgets, workload_facts),
        services=convert.services(services),
        images=images,
        vm_sizes=tuple(s for s in around[0] if s.name in {p.properties.vm_size for p in pools}),
        usages=around[1],
        scale_sets=around[2],
        features=around[3],
        unknown=tuple(sorted(reader.unknown, key=lambda u: u.what)),
    )


def _sorted(pools: tuple[Pool, ...]) -> list[Pool]:
    return sorted(pools, key=lambda p: p.name)


def _references(
    workloads: tuple[WorkloadFacts, ...], catalog: Catalog, extra: Iterable[str]
) -> tuple[str, ...]:
    """Every reference to look up: those in use, and what the mapping makes of Windows ones."""
    used = dict.fromkeys(ref for w in workloads for ref in images_of(w.template))
    nexts: dict[str, None] = {}
    for ref in used:
        for sku in catalog.windows_skus():
            found = successor(ref, sku, catalog)
            if found.action is Action.EDIT and found.ref:
                nexts[found.ref] = None
    return tuple({**used, **nexts, **dict.fromkeys(extra)})


async def _images(
    registry: Registry, references: tuple[str, ...], reader: _Reader
) -> tuple[ImageFacts, ...]:
    gate = asyncio.Semaphore(IMAGES_AT_ONCE)

    async def one(ref: str) -> ImageFacts | None:
        async with gate:
            return await reader.optional(f"image/{ref}", registry.image(ref), None)

    found = await asyncio.gather(*(one(ref) for ref in references))
    return tuple(f for f in found if f is not None)


async def _around(
    arm: ArmApi, cluster_id: str, cluster: Any, reader: _Reader
) -> tuple[Any, Any, tuple[ScaleSet, ...], dict[str, str]]:
    subscription = cluster_id.split("/")[2]
    group = cluster.properties.node_resource_group
    sizes, usages, scale_sets = await asyncio.gather(
        reader.optional("vm-sizes", arm.vm_sizes(subscription, cluster.location), ()),
        reader.optional("usages", arm.usages(subscription, cluster.location), ()),
        reader.optional("scale-sets", arm.scale_sets(subscription, group), ()),
    )
    return sizes, usages, scale_sets, {}
