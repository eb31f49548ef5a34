"""The kubelets' leases: there for every node, and renewed when somebody looks."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.sim.kube.faces import client
from tests.sim.kube.worlds import reference_world

from poolshift.sim.kube.resources import NODES
from poolshift.sim.kube.world import KubeWorld

PATH = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
NODE = "akswspool000000"


def ask(world: KubeWorld, path: str) -> Any:
    async def run() -> Any:
        async with client(world) as http:
            return (await http.get(path)).json()

    return asyncio.run(run())


def test_each_node_has_a_lease_that_moves_with_time() -> None:
    world = reference_world()
    names = [one["metadata"]["name"] for one in ask(world, PATH)["items"]]
    assert names == [node["metadata"]["name"] for node in world.store.all(NODES)]
    before = ask(world, f"{PATH}/{NODE}")["spec"]
    world.clock.run_until(25)
    after = ask(world, f"{PATH}/{NODE}")["spec"]
    assert before["holderIdentity"] == NODE
    assert before["renewTime"] < after["renewTime"]


def test_a_lease_of_no_node_is_not_found() -> None:
    assert ask(reference_world(), f"{PATH}/nope")["reason"] == "NotFound"
