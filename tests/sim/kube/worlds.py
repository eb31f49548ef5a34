"""Small worlds and objects for the tests of the simulated Kubernetes."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

from poolshift.sim.clock import VirtualClock
from poolshift.sim.images import ImageStore, Layer, SimImage, SimPlatform
from poolshift.sim.kube.nodes import NodeSeed
from poolshift.sim.kube.world import KubeWorld
from poolshift.sim.trace import Trace

BUILD_2019 = "10.0.17763.3165"
BUILD_2022 = "10.0.20348.825"
BUILD_2025 = "10.0.26100.1"
HOST_RUNS = {
    "10.0.17763": frozenset({"10.0.17763"}),
    "10.0.20348": frozenset({"10.0.20348"}),
    "10.0.26100": frozenset({"10.0.26100", "10.0.20348"}),
}
IMAGE_2019 = "mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019"
IMAGE_2022 = "mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022"
LINUX_IMAGE = "docker.io/library/nginx:1.25"
START = datetime(2022, 10, 15, 8, tzinfo=UTC)
_MB = 1_000_000


def windows_image(ref: str, *builds: str, in_index: bool = True, single: bool = False) -> SimImage:
    return SimImage(
        ref,
        tuple(
            SimPlatform(
                "windows",
                os_version=build,
                in_index=in_index,
                layers=(
                    Layer(f"base {build}", 1700 * _MB, base=f"base {build}"),
                    Layer(f"{ref} {build}", 250 * _MB),
                ),
            )
            for build in builds
        ),
        single=single,
    )


def images() -> ImageStore:
    return ImageStore(
        (
            windows_image(IMAGE_2019, BUILD_2019),
            windows_image(IMAGE_2022, BUILD_2022),
            windows_image("both:1", BUILD_2019, BUILD_2022),
            windows_image("both:2", BUILD_2019, BUILD_2022),
            windows_image("single:2019", BUILD_2019, single=True),
            windows_image("lost:2019", BUILD_2019, in_index=False),
            SimImage(LINUX_IMAGE, (SimPlatform("linux", layers=(Layer("nginx", 50 * _MB),)),)),
        )
    )


def make_world(seed: int = 1, version: str = "1.23.8") -> KubeWorld:
    clock = VirtualClock(START)
    return KubeWorld(
        clock=clock,
        trace=Trace(clock),
        rng=random.Random(seed),
        images=images(),
        version=version,
        host_runs=HOST_RUNS,
    )


def windows_seed(name: str, pool: str, build: str, ip: str, **changes: Any) -> NodeSeed:
    year = {"17763": "2019", "20348": "2022", "26100": "2025"}[build.split(".")[2]]
    values: dict[str, Any] = {
        "name": name,
        "pool": pool,
        "os_type": "Windows",
        "os_sku": f"Windows{year}",
        "build": build,
        "os_image": f"Windows Server {year} Datacenter",
        "kernel": build,
        "runtime": "containerd://1.6.6+azure",
        "kubelet_version": "v1.23.8",
        "cpu": 4,
        "memory_gb": 16.0,
        "max_pods": 30,
        "zone": "",
        "internal_ip": ip,
        "image_version": f"AKSWindows-{year}",
        "cached_bases": (f"base {build}",),
    }
    return NodeSeed(**{**values, **changes})


def linux_seed(name: str = "aks-agentpool-18877473-vmss000000", ip: str = "10.240.0.4") -> NodeSeed:
    return NodeSeed(
        name=name,
        pool="agentpool",
        os_type="Linux",
        os_sku="Ubuntu",
        build="",
        os_image="Ubuntu 18.04.6 LTS",
        kernel="5.4.0-1085-azure",
        runtime="containerd://1.5.11+azure-2",
        kubelet_version="v1.23.8",
        cpu=4,
        memory_gb=16.0,
        max_pods=30,
        zone="",
        internal_ip=ip,
        image_version="AKSUbuntu-1804",
        age_s=5 * 3600 + 40 * 60,
    )


def add_pool(
    world: KubeWorld, pool: str, build: str, *, count: int = 3, subnet: int = 0, **changes: Any
) -> None:
    for index in range(count):
        ip = f"10.240.{subnet}.{115 + 31 * index}"
        seed = windows_seed(f"aks{pool}{index:06}", pool, build, ip, **changes)
        world.add_node(seed, by="user:arm", ready_after_s=0 if world.warming else 60)


def deployment(
    name: str = "sample", *, image: str = IMAGE_2019, replicas: int = 3, **spec: Any
) -> dict[str, Any]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default", "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "nodeSelector": {"kubernetes.io/os": "windows"},
                    "containers": [
                        {"name": name, "image": image, "ports": [{"containerPort": 80}]}
                    ],
                },
            },
            **spec,
        },
    }


def budget(name: str = "sample", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": name}}, **spec},
    }


def balanced_service(name: str = "sample") -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "type": "LoadBalancer",
            "selector": {"app": name},
            "ports": [{"protocol": "TCP", "port": 80}],
        },
    }


def reference_world(seed: int = 1, *objects: dict[str, Any]) -> KubeWorld:
    """The reference cluster: a Linux node, three Windows nodes, a Deployment and its Service."""
    world = make_world(seed)
    world.warming = True
    world.add_node(linux_seed(), by="user:arm", ready_after_s=0)
    add_pool(world, "wspool", BUILD_2019, age_s=5 * 3600 + 37 * 60)
    for obj in objects or (deployment(), balanced_service()):
        world.apply(obj, by="user:setup")
    world.settle()
    world.warming = False
    world.open_trace()
    return world


def trace_of(world: KubeWorld, *kinds: str) -> list[dict[str, Any]]:
    return [e for e in world.ctx.trace.events if not kinds or e["kind"] in kinds]
