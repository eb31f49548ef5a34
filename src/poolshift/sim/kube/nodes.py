"""Nodes: how they are described, how they look in the API."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec

from poolshift.semantics import taints
from poolshift.semantics.quantities import format_bytes
from poolshift.semantics.taints import parse_taint
from poolshift.sim.kube.objects import with_condition

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object

DISK_ZONE = "topology.disk.csi.azure.com/zone"
_KIB = 1024
_DISK_GB = 128
# What the kubelet keeps back of a node: a share of its memory and cores, as AKS reserves.
_RESERVED_MILLICORES = 180
_RESERVED_MEMORY = 0.15


class NodeSeed(msgspec.Struct, frozen=True):
    """What a new node is.

    `build` has four parts (10.0.20348.825) and is empty on Linux; taints read `k=v:Effect`;
    `cached_bases` are the base images that the node image brings along; `pod_base` is the first
    address that its pods may take, empty to have a block of the world's own.
    """

    name: str
    pool: str
    os_type: str
    os_sku: str
    build: str
    os_image: str
    kernel: str
    runtime: str
    kubelet_version: str
    cpu: int
    memory_gb: float
    max_pods: int
    zone: str
    internal_ip: str
    image_version: str
    labels: dict[str, str] = {}
    taints: tuple[str, ...] = ()
    age_s: float = 0.0
    cached_bases: tuple[str, ...] = ()
    pod_base: str = ""

    @property
    def windows(self) -> bool:
        """Whether the node runs Windows."""
        return self.os_type.lower() == "windows"


@functools.lru_cache(maxsize=1024)
def base_build(build: str) -> str:
    """The first three parts of a build, which decide what runs: 10.0.20348."""
    return ".".join(build.split(".")[:3])


def taint_object(text: str) -> Object:
    """A taint as the API holds it, from `k=v:Effect`."""
    taint = parse_taint(text)
    value = {"value": taint.value} if taint.value else {}
    return {"key": taint.key, **value, "effect": taint.effect}


NOT_READY_TAINTS: tuple[Object, ...] = (
    {"key": taints.NOT_READY, "effect": "NoSchedule"},
    {"key": taints.NOT_READY, "effect": "NoExecute"},
)


def node_object(seed: NodeSeed, created: str) -> Object:
    """A node that has just registered and is not ready."""
    return {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {
            "name": seed.name,
            "creationTimestamp": created,
            "labels": _labels(seed),
            "annotations": {
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        "spec": {
            "providerID": f"azure:///{seed.name}",
            "taints": [*(taint_object(t) for t in seed.taints), *NOT_READY_TAINTS],
        },
        "status": _status(seed, created),
    }


def _labels(seed: NodeSeed) -> dict[str, str]:
    system = "windows" if seed.windows else "linux"
    labels = {
        "agentpool": seed.pool,
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": system,
        "kubernetes.azure.com/agentpool": seed.pool,
        "kubernetes.azure.com/node-image-version": seed.image_version,
        "kubernetes.azure.com/os-sku": seed.os_sku,
        "kubernetes.azure.com/role": "agent",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": seed.name,
        "kubernetes.io/os": system,
        "kubernetes.io/role": "agent",
    }
    if seed.windows:
        labels["node.kubernetes.io/windows-build"] = base_build(seed.build)
    if seed.zone:
        labels["topology.kubernetes.io/zone"] = seed.zone
        labels["failure-domain.beta.kubernetes.io/zone"] = seed.zone
    # The disk driver's own topology; on a node without a zone its value is empty.
    labels[DISK_ZONE] = seed.zone
    labels.update(seed.labels)
    return dict(sorted(labels.items()))


def _amounts(seed: NodeSeed) -> tuple[Object, Object]:
    """Capacity and allocatable."""
    memory = int(seed.memory_gb * _KIB**3)
    kept = int(memory * (1 - _RESERVED_MEMORY)) // _KIB * _KIB
    disk = format_bytes(_DISK_GB * _KIB**3)
    capacity = {
        "cpu": str(seed.cpu),
        "ephemeral-storage": disk,
        "memory": f"{memory // _KIB}Ki",
        "pods": str(seed.max_pods),
    }
    millicores = max(seed.cpu * 1000 - _RESERVED_MILLICORES, 0)
    return capacity, {**capacity, "cpu": f"{millicores}m", "memory": f"{kept // _KIB}Ki"}


def _status(seed: NodeSeed, now: str) -> Object:
    capacity, allocatable = _amounts(seed)
    return {
        "capacity": capacity,
        "allocatable": allocatable,
        "conditions": [
            _condition("MemoryPressure", "False", "KubeletHasSufficientMemory", now),
            _condition("DiskPressure", "False", "KubeletHasNoDiskPressure", now),
            _condition("PIDPressure", "False", "KubeletHasSufficientPID", now),
            ready_condition(now, ready=False),
        ],
        "addresses": [
            {"type": "InternalIP", "address": seed.internal_ip},
            {"type": "Hostname", "address": seed.name},
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "machineID": "",
            "systemUUID": "",
            "bootID": "",
            "kernelVersion": seed.kernel,
            "osImage": seed.os_image,
            "containerRuntimeVersion": seed.runtime,
            "kubeletVersion": seed.kubelet_version,
            "kubeProxyVersion": seed.kubelet_version,
            "operatingSystem": "windows" if seed.windows else "linux",
            "architecture": "amd64",
        },
    }


def ready_condition(now: str, *, ready: bool) -> Object:
    """The Ready condition of a node."""
    if ready:
        return _condition("Ready", "True", "KubeletReady", now)
    return _condition("Ready", "False", "KubeletNotReady", now)


def answering(node: Object, now: str) -> Object:
    """A node whose kubelet posts its status again: ready, and short of nothing."""
    conditions = [
        _condition("MemoryPressure", "False", "KubeletHasSufficientMemory", now),
        _condition("DiskPressure", "False", "KubeletHasNoDiskPressure", now),
        _condition("PIDPressure", "False", "KubeletHasSufficientPID", now),
        ready_condition(now, ready=True),
    ]
    for condition in conditions:
        node = with_condition(node, condition, now)
    return node


_MESSAGES = {
    "KubeletHasSufficientMemory": "kubelet has sufficient memory available",
    "KubeletHasNoDiskPressure": "kubelet has no disk pressure",
    "KubeletHasSufficientPID": "kubelet has sufficient PID available",
    "KubeletReady": "kubelet is posting ready status",
    "KubeletNotReady": "container runtime network not ready: cni plugin not initialized",
}


def _condition(type_: str, status: str, reason: str, now: str) -> Object:
    return {
        "type": type_,
        "status": status,
        "lastHeartbeatTime": now,
        "lastTransitionTime": now,
        "reason": reason,
        "message": _MESSAGES[reason],
    }
