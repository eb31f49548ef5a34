"""What Kubernetes says of a cluster; each kind that cannot be read becomes an unknown."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from poolshift.capture import wire
from poolshift.capture.convert import config as configs
from poolshift.capture.convert import network, storage, workloads
from poolshift.capture.reader import KUBERNETES
from poolshift.core.errors import NotFoundError
from poolshift.core.kube import AUTOSCALERS, BUDGETS, NODES, SERVICES, Resource
from poolshift.core.storage import Claim, PersistentVolume, PriorityClass, StorageClass
from poolshift.semantics.owners import owner_index

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.capture.reader import Reader
    from poolshift.core.ports import KubeApi
    from poolshift.core.snapshot import (
        ConfigFacts,
        NodeFacts,
        PodFacts,
        TemplateFacts,
        WorkloadFacts,
    )

BARE_PODS_AT_ONCE = 8

VOLUMES = Resource("", "v1", "persistentvolumes", "PersistentVolume", False, PersistentVolume)
CLAIMS = Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", True, Claim)
CLASSES = Resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", False, StorageClass)
PRIORITIES = Resource(
    "scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", False, PriorityClass
)


LISTS: tuple[Resource[Any], ...] = (
    NODES,
    wire.LISTED_PODS,
    wire.LISTED_SETS,
    *wire.WORKLOADS,
    *(wire.CRON_JOBS, wire.SCALED_JOBS, *wire.CUSTOM_WORKLOADS),
    *(AUTOSCALERS, wire.SCALED_OBJECTS, BUDGETS),
    *(wire.QUOTAS, wire.LIMIT_RANGES, PRIORITIES, wire.RUNTIME_CLASSES, wire.CREDENTIAL_SPECS),
    *(SERVICES, wire.ENDPOINT_SLICES, wire.INGRESSES, wire.GATEWAYS, wire.HTTP_ROUTES),
    *(wire.NETWORK_POLICIES, wire.VALIDATING, wire.MUTATING),
    *(VOLUMES, CLAIMS, CLASSES),
)
"""Everything that a capture lists."""


async def objects(kube: KubeApi, nodes: tuple[NodeFacts, ...], reader: Reader) -> dict[str, Any]:
    """The parts of a snapshot that Kubernetes tells, by the snapshot's own names."""
    pods, running, limits, around, stored = await asyncio.gather(
        _pods(kube, reader),
        _running(kube, reader),
        _limits(kube, reader),
        _around(kube, reader),
        _stored(kube, reader),
    )
    pool_of = {n.name: n.pool for n in nodes}
    facts, bare = pods
    counted = workloads.spread(facts, pool_of)
    maxima = workloads.maxima(running["autoscalers"])
    found: list[WorkloadFacts] = [
        workloads.workload(w, kind, maxima, counted) for w, kind in running.pop("read")
    ]
    found += await _bare(kube, reader, bare, counted)
    found.sort(key=lambda w: w.target)
    return {
        "pods": facts,
        "workloads": tuple(found),
        "budgets": workloads.budgets(running.pop("budgets_read"), found),
        **running,
        **limits,
        **around,
        **stored,
    }


async def _pods(kube: KubeApi, reader: Reader) -> tuple[tuple[PodFacts, ...], tuple[PodFacts, ...]]:
    """All pods, and those of them that nothing controls."""
    owners = owner_index(await reader.items(kube, wire.LISTED_SETS))

    def keep(found: wire.ListedPod) -> PodFacts:
        return workloads.pod(found, owners)

    facts = await reader.reduced(kube, wire.LISTED_PODS, keep)
    return facts, tuple(fact for fact in facts if workloads.is_bare(fact))


async def _running(kube: KubeApi, reader: Reader) -> dict[str, Any]:
    """Workloads, and what scales or guards them."""
    read, scaled, hpas, budgets, templates = await asyncio.gather(
        asyncio.gather(*(reader.items(kube, kind) for kind in wire.WORKLOADS)),
        reader.custom(kube, wire.SCALED_OBJECTS),
        reader.items(kube, AUTOSCALERS),
        reader.items(kube, BUDGETS),
        _templates(kube, reader),
    )
    return {
        "read": [
            (w, kind.kind) for kind, items in zip(wire.WORKLOADS, read, strict=True) for w in items
        ],
        "budgets_read": budgets,
        "autoscalers": workloads.autoscalers(hpas, scaled),
        "templates": templates,
    }


