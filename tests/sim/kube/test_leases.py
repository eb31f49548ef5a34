"""The kubelets' leases: there for every node, and renewed when somebody looks."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.sim.kube.faces import client
from tests.sim.kube.worlds import reference_world

from poolshift.sim.kube.resources import LEASES, NAMESPACES, NODES
from poolshift.sim.kube.selection import Selection
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


def test_a_watch_of_leases_tells_of_each_renewal() -> None:
    world = reference_world()
    selection = Selection(LEASES, "kube-node-lease")
    _, seen = world.api.changes(LEASES, selection, 0)
    world.clock.run_until(25)
    events, _ = world.api.changes(LEASES, selection, seen)
    assert {kind for kind, _ in events} == {"MODIFIED"}
    nodes = {node["metadata"]["name"] for node in world.store.all(NODES)}
    assert {obj["metadata"]["name"] for _, obj in events} == nodes


def test_a_list_is_no_older_than_the_leases_in_it() -> None:
    world = reference_world()
    world.clock.run_until(25)
    found = ask(world, PATH)
    newest = max(int(one["metadata"]["resourceVersion"]) for one in found["items"])
    assert int(found["metadata"]["resourceVersion"]) >= newest


def test_who_reads_the_leases_of_others_renews_none() -> None:
    world = reference_world()
    ask(world, PATH)
    world.clock.run_until(25)
    before = world.store.rv
    ask(world, PATH.replace("kube-node-lease", "kube-system"))
    assert world.store.rv == before


def test_the_namespace_of_the_leases_ends_with_them() -> None:
    world = reference_world()
    assert ask(world, PATH)["items"]
    world.api.delete(NAMESPACES, ("", "kube-node-lease"), by="user:kubectl")
    world.clock.run_until(30)
    assert world.store.find(NAMESPACES, "", "kube-node-lease") is None
    assert ask(world, PATH)["items"] == []
