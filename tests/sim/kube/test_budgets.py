"""What the disruption controller observes, figure by figure."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.kube.worlds import LINUX_IMAGE, budget, deployment, reference_world

from poolshift.core.errors import ApiError
from poolshift.core.ports import PatchKind
from poolshift.sim.kube.objects import Object, condition_of
from poolshift.sim.kube.resources import BUDGETS, DEPLOYMENTS, PODS
from poolshift.sim.kube.world import KubeWorld


def status(world: KubeWorld, name: str = "sample") -> Object:
    found: Object = world.store.get(BUDGETS, "default", name)["status"]
    return found


def figures(world: KubeWorld) -> tuple[int, int, int, int]:
    found = status(world)
    return (
        found["expectedPods"],
        found["desiredHealthy"],
        found["currentHealthy"],
        found["disruptionsAllowed"],
    )


def reason(world: KubeWorld) -> str:
    found = condition_of(world.store.get(BUDGETS, "default", "sample"), "DisruptionAllowed")
    assert found is not None
    return str(found["reason"])


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"minAvailable": 3}, (4, 3, 4, 1)),
        ({"minAvailable": "50%"}, (4, 2, 4, 2)),
        ({"minAvailable": "60%"}, (4, 3, 4, 1)),
        ({"maxUnavailable": 1}, (4, 3, 4, 1)),
        ({"maxUnavailable": "30%"}, (4, 2, 4, 2)),
        ({"maxUnavailable": 0}, (4, 4, 4, 0)),
    ],
)
def test_a_budget_at_rest(spec: dict[str, Any], expected: tuple[int, int, int, int]) -> None:
    world = reference_world(1, deployment(replicas=4), budget(**spec))
    assert figures(world) == expected
    assert reason(world) == ("SufficientPods" if expected[3] else "InsufficientPods")


@pytest.mark.parametrize(
    ("spec", "expected"), [({"minAvailable": 3}, 5), ({"minAvailable": "75%"}, 4)]
)
def test_a_count_expects_the_pod_that_goes_and_the_one_that_comes(
    spec: dict[str, Any], expected: int
) -> None:
    world = reference_world(1, deployment(replicas=4), budget(**spec))
    world.clock.run_until(1)
    world.evict("default", next(iter(world.store.all(PODS)))["metadata"]["name"], by="u")
    world.clock.run_until(2)
    assert figures(world) == (expected, 3, 3, 0)
    world.clock.run_until(200)
    assert figures(world) == (4, 3, 4, 1)


def test_a_percentage_follows_the_scale_at_once() -> None:
    world = reference_world(1, deployment(replicas=4), budget(minAvailable="50%"))
    body = {"spec": {"replicas": 8}}
    world.api.patch(DEPLOYMENTS, ("default", "sample"), body, PatchKind.MERGE, by="u")
    world.clock.run_until(1)
    assert figures(world) == (8, 4, 4, 0)


def test_bare_pods_count_for_a_count_and_not_for_a_percentage() -> None:
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "bare", "namespace": "default", "labels": {"app": "sample"}},
        "spec": {
            "containers": [{"name": "a", "image": LINUX_IMAGE}],
            "nodeSelector": {"kubernetes.io/os": "linux"},
        },
    }
    counted = reference_world(1, pod, budget(minAvailable=1))
    assert figures(counted) == (1, 1, 1, 0)
    shared = reference_world(1, pod, budget(minAvailable="50%"))
    assert figures(shared)[0] == 0
    assert figures(shared)[3] == 0


@pytest.mark.parametrize("kind", ["DaemonSet", "Job"])
def test_owners_without_a_scale_fail_the_sync_of_a_percentage(kind: str) -> None:
    made = deployment(image=LINUX_IMAGE)
    del made["spec"]["replicas"]
    made["kind"] = kind
    made["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/os": "linux"}
    if kind == "Job":
        del made["spec"]["selector"]
        made["spec"]["template"]["spec"]["restartPolicy"] = "Never"
        made["apiVersion"] = "batch/v1"
    world = reference_world(1, made, budget(minAvailable="50%"))
    world.clock.run_until(30)
    assert reason(world) == "SyncFailed"
    pods = [p for p in world.store.all(PODS) if p["status"]["phase"] == "Running"]
    with pytest.raises(ApiError) as caught:
        world.evict("default", pods[0]["metadata"]["name"], by="u")
    assert (caught.value.status, caught.value.retry_after_s) == (429, 10.0)


def test_a_world_may_begin_with_pods_that_cannot_start() -> None:
    made = deployment(image="nowhere.example/missing:1")
    world = reference_world(1, made, budget(minAvailable=1))
    assert figures(world) == (3, 1, 0, 0)


def test_a_changed_budget_is_unobserved_until_the_controller_looked() -> None:
    world = reference_world(1, deployment(replicas=4), budget(minAvailable=1))
    body = {"spec": {"minAvailable": 2}}
    world.api.patch(BUDGETS, ("default", "sample"), body, PatchKind.MERGE, by="u")
    pod = next(iter(world.store.all(PODS)))["metadata"]["name"]
    with pytest.raises(ApiError) as caught:
        world.evict("default", pod, by="u")
    assert caught.value.retry_after_s == 10.0
    world.clock.run_until(1)
    world.evict("default", pod, by="u")
