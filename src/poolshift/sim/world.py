"""The whole world of a scenario: one clock, one trace, Kubernetes, ARM and the images."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, BinaryIO

from poolshift.catalog import load_catalog
from poolshift.sim import collector
from poolshift.sim.arm.autoscaler.loop import Autoscaler
from poolshift.sim.arm.maintenance.autoupgrade import AutoUpgrader
from poolshift.sim.arm.rules.deprecated import requested_apis
from poolshift.sim.arm.setup import open_trace, set_up
from poolshift.sim.arm.state import ArmWorld
from poolshift.sim.arm.subscription import Subscription
from poolshift.sim.clock import VirtualClock
from poolshift.sim.faults.schedule import schedule
from poolshift.sim.images import ImageStore
from poolshift.sim.kube.world import KubeWorld
from poolshift.sim.trace import Trace

if TYPE_CHECKING:
    from poolshift.sim.arm.ids import Ids
    from poolshift.sim.scenario import Scenario


class World:
    """A running scenario.

    Attributes:
        arm: the scenario's own cluster, as ARM knows it.
        kube: what runs in it.
        azure: the subscription, with every cluster that there is.
    """

    def __init__(
        self,
        *,
        scenario: Scenario,
        seed: int,
        clock: VirtualClock,
        trace: Trace,
        kube: KubeWorld,
        arm: ArmWorld,
        azure: Subscription,
        images: ImageStore,
    ) -> None:
        self.scenario = scenario
        self.seed = seed
        self.clock = clock
        self.trace = trace
        self.kube = kube
        self.arm = arm
        self.azure = azure
        self.images = images

    @property
    def cluster_id(self) -> str:
        """The cluster's resource id."""
        return self.arm.ids.cluster_id


def build_world(
    scenario: Scenario, *, seed: int, trace_out: BinaryIO | None = None, keep_trace: bool = True
) -> World:
    """Set a scenario up, settled, its clock at second 0 and its trace open.

    Args:
        scenario: what there is.
        seed: of everything that is drawn; the same seed is the same world.
        trace_out: where trace lines are written as they happen.
        keep_trace: whether events are kept in memory too.
    """
    with collector.paused():
        return _built(scenario, seed, trace_out, keep_trace=keep_trace)


def _built(scenario: Scenario, seed: int, trace_out: BinaryIO | None, *, keep_trace: bool) -> World:
    catalog = load_catalog()
    clock = VirtualClock(scenario.start)
    trace = Trace(clock, trace_out, keep=keep_trace)
    images = ImageStore(scenario.sim_images())

    def start_cluster(azure: Subscription, ids: Ids, version: str, subnet: str) -> ArmWorld:
        home = ids == azure.home
        name = "kube" if home else f"kube/{ids.group}/{ids.cluster}"
        kube = KubeWorld(
            clock=clock,
            trace=trace if home else trace.of_cluster(ids.cluster_id),
            rng=random.Random(f"{seed}/{name}"),  # noqa: S311 - a simulation, not a secret
            images=images,
            version=version,
            host_runs=catalog.host_runs(),
        )
        kube.served = scenario.served()
        kube.requested = tuple(requested_apis(scenario.service.deprecated_apis))
        cluster = ArmWorld(azure=azure, ids=ids, kube=kube, subnet=subnet)
        cluster.autoscaler = Autoscaler(cluster)
        cluster.upgrader = AutoUpgrader(cluster)
        return cluster

    azure = Subscription(
        scenario=scenario,
        catalog=catalog,
        clock=clock,
        rng=random.Random(f"{seed}/arm"),  # noqa: S311 - a simulation, not a secret
        start_cluster=start_cluster,
    )
    arm = azure.add_cluster(
        azure.home, scenario.cluster.kubernetes_version, scenario.cluster.subnet
    )
    kube = arm.kube
    kube.ctx.behaviour = scenario.behaviour()
    trace.muted = True
    kube.warming = True
    set_up(arm)
    clock.settle()
    for obj in scenario.objects():
        kube.apply(obj, by="user:kubectl")
    clock.settle()
    kube.warming = False
    kube.denied.update(scenario.denied.kube)
    trace.muted = False
    open_trace(arm)
    kube.open_trace()
    world = World(
        scenario=scenario,
        seed=seed,
        clock=clock,
        trace=trace,
        kube=kube,
        arm=arm,
        azure=azure,
        images=images,
    )
    schedule(world, scenario.faults)
    return world
