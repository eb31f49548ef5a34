"""Whoever reads changes nothing of what happens."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from poolshift.core.errors import ApiError
from poolshift.sim.kube.resources import KINDS
from poolshift.sim.kube.selection import Selection
from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import World, build_world


def read_everything(world: World) -> None:
    for kind in KINDS:
        if "list" in kind.verbs:
            world.kube.api.list(kind, Selection(kind))


def emptied(*, read: bool) -> list[dict[str, Any]]:
    """The trace of a pool that is emptied, with or without somebody who looks on."""
    world = build_world(load_scenario("linux"), seed=3)
    for node in world.kube.nodes_of("ubuntu22"):
        world.kube.cordon(node, by="run")
    for _ in range(30):
        for node in world.kube.nodes_of("ubuntu22"):
            for pod in world.kube.pods_on(node):
                meta = pod["metadata"]
                with suppress(ApiError):
                    world.kube.evict(meta["namespace"], meta["name"], by="run")
        world.clock.run_until(world.clock.t + 20)
        if read:
            read_everything(world)
    return world.trace.events


def test_a_world_that_is_read_goes_the_same_way() -> None:
    plain = emptied(read=False)
    assert len([e for e in plain if e["kind"] == "pod-evicted"]) > 4
    assert emptied(read=True) == plain
