"""Workloads that roll, on a world without faces."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from tests.sim.kube.worlds import (
    BUILD_2019,
    BUILD_2022,
    IMAGE_2019,
    IMAGE_2022,
    add_pool,
    budget,
    deployment,
    make_world,
    reference_world,
    trace_of,
)

from poolshift.core.ports import PatchKind
from poolshift.sim.kube.resources import (
    DAEMON_SETS,
    DEPLOYMENTS,
    PODS,
    REPLICA_SETS,
    STATEFUL_SETS,
    Kind,
)

if TYPE_CHECKING:
    from poolshift.sim.kube.world import KubeWorld

SKU = "kubernetes.azure.com/os-sku"


def retarget(world: KubeWorld, name: str = "sample", *, kind: Kind = DEPLOYMENTS) -> None:
    spec = {
        "nodeSelector": {SKU: "Windows2022"},
        "containers": [{"name": name, "image": IMAGE_2022}],
    }
    patch = {"spec": {"template": {"spec": spec}}}
    world.api.patch(kind, ("default", name), patch, PatchKind.STRATEGIC, by="run-1")


def lowest_and_highest(world: KubeWorld, workload: str) -> tuple[int, int]:
    """The lowest ready count after all were ready once, and the most pods at a time."""
    ours: set[str] = set()
    alive: set[str] = set()
    ready: set[str] = set()
    lowest, highest = 10**6, 0
    for event in trace_of(world):
        uid = event.get("uid")
        if event["kind"] == "pod-created" and event["workload"] == workload:
            ours.add(event["uid"])
            alive.add(event["uid"])
        elif uid in ours and event["kind"] == "pod-ready":
            ready.add(event["uid"])
        elif uid in ours and event["kind"] == "pod-unready":
            ready.discard(event["uid"])
        elif uid in ours and event["kind"] == "pod-deleted":
            alive.discard(event["uid"])
        highest = max(highest, len(alive))
        if event["t_s"] > 0:
            lowest = min(lowest, len(ready))
    return lowest, highest


def where(world: KubeWorld) -> Counter[str]:
    return Counter(p["spec"]["nodeName"][:-6] for p in world.store.all(PODS))


def test_a_retargeted_deployment_moves_to_the_new_pool_and_never_falls_below() -> None:
    world = reference_world()
    world.clock.run_until(10)
    add_pool(world, "poolws", BUILD_2022, subnet=1)
    world.clock.run_until(200)
    retarget(world)
    world.clock.run_until(2000)
    assert where(world) == {"akspoolws": 3}
    lowest, highest = lowest_and_highest(world, "default/Deployment/sample")
    assert (lowest, highest) == (3, 5)  # one surge, and one that is still terminating
    status = world.store.get(DEPLOYMENTS, "default", "sample")["status"]
    assert (status["updatedReplicas"], status["availableReplicas"]) == (3, 3)
    assert status["conditions"][1]["reason"] == "NewReplicaSetAvailable"
    assert [e["by"] for e in trace_of(world, "template-changed")] == ["run-1"]


@pytest.mark.parametrize(
    ("strategy", "replicas", "lowest"),
    [
        pytest.param({"maxSurge": 0, "maxUnavailable": 1}, 3, 2, id="no-surge"),
        pytest.param({"maxSurge": "50%", "maxUnavailable": 0}, 4, 4, id="half-surge"),
        pytest.param({"maxSurge": 0, "maxUnavailable": "50%"}, 5, 3, id="half-down"),
    ],
)
def test_a_rollout_keeps_within_its_own_figures(
    strategy: dict[str, Any], replicas: int, lowest: int
) -> None:
    rolling = {"type": "RollingUpdate", "rollingUpdate": strategy}
    world = reference_world(1, deployment(replicas=replicas, strategy=rolling))
    add_pool(world, "poolws", BUILD_2022, subnet=1)
    world.clock.run_until(200)
    retarget(world)
    world.clock.run_until(5000)
    assert where(world) == {"akspoolws": replicas}
    assert lowest_and_highest(world, "default/Deployment/sample")[0] == lowest
    [figures] = trace_of(world, "workload")
    assert (figures["replicas"], figures["allowed_min"]) == (replicas, lowest)


def test_recreate_stops_all_before_it_starts_any() -> None:
    world = reference_world(1, deployment(strategy={"type": "Recreate"}))
    add_pool(world, "poolws", BUILD_2022, subnet=1)
    world.clock.run_until(200)
    retarget(world)
    world.clock.run_until(2000)
    assert where(world) == {"akspoolws": 3}
    assert lowest_and_highest(world, "default/Deployment/sample") == (0, 3)
    assert trace_of(world, "workload")[0]["allowed_min"] == 0


def test_a_paused_deployment_stays_and_rolls_on_when_resumed() -> None:
    world = reference_world()
    add_pool(world, "poolws", BUILD_2022, subnet=1)
    world.clock.run_until(200)
    world.api.patch(
        DEPLOYMENTS, ("default", "sample"), {"spec": {"paused": True}}, PatchKind.MERGE, by="r"
    )
    retarget(world)
    world.clock.run_until(1000)
    assert where(world) == {"akswspool": 3}
    world.api.patch(
        DEPLOYMENTS, ("default", "sample"), {"spec": {"paused": False}}, PatchKind.MERGE, by="r"
    )
    world.clock.run_until(3000)
    assert where(world) == {"akspoolws": 3}


def test_min_ready_seconds_hold_a_rollout_back() -> None:
    times = []
    for wait_s in (0, 120):
        world = reference_world(1, deployment(minReadySeconds=wait_s))
        add_pool(world, "poolws", BUILD_2022, subnet=1)
        world.clock.run_until(200)
        retarget(world)
        world.clock.run_until(5000)
        assert where(world) == {"akspoolws": 3}
        times.append(max(e["t_s"] for e in trace_of(world, "pod-deleted")))
    assert times[1] - times[0] == pytest.approx(3 * 120, abs=5)


def test_a_scale_change_in_a_stuck_rollout_grows_both_sides() -> None:
    world = reference_world(1, deployment(replicas=4))
    retarget(world)  # no such node yet: the new pods stay pending
    world.clock.run_until(100)
    world.api.patch(
        DEPLOYMENTS, ("default", "sample"), {"spec": {"replicas": 8}}, PatchKind.MERGE, by="u"
    )
    world.clock.run_until(200)
    counts = sorted(rs["spec"]["replicas"] for rs in world.store.all(REPLICA_SETS))
    assert sum(counts) == 10  # 8 and a surge of 2
    assert counts[0] >= 2


def test_old_replica_sets_are_kept_up_to_the_limit() -> None:
    world = reference_world(1, deployment(revisionHistoryLimit=1))
    for number in range(4):
        note = {"metadata": {"annotations": {"note": str(number)}}}
        patch = {"spec": {"template": note}}
        world.api.patch(DEPLOYMENTS, ("default", "sample"), patch, PatchKind.MERGE, by="u")
        world.clock.run_until((number + 1) * 1000)
    assert len(list(world.store.all(REPLICA_SETS))) == 2


def test_a_deleted_deployment_takes_its_pods_along() -> None:
    world = reference_world()
    world.api.delete(DEPLOYMENTS, ("default", "sample"), by="user:me")
    world.clock.run_until(60)
    assert not list(world.store.all(PODS))
    assert not list(world.store.all(REPLICA_SETS))
    assert {e["by"] for e in trace_of(world, "pod-deleted")} == {"user:me"}


def test_an_orphaning_delete_leaves_the_pods() -> None:
    world = reference_world()
    options = {"propagationPolicy": "Orphan"}
    world.api.delete(DEPLOYMENTS, ("default", "sample"), options, by="user:me")
    world.clock.run_until(60)
    assert len(list(world.store.all(PODS))) == 3


def workload(kind: str, name: str, **spec: Any) -> dict[str, Any]:
    obj = deployment(name, image="both:1")
    return {**obj, "kind": kind, "spec": {**obj["spec"], **spec}}


def test_a_daemon_set_follows_the_nodes() -> None:
    daemon = workload("DaemonSet", "agent")
    del daemon["spec"]["replicas"]
    world = reference_world(1, daemon)
    assert where(world) == {"akswspool": 3}
    add_pool(world, "poolws", BUILD_2022, subnet=1, count=2)
    world.clock.run_until(500)
    assert where(world) == {"akswspool": 3, "akspoolws": 2}
    world.cordon("akswspool000000", by="u")
    world.clock.run_until(600)
    assert where(world)["akswspool"] == 3
    world.remove_node("akswspool000000", by="u")
    world.clock.run_until(700)
    status = world.store.get(DAEMON_SETS, "default", "agent")["status"]
    assert (status["desiredNumberScheduled"], status["numberReady"]) == (4, 4)


def test_a_daemon_set_updates_one_node_at_a_time() -> None:
    daemon = workload("DaemonSet", "agent")
    world = reference_world(1, daemon)
    patch = {"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}}
    world.api.patch(DAEMON_SETS, ("default", "agent"), patch, PatchKind.MERGE, by="u")
    world.clock.run_until(2000)
    assert lowest_and_highest(world, "default/DaemonSet/agent")[0] == 2
    status = world.store.get(DAEMON_SETS, "default", "agent")["status"]
    assert status["updatedNumberScheduled"] == 3
    assert all(e["daemon"] for e in trace_of(world, "pod-created"))


def test_a_stateful_set_updates_from_the_highest_down_to_the_partition() -> None:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    world = reference_world(1, workload("StatefulSet", "queue", updateStrategy=rolling))
    names = [p["metadata"]["name"] for p in world.store.all(PODS)]
    assert names == ["queue-0", "queue-1", "queue-2"]
    before = {p["metadata"]["name"]: p["metadata"]["uid"] for p in world.store.all(PODS)}
    patch = {"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}}
    world.api.patch(STATEFUL_SETS, ("default", "queue"), patch, PatchKind.MERGE, by="u")
    world.clock.run_until(2000)
    after = {p["metadata"]["name"]: p["metadata"]["uid"] for p in world.store.all(PODS)}
    assert [name for name in after if after[name] != before[name]] == ["queue-1", "queue-2"]
    assert lowest_and_highest(world, "default/StatefulSet/queue")[0] == 2
    assert trace_of(world, "workload")[0]["allowed_min"] == 2


def test_a_stateful_set_scales_down_from_the_top() -> None:
    world = reference_world(1, workload("StatefulSet", "queue"))
    scale = {"spec": {"replicas": 1}}
    world.api.set_scale(STATEFUL_SETS, ("default", "queue"), scale, by="u")
    world.clock.run_until(100)
    assert [p["metadata"]["name"] for p in world.store.all(PODS)] == ["queue-0"]


def test_the_same_seed_gives_the_same_trace() -> None:
    def run() -> list[dict[str, Any]]:
        world = reference_world(7, deployment(replicas=9), budget(minAvailable=6))
        add_pool(world, "poolws", BUILD_2022, subnet=1)
        world.clock.run_until(200)
        retarget(world)
        world.clock.run_until(5000)
        return trace_of(world)

    first = run()
    assert first == run()
    assert len(first) > 60


def test_a_warming_world_takes_no_time_and_tells_nothing() -> None:
    world = make_world()
    world.warming = True
    add_pool(world, "wspool", BUILD_2019)
    world.apply(deployment(image=IMAGE_2019, minReadySeconds=60), by="u")
    world.settle()
    world.warming = False
    assert (world.clock.t, trace_of(world)) == (0.0, [])
    status = world.store.get(DEPLOYMENTS, "default", "sample")["status"]
    assert status["availableReplicas"] == 3
    world.open_trace()
    kinds = Counter(e["kind"] for e in trace_of(world))
    assert kinds == {
        "node-added": 3,
        "node-ready": 3,
        "workload": 1,
        "pod-created": 3,
        "pod-bound": 3,
        "pod-ready": 3,
    }
    assert {e["t_s"] for e in trace_of(world)} == {0.0}


def progressing(world: KubeWorld) -> tuple[str, str]:
    conditions = world.store.get(DEPLOYMENTS, "default", "sample")["status"]["conditions"]
    found = next(c for c in conditions if c["type"] == "Progressing")
    return found["status"], found["reason"]


def test_a_rollout_that_makes_no_progress_is_overdue_at_its_deadline() -> None:
    world = reference_world(1, deployment(progressDeadlineSeconds=120))
    broken = {"containers": [{"name": "sample", "image": "nowhere.example/missing:1"}]}
    body = {"spec": {"template": {"spec": broken}}}
    world.clock.run_until(10)
    world.api.patch(DEPLOYMENTS, ("default", "sample"), body, PatchKind.STRATEGIC, by="u")
    world.clock.run_until(120)
    assert progressing(world) == ("True", "ReplicaSetUpdated")
    world.clock.run_until(140)
    assert progressing(world) == ("False", "ProgressDeadlineExceeded")
    assert world.clock.next_at() is None


def test_a_finished_rollout_leaves_no_deadline_behind() -> None:
    world = reference_world()
    world.clock.run_until(10)
    add_pool(world, "poolws", BUILD_2022, subnet=1)
    world.clock.run_until(200)
    retarget(world)
    world.clock.run_until(590)
    assert progressing(world) == ("True", "NewReplicaSetAvailable")
    assert world.clock.next_at() is None


def test_a_resumed_rollout_says_so_and_goes_on() -> None:
    world = reference_world(1, deployment(paused=True))
    world.clock.run_until(10)
    assert progressing(world) == ("Unknown", "DeploymentPaused")
    body = {"spec": {"paused": False}}
    world.api.patch(DEPLOYMENTS, ("default", "sample"), body, PatchKind.MERGE, by="u")
    world.clock.run_until(10.06)
    assert progressing(world) == ("Unknown", "DeploymentResumed")
    world.clock.run_until(300)
    assert progressing(world) == ("True", "NewReplicaSetAvailable")


def test_an_evicted_pod_is_no_rollout_and_never_overdue() -> None:
    world = reference_world(1, deployment(progressDeadlineSeconds=120))
    world.clock.run_until(10)
    (pod, *_) = world.store.all(PODS)
    for node in world.nodes_of("wspool"):
        world.cordon(node, by="u")
    world.evict("default", pod["metadata"]["name"], by="u")
    world.clock.run_until(400)
    assert world.store.get(DEPLOYMENTS, "default", "sample")["status"]["unavailableReplicas"] == 1
    assert progressing(world) == ("True", "NewReplicaSetAvailable")


def test_what_is_noted_on_a_deployment_is_noted_on_its_newest_set() -> None:
    world = reference_world()
    body = {"metadata": {"annotations": {"kubernetes.io/change-cause": "a reason"}}}
    world.api.patch(DEPLOYMENTS, ("default", "sample"), body, PatchKind.MERGE, by="u")
    world.clock.run_until(1)
    [found] = world.store.all(REPLICA_SETS)
    notes = found["metadata"]["annotations"]
    assert notes["kubernetes.io/change-cause"] == "a reason"
    assert notes["deployment.kubernetes.io/revision"] == "1"
