"""Evictions: the bodies are those recorded from a real API server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from tests.sim.kube.worlds import budget, deployment, reference_world, trace_of

from poolshift.core.errors import ApiError, ConflictError, NotFoundError, ThrottledError
from poolshift.core.kube import PODS as POD_RESOURCE
from poolshift.core.ports import EvictionOutcome
from poolshift.sim.kube.errors import body_of
from poolshift.sim.kube.objects import Object, key_of, terminating
from poolshift.sim.kube.port import SimKube
from poolshift.sim.kube.resources import BUDGETS, PODS

if TYPE_CHECKING:
    from poolshift.sim.kube.world import KubeWorld

SUCCESS = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
VIOLATION = "Cannot evict pod as it would violate the pod's disruption budget."


def first_pod(world: KubeWorld) -> Object:
    return next(iter(p for p in world.store.all(PODS) if not terminating(p)))


def evict(world: KubeWorld, pod: Object, **options: Any) -> Object:
    return world.evict(*key_of(pod), by="run-1", **options)


def refusal(world: KubeWorld, pod: Object, **options: Any) -> Object:
    with pytest.raises(ApiError) as caught:
        evict(world, pod, **options)
    return body_of(caught.value)


def status_of(world: KubeWorld) -> Object:
    status: Object = world.store.get(BUDGETS, "default", "sample")["status"]
    return status


def test_a_granted_eviction_spends_the_budget_at_once_and_is_counted_soon() -> None:
    world = reference_world(1, deployment(replicas=4), budget(minAvailable=3))
    pod = first_pod(world)
    assert status_of(world)["disruptionsAllowed"] == 1
    assert evict(world, pod) == SUCCESS
    assert status_of(world)["disruptionsAllowed"] == 0
    world.clock.run_until(0.5)
    status = status_of(world)
    assert (status["currentHealthy"], status["expectedPods"]) == (3, 5)
    assert status["conditions"][0]["reason"] == "InsufficientPods"
    current = world.store.get(PODS, *key_of(pod))
    assert current["metadata"]["deletionGracePeriodSeconds"] == 30
    assert current["status"]["conditions"][-1]["type"] == "DisruptionTarget"
    second = world.evict(*key_of(pod), by="run-1")
    assert second == SUCCESS
    assert [e["by"] for e in trace_of(world, "pod-evicted")] == ["run-1"]


def test_a_violated_budget_is_a_429_that_names_no_time() -> None:
    world = reference_world(1, deployment(replicas=3), budget(minAvailable=3))
    body = refusal(world, first_pod(world))
    assert body == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": VIOLATION,
        "reason": "TooManyRequests",
        "details": {
            "causes": [
                {
                    "reason": "DisruptionBudget",
                    "message": "The disruption budget sample needs 3 healthy pods and has 3 "
                    "currently",
                }
            ]
        },
        "code": 429,
    }
    [line] = trace_of(world, "evict-refused")
    assert (line["budget"], line["by"]) == ("default/sample", "run-1")


def test_a_budget_nobody_looked_at_yet_says_when_to_come_back() -> None:
    world = reference_world(1, deployment())
    world.apply(budget(maxUnavailable=1), by="u")
    with pytest.raises(ThrottledError) as caught:
        evict(world, first_pod(world))
    assert caught.value.retry_after_s == 10
    assert body_of(caught.value)["details"] == {
        "causes": [
            {
                "reason": "DisruptionBudget",
                "message": "The disruption budget sample is still being processed by the server.",
            }
        ],
        "retryAfterSeconds": 10,
    }
    world.clock.run_until(1)
    assert evict(world, first_pod(world)) == SUCCESS


def test_two_budgets_are_a_500_without_a_reason() -> None:
    other = budget(minAvailable=1)
    other["metadata"]["name"] = "second"
    world = reference_world(1, deployment(), budget(minAvailable=1), other)
    assert refusal(world, first_pod(world)) == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "This pod has more than one PodDisruptionBudget, which the eviction "
        "subresource does not support.",
        "code": 500,
    }


def test_a_wrong_uid_is_a_conflict_that_names_the_kind() -> None:
    world = reference_world()
    pod = first_pod(world)
    name, uid = pod["metadata"]["name"], pod["metadata"]["uid"]
    with pytest.raises(ConflictError) as caught:
        evict(world, pod, uid="00000000-0000-0000-0000-000000000000")
    body = body_of(caught.value)
    assert body["details"] == {"name": name, "kind": "Pod"}
    assert body["message"] == (
        f'Operation cannot be fulfilled on Pod "{name}": the UID in the precondition '
        "(00000000-0000-0000-0000-000000000000) does not match the UID in record "
        f"({uid}). The object might have been deleted and then recreated"
    )


def test_a_pod_that_is_gone_is_a_404() -> None:
    with pytest.raises(NotFoundError) as caught:
        reference_world().evict("default", "nope", by="u")
    assert body_of(caught.value)["message"] == 'pods "nope" not found'


def test_a_dry_run_judges_and_changes_nothing() -> None:
    world = reference_world(1, deployment(), budget(minAvailable=2))
    version = world.store.rv
    assert evict(world, first_pod(world), dry_run=True) == SUCCESS
    assert world.store.rv == version


@pytest.mark.parametrize(
    ("policy", "granted"),
    [pytest.param(None, False, id="default"), pytest.param("AlwaysAllow", True, id="always")],
)
def test_unready_pods_follow_the_budgets_policy(policy: str | None, granted: bool) -> None:
    spec = {"unhealthyPodEvictionPolicy": policy} if policy else {}
    world = reference_world(1, deployment(image="single:2019"), budget(minAvailable=1, **spec))
    pod = first_pod(world)
    # A pod that runs but is not ready, as a failing probe leaves it.
    conditions = [{**c, "status": "False"} for c in pod["status"]["conditions"]]
    for each in list(world.store.all(PODS)):
        unready = {**each, "status": {**each["status"], "conditions": conditions}}
        world.store.update(PODS, unready, by="test")
    world.clock.run_until(1)
    if granted:
        assert evict(world, pod) == SUCCESS
    else:
        cause = refusal(world, pod)["details"]["causes"][0]["message"]
        assert cause == "The disruption budget sample needs 1 healthy pods and has 0 currently"


def test_a_drained_pod_is_replaced_and_gone_after_its_stop_time() -> None:
    world = reference_world(1, deployment(), budget(maxUnavailable=1))
    pod = first_pod(world)
    world.cordon(pod["spec"]["nodeName"], by="run-1")
    world.clock.run_until(1)
    evict(world, pod, uid=pod["metadata"]["uid"])
    world.clock.run_until(60)
    [deleted] = trace_of(world, "pod-deleted")
    assert (deleted["uid"], deleted["by"]) == (pod["metadata"]["uid"], "run-1")
    assert deleted["t_s"] == 6.0  # five seconds to stop, of a grace of thirty
    assert not world.pods_on(pod["spec"]["nodeName"])
    assert status_of(world)["disruptionsAllowed"] == 1


def test_evicting_all_at_once_never_breaks_the_budget() -> None:
    world = reference_world(1, deployment(replicas=6), budget(maxUnavailable="34%"))
    outcomes = []
    for pod in list(world.store.all(PODS)):
        try:
            outcomes.append(evict(world, pod)["code"])
        except ThrottledError as error:
            outcomes.append(error.status)
    assert sorted(outcomes) == [201, 201, 201, 429, 429, 429]  # 34% of 6 rounds up to 3


def test_the_port_tells_the_outcomes_apart() -> None:
    world = reference_world(1, deployment(), budget(minAvailable=3))
    port = SimKube(world, "poolshift/0.1.0 run/run-7")

    async def ask() -> list[EvictionOutcome]:
        pods = (await port.list(POD_RESOURCE)).items
        name, uid = pods[0].metadata.name, pods[0].metadata.uid
        results = [
            await port.evict("default", name, uid=uid),
            await port.evict("default", name, uid="other"),
            await port.evict("default", "nope", uid=uid),
        ]
        world.apply(budget(minAvailable=1), by="u")
        results.append(await port.evict("default", name, uid=uid))
        world.clock.run_until(1)
        results.append(await port.evict("default", name, uid=uid))
        assert "needs 3 healthy" in results[0].message
        return [r.outcome for r in results]

    assert asyncio.run(ask()) == [
        EvictionOutcome.BLOCKED,
        EvictionOutcome.GONE,
        EvictionOutcome.GONE,
        EvictionOutcome.UNOBSERVED,
        EvictionOutcome.EVICTED,
    ]
    assert trace_of(world, "pod-evicted")[0]["by"] == "run-7"