async def _limits(kube: KubeApi, reader: Reader) -> dict[str, Any]:
    """What limits workloads, and what they run as."""
    quotas, limits, priorities, runtimes, specs = await asyncio.gather(
        reader.items(kube, wire.QUOTAS),
        reader.items(kube, wire.LIMIT_RANGES),
        reader.items(kube, PRIORITIES),
        reader.items(kube, wire.RUNTIME_CLASSES),
        reader.custom(kube, wire.CREDENTIAL_SPECS),
    )
    return {
        "quotas": workloads.quotas(quotas),
        "limit_ranges": workloads.limit_ranges(limits),
        "priority_classes": workloads.priority_classes(priorities),
        "runtime_classes": workloads.runtime_classes(runtimes),
        "credential_specs": workloads.credential_specs(specs),
    }


async def _templates(kube: KubeApi, reader: Reader) -> tuple[TemplateFacts, ...]:
    """Templates in what is no workload of its own."""
    cron, scaled, custom = await asyncio.gather(
        reader.items(kube, wire.CRON_JOBS),
        reader.custom(kube, wire.SCALED_JOBS),
        asyncio.gather(*(reader.custom(kube, kind) for kind in wire.CUSTOM_WORKLOADS)),
    )
    found = [workloads.scheduled(c, "CronJob") for c in cron]
    found += [workloads.scheduled(s, "ScaledJob") for s in scaled]
    for kind, items in zip(wire.CUSTOM_WORKLOADS, custom, strict=True):
        found += [workloads.custom(c, kind.kind) for c in items]
    return tuple(sorted((t for t in found if t is not None), key=lambda t: t.target))


async def _around(kube: KubeApi, reader: Reader) -> dict[str, Any]:
    """What stands in front of workloads, and who has a say about them."""
    services, slices, ingresses, gateways, routes, policies = await asyncio.gather(
        reader.items(kube, SERVICES),
        reader.items(kube, wire.ENDPOINT_SLICES),
        reader.items(kube, wire.INGRESSES),
        reader.custom(kube, wire.GATEWAYS),
        reader.custom(kube, wire.HTTP_ROUTES),
        reader.items(kube, wire.NETWORK_POLICIES),
    )
    validating, mutating, metrics = await asyncio.gather(
        reader.items(kube, wire.VALIDATING),
        reader.items(kube, wire.MUTATING),
        reader.optional("deprecated-apis", kube.metrics(), "", of=KUBERNETES),
    )
    return {
        "services": network.services(services),
        "endpoints": network.endpoints(slices),
        "routes": network.routes(ingresses, gateways, routes),
        "network_policies": network.network_policies(policies),
        "webhooks": (
            *network.webhooks(validating, "ValidatingWebhookConfiguration"),
            *network.webhooks(mutating, "MutatingWebhookConfiguration"),
        ),
        "deprecated_uses": network.deprecated_uses(metrics),
    }


async def _stored(kube: KubeApi, reader: Reader) -> dict[str, Any]:
    """Volumes, claims, classes, and the three ConfigMaps."""
    volumes, claims, classes, config = await asyncio.gather(
        reader.items(kube, VOLUMES),
        reader.items(kube, CLAIMS),
        reader.items(kube, CLASSES),
        _config(kube, reader),
    )
    return {
        "volumes": tuple(storage.volume(v) for v in volumes),
        "claims": tuple(storage.claim(c) for c in claims),
        "storage_classes": tuple(storage.storage_class(c) for c in classes),
        "config": config,
    }


async def _config(kube: KubeApi, reader: Reader) -> ConfigFacts:
    """The three ConfigMaps by name; one that is not there is no unknown."""

    async def one(name: str) -> Mapping[str, str]:
        try:
            return (await kube.get(wire.CONFIG_MAPS, name, configs.NAMESPACE)).data
        except NotFoundError:
            return {}

    names = (configs.DNS, configs.EXPANDER, configs.STATUS)
    found = await asyncio.gather(
        *(reader.optional(f"configmap/{n}", one(n), {}, of=KUBERNETES) for n in names)
    )
    return configs.config(dict(zip(names, found, strict=True)))


async def _bare(
    kube: KubeApi, reader: Reader, pods: tuple[PodFacts, ...], counted: workloads.Spread
) -> list[WorkloadFacts]:
    """Pods of their own, whose specs stand nowhere else; one that is gone by now is left out."""
    gate = asyncio.Semaphore(BARE_PODS_AT_ONCE)

    async def one(pod: PodFacts) -> WorkloadFacts | None:
        async with gate:
            try:
                found = await kube.get(wire.READ_PODS, pod.name, pod.namespace)
            except NotFoundError:
                return None
            return workloads.bare(found, counted, pod.ready)

    read = await asyncio.gather(
        *(reader.optional(f"pod/{p.workload}", one(p), None, of=KUBERNETES) for p in pods)
    )
    return [w for w in read if w is not None]
