"""Nodes, pools, the load balancer, and what the trace says of them."""

from __future__ import annotations

import pytest
from tests.sim.kube.worlds import (
    BUILD_2022,
    add_pool,
    deployment,
    make_world,
    reference_world,
    trace_of,
)

from poolshift.core.errors import NotFoundError
from poolshift.core.ports import PatchKind
from poolshift.sim.kube.controllers.balancer import EXCLUDED
from poolshift.sim.kube.resources import EVENTS, NODES, PODS, SERVICES

GUARD = "poolshift.io/guard=green:NoSchedule"


def taint_keys(node: dict[str, dict[str, list[dict[str, str]]]]) -> list[str]:
    return [t["key"] for t in node["spec"].get("taints", [])]


def test_a_node_comes_not_ready_and_gets_ready() -> None:
    world = make_world()
    add_pool(world, "poolws", BUILD_2022, count=1)
    node = world.store.get(NODES, "", "akspoolws000000")
    assert taint_keys(node) == ["node.kubernetes.io/not-ready"] * 2
    world.clock.run_until(61)
    node = world.store.get(NODES, "", "akspoolws000000")
    assert taint_keys(node) == []
    assert world.nodes_of("poolws") == ("akspoolws000000",)
    [added], [ready] = trace_of(world, "node-added"), trace_of(world, "node-ready")
    assert (added["pool"], added["build"], added["t_s"]) == ("poolws", "10.0.20348", 0.0)
    assert ready["t_s"] == 60.0


def test_a_cordon_shows_as_two_changes_and_so_does_its_end() -> None:
    world = reference_world()
    after = world.store.rv
    world.cordon("akswspool000000", by="run-1")
    world.clock.run_until(1)
    node = world.store.get(NODES, "", "akswspool000000")
    assert taint_keys(node) == ["node.kubernetes.io/unschedulable"]
    assert len(world.store.changes(NODES, after)) == 2
    world.uncordon("akswspool000000", by="run-1")
    world.clock.run_until(2)
    assert taint_keys(world.store.get(NODES, "", "akswspool000000")) == []
    assert [e["by"] for e in trace_of(world, "node-cordoned", "node-uncordoned")] == ["run-1"] * 2


def test_a_removed_node_takes_its_pods_along_and_they_are_replaced() -> None:
    world = reference_world()
    gone = {p["metadata"]["uid"] for p in world.pods_on("akswspool000000")}
    world.remove_node("akswspool000000", by="run-1")
    kinds = [e["kind"] for e in trace_of(world)]
    assert kinds.index("node-removed") < kinds.index("pod-deleted")
    assert {e["uid"] for e in trace_of(world, "pod-deleted")} == gone
    world.clock.run_until(500)
    assert len([p for p in world.store.all(PODS) if p["status"]["phase"] == "Running"]) == 3
    with pytest.raises(NotFoundError):
        world.remove_node("akswspool000000", by="run-1")


def test_a_pool_change_reaches_present_and_future_nodes_and_can_be_taken_back() -> None:
    world = reference_world()
    world.configure_pool("wspool", labels={"team": "a"}, taints=(GUARD,), by="run-1")
    node = world.store.get(NODES, "", "akswspool000001")
    assert node["metadata"]["labels"]["team"] == "a"
    assert taint_keys(node) == ["poolshift.io/guard"]
    world.configure_pool("poolws", labels={"team": "b"}, taints=(GUARD,), by="run-1")
    add_pool(world, "poolws", BUILD_2022, count=1, subnet=1)
    world.clock.run_until(100)
    green = world.store.get(NODES, "", "akspoolws000000")
    assert (green["metadata"]["labels"]["team"], taint_keys(green)) == (
        "b",
        ["poolshift.io/guard"],
    )
    world.configure_pool("wspool", labels={}, taints=(), by="run-1")
    node = world.store.get(NODES, "", "akswspool000001")
    assert "team" not in node["metadata"]["labels"]
    assert taint_keys(node) == []
    lines = [e for e in trace_of(world, "taint") if e["node"] == "akswspool000001"]
    assert [e["effect"] for e in lines] == ["NoSchedule", ""]


