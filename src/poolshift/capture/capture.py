"""Read everything that a snapshot holds, concurrently; what cannot be read becomes an unknown."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from poolshift.capture.azure import around
from poolshift.capture.convert import cluster as convert
from poolshift.capture.images import images, references
from poolshift.capture.kubernetes import objects
from poolshift.capture.reader import Reader
from poolshift.core.clock import format_time
from poolshift.core.kube import NODES
from poolshift.core.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.catalog import Catalog
    from poolshift.core.ports import ArmApi, Clock, KubeApi, Registry


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


async def capture(
    ports: Ports, catalog: Catalog, *, source: str, extra_images: Iterable[str] = ()
) -> Snapshot:
    """Capture one cluster.

    The cluster, its pools and its nodes must be readable; everything else may be an unknown.
    `extra_images` are references to look up beside those in use (`--image NEW`, manifests).

    Raises:
        ApiError: the cluster, its pools or its nodes cannot be read.
    """
    reader = Reader()
    arm, kube = ports.arm, ports.kube
    cluster, pools, nodes = await asyncio.gather(
        arm.cluster(ports.cluster_id), arm.pools(ports.cluster_id), kube.list(NODES)
    )
    node_facts = tuple(convert.node(n) for n in nodes.items)
    parts, azure = await asyncio.gather(
        objects(kube, node_facts, reader), around(arm, cluster, pools, catalog, reader)
    )
    templates = [w.template for w in (*parts["workloads"], *parts["templates"])]
    wanted = references(templates, catalog, extra_images)
    return Snapshot(
        captured_at=format_time(await ports.clock.now()),
        source=source,
        cluster=convert.cluster(cluster),
        pools=tuple(
            convert.pool(p, node_facts, catalog, azure.latest.get(p.name, ""))
            for p in sorted(pools, key=lambda p: p.name)
        ),
        nodes=node_facts,
        images=await images(ports.registry, wanted, catalog, reader),
        vm_sizes=azure.vm_sizes,
        usages=azure.usages,
        scale_sets=azure.scale_sets,
        features=azure.features,
        maintenance=azure.maintenance,
        offers=azure.offers,
        subnets=azure.subnets,
        locks=azure.locks,
        policies=azure.policies,
        unknown=reader.unknown,
        **parts,
    )
