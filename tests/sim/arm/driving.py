"""Driving a world's pools by calls, and looking at what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.request import ArmAnswer
from poolshift.sim.kube.resources import NODES

if TYPE_CHECKING:
    from poolshift.sim.world import World

Call = Callable[..., ArmAnswer]
DAY_S = 86_400.0
NEWER = "1.24.3"


def control_plane_at(world: World, version: str = NEWER) -> None:
    world.arm.cluster.properties["currentKubernetesVersion"] = version
    world.kube.version = version


def properties(world: World, call: Call, pool: str) -> dict[str, Any]:
    found: dict[str, Any] = call(world, "GET", f"agentPools/{pool}").body["properties"]
    return found


def put(world: World, call: Call, pool: str, **changed: Any) -> ArmAnswer:
    sent = {k: v for k, v in properties(world, call, pool).items() if k != "nodeImageVersion"}
    # Fields of previews (blue and green, blocked nodes) are read of a preview's body alone.
    query = {"api-version": "2025-07-02-preview"}
    return call(world, "PUT", f"agentPools/{pool}", {"properties": sent | changed}, query=query)


def poll(world: World, call: Call, reply: ArmAnswer) -> dict[str, Any]:
    path = reply.headers["Azure-AsyncOperation"].partition("?")[0]
    found: dict[str, Any] = call(world, "GET", path).body
    return found


def run_to_end(world: World, call: Call, reply: ArmAnswer, *, limit_s: float = DAY_S) -> str:
    end = world.clock.t + limit_s
    while world.clock.t < end and "endTime" not in poll(world, call, reply):
        world.clock.run_until(world.clock.t + 5)
    return str(poll(world, call, reply)["status"])


def nodes(world: World, pool: str) -> dict[str, dict[str, Any]]:
    return {n: world.kube.store.get(NODES, "", n) for n in world.kube.nodes_of(pool)}


def versions(world: World, pool: str) -> set[str]:
    return {n["status"]["nodeInfo"]["kubeletVersion"] for n in nodes(world, pool).values()}


def traced(world: World, kind: str, **keys: Any) -> list[dict[str, Any]]:
    return [
        e
        for e in world.trace.events
        if e["kind"] == kind and all(e.get(k) == v for k, v in keys.items())
    ]


def budget(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "sample", "namespace": "default"},
        "spec": {**spec, "selector": {"matchLabels": {"app": "sample"}}},
    }


def hold(world: World) -> None:
    """A budget over pods of which one can never be ready: it lets none of the others go."""
    world.kube.apply(budget(maxUnavailable=1), by="user:kubectl")
    stuck = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "stuck", "namespace": "default"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "sample", "part": "stuck"}},
            "template": {
                "metadata": {"labels": {"app": "sample", "part": "stuck"}},
                "spec": {
                    "nodeSelector": {"no": "where"},
                    "containers": [{"name": "c", "image": "mcr.microsoft.com/none:1"}],
                },
            },
        },
    }
    world.kube.apply(stuck, by="user:kubectl")
    world.clock.run_until(world.clock.t + 60)
