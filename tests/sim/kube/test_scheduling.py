"""The scheduler in the world: other pods, priorities, preemption, and who is woken."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from tests.sim.kube.worlds import LINUX_IMAGE, linux_seed, make_world, trace_of

from poolshift.core.errors import ApiError
from poolshift.sim.kube.objects import Object, condition_of
from poolshift.sim.kube.resources import EVENTS, PODS, PRIORITY_CLASSES
from poolshift.sim.kube.world import KubeWorld

ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"


def linux_world(count: int = 3, *, zones: int = 0, seed: int = 1) -> KubeWorld:
    world = make_world(seed)
    world.warming = True
    for index in range(count):
        made = linux_seed(f"n{index}", f"10.240.0.{4 + index}")
        zone = f"eastus-{index % zones + 1}" if zones else ""
        world.add_node(msgspec.structs.replace(made, zone=zone), by="user:arm", ready_after_s=0)
    world.settle()
    world.warming = False
    return world


def bare(name: str, cpu: str = "100m", **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": name.split("-")[0]}},
        "spec": {
            "containers": [
                {"name": "c", "image": LINUX_IMAGE, "resources": {"requests": {"cpu": cpu}}}
            ],
            **spec,
        },
    }


def priority(name: str, value: int, **more: Any) -> Object:
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": name},
        "value": value,
        **more,
    }


def add(world: KubeWorld, *objects: Object, seconds: float = 60) -> None:
    for obj in objects:
        world.apply(obj, by="u")
    world.clock.run_until(world.clock.t + seconds)


def find(world: KubeWorld, name: str) -> Object:
    return world.store.get(PODS, "default", name)


def node_of(world: KubeWorld, name: str) -> str:
    found: str = find(world, name)["spec"].get("nodeName", "")
    return found


def message(world: KubeWorld, name: str) -> str:
    condition = condition_of(find(world, name), "PodScheduled")
    assert condition is not None
    text: str = condition["message"]
    return text


def events(world: KubeWorld, reason: str) -> list[str]:
    return [e["message"] for e in world.store.all(EVENTS) if e["reason"] == reason]


def apart(app: str) -> Object:
    term = {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": HOST}
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def test_anti_affinity_gives_each_pod_a_node_and_the_last_waits_for_one() -> None:
    world = linux_world(3)
    add(world, *(bare(f"web-{i}", affinity=apart("web")) for i in range(4)))
    nodes = [node_of(world, f"web-{i}") for i in range(4)]
    assert sorted(nodes) == ["", "n0", "n1", "n2"]
    waiting = f"web-{nodes.index('')}"
    assert message(world, waiting) == (
        "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. preemption: "
        "0/3 nodes are available: 3 No preemption victims found for incoming pod."
    )
    first = f"web-{nodes.index('n0')}"
    world.api.delete(PODS, ("default", first), by="u")
    world.clock.run_until(world.clock.t + 60)
    assert node_of(world, waiting) == "n0"


def test_pods_without_terms_keep_off_those_that_ask_for_distance() -> None:
    world = linux_world(1)
    add(world, bare("lone", affinity=apart("web")), bare("web-0"))
    assert node_of(world, "web-0") == ""
    assert "existing pods anti-affinity rules" in message(world, "web-0")
    world.api.delete(PODS, ("default", "lone"), by="u")
    world.clock.run_until(world.clock.t + 60)
    assert node_of(world, "web-0") == "n0"


def test_company_is_waited_for() -> None:
    term = {"labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": HOST}
    wish = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    world = linux_world(3)
    add(world, bare("web-0", affinity=wish))
    assert "3 node(s) didn't match pod affinity rules" in message(world, "web-0")
    add(world, bare("db"))
    assert node_of(world, "web-0") == node_of(world, "db") != ""


def test_required_spread_evens_out_the_zones() -> None:
    constraint = {
        "maxSkew": 1,
        "topologyKey": ZONE,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    world = linux_world(4, zones=3)
    add(world, *(bare(f"web-{i}", topologySpreadConstraints=[constraint]) for i in range(7)))
    zones = Counter(int(node_of(world, f"web-{i}")[1]) % 3 for i in range(7))
    assert sorted(zones.values()) == [2, 2, 3]
    world.cordon("n1", by="u")
    world.clock.run_until(world.clock.t + 5)
    # n1 was all of its zone, which still counts: what it held back is refused everywhere else.
    counts = {zone: zones[zone] for zone in range(3)}
    more = 3 * min(counts.values()) + 3 - sum(counts.values()) + 1
    add(world, *(bare(f"web-{7 + i}", topologySpreadConstraints=[constraint]) for i in range(more)))
    waiting = [i for i in range(7 + more) if not node_of(world, f"web-{i}")]
    assert waiting
    assert "didn't match pod topology spread constraints" in message(world, f"web-{waiting[0]}")


def test_the_higher_priority_is_taken_first() -> None:
    world = linux_world(1)
    add(world, priority("high", 100), seconds=0)
    add(world, bare("low", "3"), bare("urgent", "3", priorityClassName="high"))
    assert (node_of(world, "low"), node_of(world, "urgent")) == ("", "n0")


def test_a_higher_priority_takes_the_place_of_the_least_important() -> None:
    world = linux_world(2)
    add(world, priority("high", 100), priority("middle", 50), seconds=0)
    add(world, bare("low", "3"), bare("mid", "3", priorityClassName="middle"))
    place = node_of(world, "low")
    add(world, bare("urgent", "3", priorityClassName="high"), seconds=0.5)
    urgent = find(world, "urgent")
    assert urgent["status"]["nominatedNodeName"] == place
    assert message(world, "urgent") == "0/2 nodes are available: 2 Insufficient cpu."
    low = find(world, "low")
    mark = condition_of(low, "DisruptionTarget")
    assert mark is not None
    assert mark["reason"] == "PreemptionByScheduler"
    assert low["metadata"]["deletionTimestamp"]
    uid = urgent["metadata"]["uid"]
    assert events(world, "Preempted") == [f"Preempted by pod {uid} on node {place}"]
    # What is promised to one is not given to another of less priority that asks for less.
    add(world, bare("small", "800m"), seconds=60)
    assert node_of(world, "urgent") == place
    assert "nominatedNodeName" not in find(world, "urgent")["status"]
    assert node_of(world, "mid") != place
    [gone] = list(trace_of(world, "pod-deleted"))
    assert gone["by"] == "controller:scheduler"


def test_preemption_spares_what_a_budget_keeps() -> None:
    world = linux_world(2)
    guard = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "kept", "namespace": "default"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "kept"}}},
    }
    add(world, priority("high", 100), priority("some", 1), guard, seconds=0)
    add(world, bare("kept-0", "3"), bare("free-0", "3", priorityClassName="some"))
    place = node_of(world, "free-0")
    add(world, bare("urgent", "3", priorityClassName="high"))
    assert node_of(world, "urgent") == place
    assert node_of(world, "kept-0") not in ("", place)


def test_who_may_not_preempt_says_so() -> None:
    world = linux_world(1)
    add(world, priority("meek", 100, preemptionPolicy="Never"), seconds=0)
    add(world, bare("low", "3"))
    add(world, bare("waits", "3", priorityClassName="meek"))
    assert message(world, "waits") == (
        "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to "
        "preemptionPolicy=Never."
    )


def test_no_victim_helps_where_the_rest_is_too_big() -> None:
    world = linux_world(1)
    add(world, priority("high", 100), priority("top", 200), seconds=0)
    add(world, bare("stays", "3", priorityClassName="top"), bare("low", "500m"))
    add(world, bare("urgent", "3", priorityClassName="high"))
    assert message(world, "urgent") == (
        "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: "
        "1 Insufficient cpu."
    )
    assert node_of(world, "low") == "n0"


@pytest.mark.parametrize(
    ("obj", "said"),
    [
        pytest.param(
            bare("web-0", priorityClassName="none"),
            'pods "web-0" is forbidden: no PriorityClass with name none was found',
            id="unknown",
        ),
        pytest.param(
            bare("web-0", priority=5),
            'pods "web-0" is forbidden: the integer value of priority must not be provided in pod '
            "spec; priority admission controller computed 0 from the given PriorityClass name",
            id="a-value-of-its-own",
        ),
        pytest.param(
            priority("second", 2, globalDefault=True),
            'priorityclasses.scheduling.k8s.io "second" is forbidden: PriorityClass first is '
            "already marked as default. Only one default can exist",
            id="two-defaults",
        ),
    ],
)
def test_what_priority_admission_refuses(obj: Object, said: str) -> None:
    world = linux_world(1)
    if obj["kind"] != "Pod":
        add(world, priority("first", 1, globalDefault=True))
    with pytest.raises(ApiError) as refused:
        world.apply(obj, by="u")
    assert said in str(refused.value)


def test_pods_get_the_priority_of_their_class_or_the_default() -> None:
    world = linux_world(1)
    add(world, priority("first", 7, globalDefault=True), seconds=0)
    add(world, bare("plain"), bare("core", priorityClassName="system-node-critical"))
    assert find(world, "plain")["spec"]["priority"] == 7
    assert find(world, "plain")["spec"]["priorityClassName"] == "first"
    assert find(world, "core")["spec"]["priority"] == 2_000_001_000
    assert world.store.find(PRIORITY_CLASSES, "", "system-cluster-critical") is not None


def test_pods_of_another_scheduler_are_left_to_it() -> None:
    world = linux_world(1)
    add(world, bare("theirs", schedulerName="mine"))
    assert node_of(world, "theirs") == ""
    assert condition_of(find(world, "theirs"), "PodScheduled") is None
