"""The kubelets' leases: there for every node, renewed while it is ready, stored nowhere."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.sim.kube.faces import client
from tests.sim.kube.worlds import reference_world

from poolshift.sim.kube.nodes import ready_condition
from poolshift.sim.kube.objects import with_condition
from poolshift.sim.kube.resources import LEASES, NODES
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
    assert list(world.store.all(LEASES)) == []


def test_a_node_that_is_not_ready_renews_no_more() -> None:
    world = reference_world()
    world.clock.run_until(100)
    node = world.store.get(NODES, "", NODE)
    now = world.ctx.now()
    lost = with_condition(node, ready_condition(now, ready=False), now)
    world.store.update(NODES, lost, by="user:test")
    before = ask(world, f"{PATH}/{NODE}")["spec"]["renewTime"]
    world.clock.run_until(300)
    assert ask(world, f"{PATH}/{NODE}")["spec"]["renewTime"] == before


def test_a_lease_of_no_node_is_not_found() -> None:
    assert ask(reference_world(), f"{PATH}/nope")["reason"] == "NotFound"
