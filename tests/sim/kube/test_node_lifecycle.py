"""Nodes that fall silent or are tainted, and the pods that nobody else takes away."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.kube.worlds import (
    BUILD_2019,
    add_pool,
    deployment,
    make_world,
    reference_world,
    trace_of,
)

from poolshift.core.kube import Taint, Toleration
from poolshift.core.ports import PatchKind
from poolshift.sim.kube.controllers import podgc
from poolshift.sim.kube.controllers.taintevictions import tolerated_s
from poolshift.sim.kube.objects import Object, condition_of, ready, terminating
from poolshift.sim.kube.resources import LEASES, NODES, PODS
from poolshift.sim.kube.selection import Selection
from poolshift.sim.kube.world import KubeWorld

NODE = "akswspool000000"
UNREACHABLE = "node.kubernetes.io/unreachable"


def node(world: KubeWorld, name: str = NODE) -> Object:
    return world.store.get(NODES, "", name)


def taints(world: KubeWorld, name: str = NODE) -> list[tuple[str, str]]:
    return [(t["key"], t["effect"]) for t in node(world, name)["spec"].get("taints", ())]


def pods(world: KubeWorld, name: str = NODE) -> list[Object]:
    return list(world.pods_on(name))


def set_taints(world: KubeWorld, *items: dict[str, str]) -> None:
    body = {"spec": {"taints": list(items)}}
    world.api.patch(NODES, ("", NODE), body, PatchKind.MERGE, by="u")


def reason(pod: Object) -> str:
    found = condition_of(pod, "DisruptionTarget")
    return str(found["reason"]) if found else ""


def test_a_silent_node_is_unknown_after_the_grace_period_and_its_pods_serve_nobody() -> None:
    world = reference_world()
    [pod] = pods(world)
    world.stop_answering(NODE)
    world.clock.run_until(39)
    assert ready(node(world))
    assert taints(world) == []
    world.clock.run_until(42)
    condition = condition_of(node(world), "Ready")
    assert condition is not None
    assert (condition["status"], condition["reason"]) == ("Unknown", "NodeStatusUnknown")
    assert condition["message"] == "Kubelet stopped posting node status."
    assert taints(world) == [(UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute")]
    assert all("timeAdded" in t for t in node(world)["spec"]["taints"])
    assert [e["uid"] for e in trace_of(world, "pod-unready")] == [pod["metadata"]["uid"]]


def test_after_five_minutes_its_pods_are_replaced_and_stay_terminating() -> None:
    world = reference_world()
    [pod] = pods(world)
    world.stop_answering(NODE)
    world.clock.run_until(335)
    assert not terminating(pods(world)[0])
    world.clock.run_until(800)
    [lost] = pods(world)
    assert lost["metadata"]["uid"] == pod["metadata"]["uid"]
    assert terminating(lost)
    assert reason(lost) == "DeletionByTaintManager"
    up = [p for p in world.store.all(PODS) if ready(p)]
    assert len(up) == 3
    world.answer_again(NODE)
    world.clock.run_until(830)
    assert pods(world) == []
    assert taints(world) == []
    assert ready(node(world))


def test_a_node_that_answers_soon_enough_keeps_its_pods() -> None:
    world = reference_world()
    before = [p["metadata"]["uid"] for p in pods(world)]
    world.stop_answering(NODE)
    world.clock.run_until(200)
    world.answer_again(NODE)
    world.clock.run_until(1000)
    assert [p["metadata"]["uid"] for p in pods(world)] == before
    assert all(ready(p) for p in pods(world))
    assert trace_of(world, "pod-deleted") == []


def test_a_blink_is_not_noticed() -> None:
    world = reference_world()
    world.stop_answering(NODE)
    world.clock.run_until(20)
    world.answer_again(NODE)
    world.clock.run_until(200)
    assert trace_of(world, "taint", "pod-unready") == []


def test_what_starts_on_a_silent_node_starts_when_it_answers() -> None:
    world = reference_world()
    world.clock.run_until(1)
    world.stop_answering(NODE)
    sample = deployment("other", replicas=1)
    sample["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": NODE}
    world.apply(sample, by="u")
    world.clock.run_until(30)
    [pod] = [p for p in pods(world) if p["metadata"]["labels"]["app"] == "other"]
    assert pod["status"]["phase"] == "Pending"
    world.answer_again(NODE)
    world.clock.run_until(400)
    assert all(ready(p) for p in pods(world))


def test_a_no_execute_taint_takes_pods_at_once_unless_they_tolerate_it_for_a_while() -> None:
    patient = deployment("patient", replicas=1)
    patient["spec"]["template"]["spec"] |= {
        "nodeSelector": {"kubernetes.io/hostname": NODE},
        "tolerations": [
            {"key": "drain", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 90}
        ],
    }
    hasty = deployment("hasty", replicas=1)
    hasty["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": NODE}
    world = reference_world(1, patient, hasty)
    set_taints(world, {"key": "drain", "effect": "NoExecute"})
    world.clock.run_until(20)
    assert {p["metadata"]["labels"]["app"] for p in pods(world)} == {"patient"}
    world.clock.run_until(85)
    assert len(trace_of(world, "pod-deleted")) == 1
    world.clock.run_until(120)
    deleted = [e["by"] for e in trace_of(world, "pod-deleted")]
    assert deleted == ["controller:taint-eviction"] * len(deleted)
    assert len(deleted) >= 2


def test_a_taint_that_goes_in_time_evicts_nobody() -> None:
    patient = deployment("patient", replicas=1)
    patient["spec"]["template"]["spec"]["tolerations"] = [
        {"key": "drain", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 90}
    ]
    patient["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/hostname": NODE}
    world = reference_world(1, patient)
    set_taints(world, {"key": "drain", "effect": "NoExecute"})
    world.clock.run_until(60)
    set_taints(world)
    world.clock.run_until(400)
    assert trace_of(world, "pod-deleted") == []


@pytest.mark.parametrize(
    ("tolerations", "expected"),
    [
        ((), 0.0),
        ((Toleration(key="a", operator="Exists"),), 0.0),
        ((Toleration(operator="Exists"),), None),
        ((Toleration(operator="Exists", toleration_seconds=-5),), 0.0),
        (
            (
                Toleration(key="a", operator="Exists", toleration_seconds=60),
                Toleration(key="b", operator="Exists", toleration_seconds=20),
            ),
            20.0,
        ),
    ],
)
def test_how_long_a_pod_may_stay(
    tolerations: tuple[Toleration, ...], expected: float | None
) -> None:
    both = [Taint(key="a", effect="NoExecute"), Taint(key="b", effect="NoExecute")]
    assert tolerated_s(tolerations, both) == expected


def test_pressure_taints_follow_the_condition() -> None:
    world = reference_world()
    status = dict(node(world)["status"])
    for value, expected in (
        ("True", [("node.kubernetes.io/memory-pressure", "NoSchedule")]),
        ("False", []),
    ):
        pressed = [
            {**c, "status": value} if c["type"] == "MemoryPressure" else c
            for c in status["conditions"]
        ]
        body = {"status": {"conditions": pressed}}
        world.api.patch(NODES, ("", NODE), body, PatchKind.MERGE, by="u", status=True)
        world.clock.run_until(world.clock.t + 2)
        assert taints(world) == expected


def test_a_cordon_keeps_the_taints_of_others() -> None:
    world = reference_world()
    set_taints(world, {"key": "team", "value": "a", "effect": "NoSchedule"})
    world.cordon(NODE, by="run-1")
    world.clock.run_until(2)
    assert taints(world) == [
        ("team", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ]
    world.uncordon(NODE, by="run-1")
    world.clock.run_until(4)
    assert taints(world) == [("team", "NoSchedule")]


def test_pods_of_a_node_object_that_was_deleted_are_orphans_a_minute_later() -> None:
    world = reference_world()
    [pod] = pods(world)
    world.api.delete(NODES, ("", NODE), by="user:kubectl")
    world.clock.run_until(30)
    assert world.store.find(PODS, "default", pod["metadata"]["name"]) is not None
    world.clock.run_until(70)
    assert world.store.find(PODS, "default", pod["metadata"]["name"]) is None
    [gone] = [e for e in trace_of(world, "pod-deleted") if e["uid"] == pod["metadata"]["uid"]]
    assert gone["by"] == "controller:pod-garbage-collector"


def test_a_node_out_of_service_gives_its_pods_up() -> None:
    world = reference_world()
    world.stop_answering(NODE)
    world.clock.run_until(60)
    world.api.delete(PODS, ("default", pods(world)[0]["metadata"]["name"]), by="u")
    world.clock.run_until(200)
    assert len(pods(world)) == 1
    held = node(world)["spec"]["taints"]
    set_taints(world, *held, {"key": podgc.OUT_OF_SERVICE, "effect": "NoExecute"})
    world.clock.run_until(230)
    assert pods(world) == []


def test_finished_pods_beyond_the_threshold_go_oldest_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(podgc, "MOST_FINISHED", 2)
    world = reference_world()
    for n in range(4):
        pod: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"once-{n}",
                "namespace": "default",
                "annotations": {"sim.poolshift.io/run-for": "5"},
            },
            "spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "a", "image": "docker.io/library/nginx:1.25"}],
                "nodeSelector": {"kubernetes.io/os": "linux"},
            },
        }
        world.apply(pod, by="u")
        world.clock.run_until(60.0 * (n + 1))
    names = [p["metadata"]["name"] for p in world.store.all(PODS)]
    assert [n for n in names if n.startswith("once")] == ["once-2", "once-3"]


def test_a_lease_is_as_fresh_as_its_node_for_who_reads_it() -> None:
    world = make_world()
    add_pool(world, "wspool", BUILD_2019, count=2)
    world.clock.run_until(125)

    def renewed(name: str) -> str:
        page = world.api.list(LEASES, Selection(LEASES, "kube-node-lease"))
        return next(
            str(o["spec"]["renewTime"]) for o in page.items if o["metadata"]["name"] == name
        )

    assert renewed("akswspool000000") == "2022-10-15T08:02:00.000000Z"
    world.stop_answering("akswspool000000")
    world.clock.run_until(180)
    assert renewed("akswspool000000") == "2022-10-15T08:02:00.000000Z"
    assert renewed("akswspool000001") == "2022-10-15T08:03:00.000000Z"
    world.remove_node("akswspool000001", by="u")
    left = world.api.list(LEASES, Selection(LEASES, "kube-node-lease")).items
    assert [o["metadata"]["name"] for o in left] == ["akswspool000000"]


def test_reading_leases_draws_nothing() -> None:
    worlds = [reference_world(), reference_world()]
    worlds[0].api.list(LEASES, Selection(LEASES))
    states = [w.ctx.rng.getstate() for w in worlds]
    assert states[0] == states[1]
