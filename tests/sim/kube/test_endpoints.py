"""What stands behind a Service, and which nodes the load balancer sends to."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.kube.worlds import (
    BUILD_2019,
    IMAGE_2019,
    LINUX_IMAGE,
    add_pool,
    balanced_service,
    deployment,
    make_world,
    reference_world,
    trace_of,
)

from poolshift.core.ports import PatchKind
from poolshift.sim.behaviour import Behaviour, ConnectionsSpec
from poolshift.sim.kube.controllers.slices import distributed, member
from poolshift.sim.kube.objects import Object
from poolshift.sim.kube.resources import DEPLOYMENTS, ENDPOINT_SLICES, ENDPOINTS, PODS, SERVICES
from poolshift.sim.kube.world import KubeWorld

NODE = "akswspool000000"


def service(**spec: Any) -> Object:
    made: Object = balanced_service()
    made["spec"] |= spec
    return made


def slices(world: KubeWorld) -> list[Object]:
    return list(world.store.all(ENDPOINT_SLICES, "default"))


def conditions(world: KubeWorld) -> dict[str, tuple[bool, bool, bool]]:
    return {
        e["targetRef"]["name"]: (
            e["conditions"]["ready"],
            e["conditions"]["serving"],
            e["conditions"]["terminating"],
        )
        for s in slices(world)
        for e in s["endpoints"]
    }


def test_a_slice_counts_its_versions_and_dates_the_change_that_led_to_each() -> None:
    trigger = "endpoints.kubernetes.io/last-change-trigger-time"
    world = reference_world(1, balanced_service())
    world.clock.run_until(1)
    (first,) = slices(world)
    assert first["metadata"]["generation"] == 1
    assert first["metadata"]["annotations"][trigger] == "2022-10-15T08:00:00Z"
    world.apply(deployment(), by="u")
    world.clock.run_until(900)
    (second,) = slices(world)
    assert second["metadata"]["generation"] == 2
    ready_at = [
        c["lastTransitionTime"]
        for pod in world.store.all(PODS, "default")
        for c in pod["status"]["conditions"]
        if c["type"] == "Ready"
    ]
    assert second["metadata"]["annotations"][trigger] == min(ready_at)
    scale(world, 0)
    world.clock.run_until(1900)
    (third,) = slices(world)
    assert (third["metadata"]["generation"], third["endpoints"]) == (3, [])
    assert trigger not in third["metadata"].get("annotations", {})


def subset(world: KubeWorld) -> Object:
    found = world.store.get(ENDPOINTS, "default", "sample")["subsets"]
    return found[0] if found else {}


def scale(world: KubeWorld, replicas: int) -> None:
    body = {"spec": {"replicas": replicas}}
    world.api.patch(DEPLOYMENTS, ("default", "sample"), body, PatchKind.MERGE, by="u")


def test_the_ready_pods_of_a_service_are_its_endpoints() -> None:
    world = reference_world()
    assert set(conditions(world).values()) == {(True, True, False)}
    [found] = slices(world)
    assert found["metadata"]["labels"]["kubernetes.io/service-name"] == "sample"
    assert found["ports"] == [{"name": "", "protocol": "TCP", "port": 80}]
    pods = {p["status"]["podIP"]: p["spec"]["nodeName"] for p in world.store.all(PODS)}
    assert {e["addresses"][0]: e["nodeName"] for e in found["endpoints"]} == pods
    assert [a["ip"] for a in subset(world)["addresses"]] == sorted(pods)


def test_a_pod_that_goes_serves_no_new_connection_and_leaves_when_it_is_gone() -> None:
    world = reference_world()
    world.clock.run_until(1)
    name = next(iter(world.store.all(PODS)))["metadata"]["name"]
    world.api.delete(PODS, ("default", name), by="u")
    world.clock.run_until(1.5)
    assert conditions(world)[name] == (False, True, True)
    assert len(subset(world)["addresses"]) == 2
    world.clock.run_until(15)
    assert name not in conditions(world)
    assert len(subset(world)["notReadyAddresses"]) == 1
    world.clock.run_until(300)
    assert len(subset(world)["addresses"]) == 3
    assert "notReadyAddresses" not in subset(world)


def test_a_service_may_publish_what_is_not_ready() -> None:
    world = reference_world(1, deployment(), service(publishNotReadyAddresses=True))
    scale(world, 4)
    world.clock.run_until(10)
    assert len(conditions(world)) == 4
    assert all(ready for ready, _, _ in conditions(world).values())


def test_another_selector_means_other_pods_and_a_deleted_service_none() -> None:
    other = deployment("other", image=LINUX_IMAGE, replicas=1)
    other["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/os": "linux"}
    world = reference_world(1, deployment(), other, balanced_service())
    body = {"spec": {"selector": {"app": "other"}}}
    world.api.patch(SERVICES, ("default", "sample"), body, PatchKind.MERGE, by="u")
    world.clock.run_until(1)
    assert [n.rsplit("-", 2)[0] for n in conditions(world)] == ["other"]
    world.api.delete(SERVICES, ("default", "sample"), by="u")
    world.clock.run_until(2)
    assert slices(world) == []
    assert list(world.store.all(ENDPOINTS, "default")) == []


def test_a_pod_whose_labels_change_leaves_its_service() -> None:
    world = reference_world()
    name = next(iter(world.store.all(PODS)))["metadata"]["name"]
    body = {"metadata": {"labels": {"app": "apart"}}}
    world.api.patch(PODS, ("default", name), body, PatchKind.MERGE, by="u")
    world.clock.run_until(1)
    assert name not in conditions(world)


def test_a_service_without_a_selector_has_no_endpoints_of_its_own() -> None:
    bare = balanced_service()
    del bare["spec"]["selector"]
    world = reference_world(1, deployment(), bare)
    assert slices(world) == []


def test_a_slice_holds_a_hundred_and_keeps_those_that_stay() -> None:
    def pod(n: int) -> Object:
        ip = f"10.1.{n // 250}.{n % 250}"
        return {
            "metadata": {"namespace": "default", "name": f"p{n}", "uid": str(n)},
            "spec": {"nodeName": "n"},
            "status": {"podIP": ip, "conditions": []},
        }

    members = [member(pod(n), None, publish=False) for n in range(250)]
    first = distributed([], members)
    assert [len(s) for s in first] == [100, 100, 50]
    second = distributed(first, [*members[:40], *members[100:]])
    assert [len(s) for s in second] == [40, 100, 50]
    third = distributed(second, members)
    assert [len(s) for s in third] == [100, 100, 50]
    assert third[1] == first[1]


def test_zones_come_from_the_node() -> None:
    world = make_world()
    world.warming = True
    add_pool(world, "wspool", BUILD_2019, count=1, zone="westeurope-1")
    world.apply(deployment(replicas=1, image=IMAGE_2019), by="u")
    world.apply(balanced_service(), by="u")
    world.settle()
    world.warming = False
    assert slices(world)[0]["endpoints"][0]["zone"] == "westeurope-1"


@pytest.mark.parametrize(
    ("policy", "node", "cut"),
    [("Cluster", NODE, 7), ("Cluster", "linux", 7), ("Local", NODE, 7), ("Local", "linux", 0)],
)
def test_a_removed_node_cuts_the_connections_that_went_through_it(
    policy: str, node: str, cut: int
) -> None:
    world = reference_world(1, deployment(), service(externalTrafficPolicy=policy))
    world.ctx.behaviour = Behaviour(connections=(ConnectionsSpec("default/sample", 7),))
    world.clock.run_until(1)
    name = "aks-agentpool-18877473-vmss000000" if node == "linux" else node
    world.remove_node(name, by="run-1")
    assert sum(e["count"] for e in trace_of(world, "connection-cut")) == cut
    assert [e["node"] for e in trace_of(world, "lb-backend-removed")] == [name]


def test_with_local_a_node_answers_the_probe_some_time_after_its_last_pod_went() -> None:
    world = reference_world(1, deployment(), service(externalTrafficPolicy="Local"))
    world.clock.run_until(1)
    assert world.balancer.connections(NODE) == 1
    scale(world, 0)
    world.clock.run_until(8)
    assert world.balancer.connections(NODE) == 1
    world.clock.run_until(20)
    assert world.balancer.connections(NODE) == 0
    scale(world, 3)
    world.clock.run_until(200)
    assert world.balancer.connections(NODE) == 1
