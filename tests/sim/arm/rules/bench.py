"""A world to try one rule in, and ways to ask it for something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from poolshift.catalog import load_catalog
from poolshift.sim.arm import releases
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.rules import clusters, upgrades
from poolshift.sim.arm.rules.checks import check_update
from poolshift.sim.arm.service import answer
from poolshift.sim.scenario import Scenario, load_scenario
from poolshift.sim.scenarioparts import NodeImage
from poolshift.sim.world import World, build_world

WINDOWS = {"osType": "Windows", "osSKU": "Windows2022", "vmSize": "Standard_D4s_v5"}
LINUX = {"osType": "Linux", "osSKU": "Ubuntu2204", "vmSize": "Standard_D4s_v5"}


@dataclass(frozen=True)
class Setup:
    """How the world of a case differs from a scenario.

    Attributes:
        start: day on which the clock starts.
        parts: keys of the scenario.
        network: keys of the cluster's networkProfile.
        properties: properties of the cluster.
        version: of Kubernetes.
        then: what happens before the case's request.
    """

    scenario: str = "reference-2025"
    start: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)
    network: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""
    windows: bool = True
    then: Callable[[World], None] | None = None


Ask = Callable[[World], ArmAnswer]


@dataclass(frozen=True)
class Case:
    """One request that is refused, and one that differs little from it and is not.

    Attributes:
        code: of the refusal.
        sub: which of the catalog's records of that code it is.
        says: a part of its message.
        world: where both are asked; `accepted_in` is another world for the second one.
    """

    id: str
    code: str
    refused: Ask
    accepted: Ask
    status: int = 400
    sub: str = ""
    says: str = ""
    world: Setup = Setup()
    accepted_in: Setup | None = None


def made(setup: Setup) -> World:
    scenario = load_scenario(setup.scenario)
    cluster = msgspec.structs.replace(
        scenario.cluster,
        network={**scenario.cluster.network, **setup.network},
        properties={**scenario.cluster.properties, **setup.properties},
        kubernetes_version=setup.version or scenario.cluster.kubernetes_version,
        windows=scenario.cluster.windows if setup.windows else None,
    )
    start = dt.datetime.fromisoformat(setup.start).replace(tzinfo=dt.UTC) if setup.start else None
    scenario = msgspec.structs.replace(
        scenario,
        cluster=cluster,
        start=start or scenario.start,
        node_images=(*_other_images(scenario), *scenario.node_images),
    )
    scenario = msgspec.structs.replace(scenario, **setup.parts)
    world = build_world(scenario, seed=1)
    if setup.then is not None:
        setup.then(world)
    return world


def _other_images(scenario: Scenario) -> list[NodeImage]:
    """Node images of the OS SKUs that the scenario has none of."""
    have = {image.os_sku for image in scenario.node_images}
    return [
        NodeImage(
            version=f"AKS{sku.id}-{generation}-202611.01.0",
            os_sku=sku.id,
            os_image=sku.product,
            kernel=sku.build or "6.8.0",
            runtime="containerd://2.0.4",
            build=f"{sku.build}.1" if sku.build else "",
            generation=generation,
        )
        for sku in load_catalog().os_skus.os_skus
        if sku.id not in have
        for generation in ("V1", "V2")
    ]


def call(
    world: World,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> ArmAnswer:
    full = path if path.startswith("/") else f"{world.cluster_id}/{path}".rstrip("/")
    request = ArmRequest(method=method, path=full, headers=headers or {}, body=body, by="run-1")
    return answer(world.azure, request)


def windows(name: str = "ws", headers: Mapping[str, str] | None = None, **props: Any) -> Ask:
    """A new Windows pool."""
    body = {"properties": {"count": 1, "maxPods": 30, **WINDOWS, **props}}
    return lambda world: call(world, "PUT", f"agentPools/{name}", body, headers)


def linux(name: str = "apps", headers: Mapping[str, str] | None = None, **props: Any) -> Ask:
    """A new Linux pool."""
    body = {"properties": {"count": 1, "maxPods": 30, **LINUX, **props}}
    return lambda world: call(world, "PUT", f"agentPools/{name}", body, headers)


def change(pool: str, **props: Any) -> Ask:
    """A pool as it is but for some properties, put to the rules alone."""

    def ask(world: World) -> ArmAnswer:
        here = world.arm.pools[pool]
        return judged(lambda: check_update(world.arm, here, {**here.properties, **props}))

    return ask


def with_pool(ask: Ask, then: Ask) -> Ask:
    """Make a pool first, then ask."""

    def both(world: World) -> ArmAnswer:
        reply = ask(world)
        assert reply.status == 201, reply.body
        world.clock.run_until(world.clock.t + 3600)
        return then(world)

    return both


def delete(pool: str) -> Ask:
    return lambda world: call(world, "DELETE", f"agentPools/{pool}")


def upgrade(version: str, **sent: Any) -> Ask:
    """An upgrade of the control plane, put to the rules alone; a minor is its newest patch."""

    def ask(world: World) -> ArmAnswer:
        full = releases.resolved(world.azure, version) or version
        return judged(lambda: upgrades.check_upgrade(world.arm, full, sent))

    return ask


def profiles(version: str) -> list[dict[str, str]]:
    """The pools of reference-2025 in a cluster's body."""
    return [{"name": name, "orchestratorVersion": version} for name in ("system", "ws22")]


def cluster(name: str = "other", **properties: Any) -> Ask:
    """A new cluster, put to the rules alone."""
    body = {"location": "eastus", "properties": properties}
    return lambda world: judged(lambda: clusters.check_create(world.azure, name, "eastus", body))


def settings(**properties: Any) -> Ask:
    """A change of the cluster's settings, put to the rules alone."""
    return lambda world: judged(
        lambda: clusters.check_update(world.arm, {"properties": properties})
    )


def judged(check: Callable[[], object]) -> ArmAnswer:
    """The answer to what only rules are asked about."""
    try:
        check()
    except ArmProblem as problem:
        return ArmAnswer(problem.status, problem.body(), problem.headers())
    return ArmAnswer(200, {})