def test_a_node_leaves_the_load_balancer_before_it_goes_or_cuts_connections() -> None:
    world = reference_world()
    assert len(trace_of(world, "lb-backend-added")) == 4
    label = {"metadata": {"labels": {EXCLUDED: "run-1"}}}
    world.api.patch(NODES, ("", "akswspool000000"), label, PatchKind.MERGE, by="run-1")
    world.clock.run_until(30)
    world.remove_node("akswspool000000", by="run-1")
    assert trace_of(world, "connection-cut") == []
    world.remove_node("akswspool000001", by="run-1")
    [cut] = trace_of(world, "connection-cut")
    assert (cut["node"], cut["count"]) == ("akswspool000001", 1)
    assert [e["node"] for e in trace_of(world, "lb-backend-removed")] == [
        "akswspool000000",
        "akswspool000001",
    ]
    assert [e["value"] for e in trace_of(world, "label")] == ["run-1"]


def test_a_balanced_service_gets_its_addresses() -> None:
    service = reference_world().store.get(SERVICES, "default", "sample")
    assert service["spec"]["clusterIP"].startswith("10.0.")
    assert service["status"]["loadBalancer"]["ingress"] == [{"ip": "20.0.0.1"}]


def test_a_pod_that_fits_nowhere_says_why_and_moves_when_a_node_comes() -> None:
    sample = deployment(replicas=1)
    sample["spec"]["template"]["spec"]["nodeSelector"] = {
        "kubernetes.azure.com/os-sku": "Windows2022"
    }
    sample["spec"]["template"]["spec"]["containers"][0]["image"] = "both:1"
    world = reference_world(1, sample)
    world.clock.run_until(5)
    pod = next(iter(world.store.all(PODS)))
    message = (
        "0/4 nodes are available: 4 node(s) didn't match Pod's node affinity/selector. "
        "preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling."
    )
    assert pod["status"]["conditions"][0]["message"] == message
    add_pool(world, "poolws", BUILD_2022, count=1, subnet=1)
    world.clock.run_until(400)
    assert next(iter(world.store.all(PODS)))["spec"]["nodeName"] == "akspoolws000000"


def test_a_pod_that_waits_for_room_takes_the_first_that_comes() -> None:
    sample = deployment(replicas=4)
    container = sample["spec"]["template"]["spec"]["containers"][0]
    container["resources"] = {"requests": {"cpu": 3}}
    world = reference_world(1, sample)
    world.clock.run_until(1)
    pending = [p for p in world.store.all(PODS) if not p["spec"].get("nodeName")]
    text = pending[0]["status"]["conditions"][0]["message"]
    assert "3 Insufficient cpu" in text
    victim = next(p for p in world.store.all(PODS) if p["spec"].get("nodeName"))
    world.api.delete(PODS, ("default", victim["metadata"]["name"]), by="u")
    world.clock.run_until(60)
    assert len([p for p in world.store.all(PODS) if p["spec"].get("nodeName")]) == 3
    events = [e["reason"] for e in world.store.all(EVENTS)]
    assert "Scheduled" in events


def test_an_unpreferred_taint_outweighs_everything_else() -> None:
    world = reference_world()
    add_pool(world, "poolws", BUILD_2022, count=1, subnet=1)
    prefer = ("poolshift.io/guard=green:PreferNoSchedule",)
    world.configure_pool("poolws", labels={}, taints=prefer, by="run-1")
    world.clock.run_until(100)
    world.apply(deployment("other", image="both:1", replicas=6), by="u")
    world.clock.run_until(500)
    nodes = {
        p["spec"]["nodeName"]
        for p in world.store.all(PODS)
        if p["metadata"]["labels"]["app"] == "other"
    }
    assert nodes == {"akswspool000000", "akswspool000001", "akswspool000002"}
