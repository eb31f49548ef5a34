"""The recorded cluster, built anew: seven nodes, one namespace, one workload of each kind."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from tests.sim.kube.worlds import HOST_RUNS, START, windows_image

from poolshift.sim.clock import VirtualClock
from poolshift.sim.images import ImageStore, Layer, SimImage, SimPlatform
from poolshift.sim.kube.nodes import NodeSeed
from poolshift.sim.kube.served import served
from poolshift.sim.kube.world import KubeWorld
from poolshift.sim.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = "1.33.13"
BUILD = "10.0.20348.4294"
ASPNET = "mcr.microsoft.com/dotnet/framework/aspnet"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_MB = 1_000_000


def _images() -> ImageStore:
    windows = (
        f"{ASPNET}:4.8-windowsservercore-ltsc2022",
        f"{ASPNET}:4.8.1-windowsservercore-ltsc2022",
        "example.azurecr.io/agent:1.0-ltsc2022",
        "example.azurecr.io/queue:1.0-ltsc2022",
        "example.azurecr.io/bare:1",
        "example.azurecr.io/x:1",
    )
    linux = SimPlatform("linux", layers=(Layer("busybox", 2 * _MB),))
    return ImageStore(
        (
            *(windows_image(ref, BUILD) for ref in windows),
            SimImage("busybox:1.36", (linux,)),
        )
    )


def _seed(name: str, pool: str, ip: str, *, windows: bool) -> NodeSeed:
    return NodeSeed(
        name=name,
        pool=pool,
        os_type="Windows" if windows else "Linux",
        os_sku="Windows2022" if windows else "Ubuntu",
        build=BUILD if windows else "",
        os_image="Windows Server 2022 Datacenter" if windows else "Ubuntu 22.04.5 LTS",
        kernel=BUILD if windows else "5.15.0-1092-azure",
        runtime="containerd://1.7.29",
        kubelet_version="v1.33.5",
        cpu=8,
        memory_gb=32.0,
        max_pods=110,
        zone="westeurope-1",
        internal_ip=ip,
        image_version="AKSWindows-2022-containerd-gen2-20348.4294.251014",
        cached_bases=(f"base {BUILD}",) if windows else (),
    )


def cluster(
    manifests: Mapping[str, Any], step_s: float = 400.0, closed: tuple[str, ...] = ()
) -> KubeWorld:
    """The cluster with the recording's own manifests applied, and some time gone by.

    Nodes that are closed meanwhile take no pods: those are then where the recorded ones were.
    """
    clock = VirtualClock(START)
    world = KubeWorld(
        clock=clock,
        trace=Trace(clock),
        rng=random.Random(5),
        images=_images(),
        version=VERSION,
        host_runs=HOST_RUNS,
    )
    world.served = served(frozenset())
    world.warming = True
    for n in range(3):
        seed = _seed(f"aks-sys-31415926-vmss00000{n}", "sys", f"10.224.0.{4 + n}", windows=False)
        world.add_node(seed, by="user:arm", ready_after_s=0)
    for n in range(4):
        seed = _seed(f"aksw2200000{n}", "w22", f"10.224.1.{4 + n}", windows=True)
        world.add_node(seed, by="user:arm", ready_after_s=0)
    world.settle()
    world.warming = False
    for name in closed:
        world.cordon(name, by="user:setup")
    for manifest in manifests.values():
        world.apply(manifest, by="user:setup")
    world.clock.run_until(step_s)
    for name in closed:
        world.uncordon(name, by="user:setup")
    world.settle()
    return world
