"""The move by drain, disturbed in the ways that clusters disturb it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.checkers import broken, moves_per_pod
from tests.engine.stops import acted, begun, done, end, resume, turn, until
from tests.rig import RUN, Rig, deployment, run_async

from poolshift.core.journal import Mode, RunStatus
from poolshift.core.kube import DEPLOYMENTS, PODS

IMAGE = "myacr.azurecr.io/catalog:7"
CATALOG = "default/Deployment/catalog"
GREEN = {"wspool": "poolws"}


def stateful(name: str, replicas: int) -> dict[str, Any]:
    made = deployment(name, IMAGE, replicas=replicas)
    return {**made, "kind": "StatefulSet", "spec": {**made["spec"], "serviceName": name}}


def lowest_ready(rig: Rig, workload: str, since: int) -> int:
    """The lowest count of ready pods of a workload from an event on."""
    ready: set[str] = set()
    mine: set[str] = set()
    lowest = 99
    for number, e in enumerate(rig.events):
        if e["kind"] == "pod-created" and e["workload"] == workload:
            mine.add(e["uid"])
        elif e["kind"] == "pod-ready" and e["uid"] in mine:
            ready.add(e["uid"])
        elif e["kind"] in ("pod-unready", "pod-deleted", "pod-finished"):
            ready.discard(e.get("uid", ""))
        if number >= since:
            lowest = min(lowest, len(ready))
    return lowest


def own_marks(rig: Rig, name: str) -> list[str]:
    live = rig.object(DEPLOYMENTS, name, "default")
    found = live["metadata"].get("annotations", {})
    return [k for k in found if k.startswith("poolshift.io/")]


def marked_pods(rig: Rig) -> list[str]:
    return [
        p.metadata.name
        for p in run_async(rig.kube.list(PODS)).items
        if any("poolshift" in k or "deletion-cost" in k for k in p.metadata.annotations)
    ]


@pytest.mark.parametrize("replicas", [1, 2, 3])
def test_a_deployment_that_may_miss_no_pod_never_misses_one(replicas: int) -> None:
    rig = Rig(objects=(deployment("catalog", IMAGE, replicas=replicas),))
    plan = rig.plan(greens=GREEN)
    since = len(rig.events)
    assert rig.apply(plan).status is RunStatus.COMPLETED
    assert lowest_ready(rig, CATALOG, since) >= replicas
    assert moves_per_pod(rig.events[since:], CATALOG)[0] == replicas
    assert rig.object(DEPLOYMENTS, "catalog", "default")["spec"]["replicas"] == replicas
    assert own_marks(rig, "catalog") == []
    assert marked_pods(rig) == []


def test_what_is_drained_finds_a_green_whose_strict_guard_is_off() -> None:
    rig = Rig(objects=(deployment("catalog", IMAGE),))
    plan = rig.plan(greens=GREEN, guard="strict")
    since = len(rig.events)
    rig.begin(plan, gates=("delete-blue",))
    assert end(rig, plan).status is RunStatus.COMPLETED
    assert moves_per_pod(rig.events[since:], CATALOG)[0] == 3
    assert broken(rig.events, RUN, {"default/Deployment/sample": "10.0.20348"}) == []


def test_a_stateful_set_moves_one_pod_at_a_time() -> None:
    rig = Rig(objects=(stateful("db", 3),))
    plan = rig.plan(greens=GREEN)
    since = len(rig.events)
    assert rig.apply(plan).status is RunStatus.COMPLETED
    assert lowest_ready(rig, "default/StatefulSet/db", since) == 2
    assert broken(rig.events, RUN) == []


def test_a_workload_without_replicas_is_nothing_to_wait_for() -> None:
    rig = Rig(objects=(deployment("catalog", IMAGE, replicas=0),))
    assert rig.apply(rig.plan(greens=GREEN)).status is RunStatus.COMPLETED


def test_a_workload_deleted_in_the_middle_is_not_waited_for() -> None:
    rig = Rig(objects=(deployment("catalog", IMAGE),))
    plan = rig.plan(greens=GREEN)
    rig.begin(plan, gates=("delete-blue",))
    until(rig, plan, begun("drain-"))
    run_async(rig.kube.delete(DEPLOYMENTS, "catalog", "default"))
    assert end(rig, plan).status is RunStatus.COMPLETED


def test_a_node_that_disappears_is_not_waited_for() -> None:
    rig = Rig(objects=(deployment("catalog", IMAGE),))
    plan = rig.plan(greens=GREEN)
    rig.begin(plan)
    until(rig, plan, begun("drain-"))
    rig.world.kube.remove_node(rig.nodes("wspool")[1], by="user:azure")
    [wait] = end(rig, plan).waiting_on
    assert wait.what == "gate delete-wspool"


def test_a_foreign_cordon_stays_when_the_run_is_taken_back() -> None:
    rig = Rig(objects=(deployment("catalog", IMAGE),))
    run_async(rig.kube.delete(DEPLOYMENTS, "sample", "default"))
    rig.pass_time(60)
    foreign = rig.nodes("wspool")[0]
    rig.world.kube.cordon(foreign, by="user:somebody")
    plan = rig.plan(greens=GREEN)
    rig.begin(plan)
    until(rig, plan, done("drain-"))
    turn(rig, Mode.ROLLBACK)
    assert end(rig, plan).status is RunStatus.ROLLED_BACK
    cordoned = [n.name for n in rig.snapshot().nodes if n.cordoned]
    assert cordoned == [foreign]
    assert broken(rig.events, RUN) == []


def test_a_rollback_for_which_blue_has_no_room_says_so() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    rig.begin(plan)
    until(rig, plan, done("drain-"))
    turn(rig, Mode.ROLLBACK)
    for name in rig.nodes("wspool")[1:]:
        rig.world.kube.remove_node(name, by="user:azure")
    state = until(rig, plan, lambda s: any("cannot be scheduled" in w.why for w in s.waiting_on))
    [wait] = state.waiting_on
    assert wait.what == "default/Deployment/sample"
    assert wait.unblock


def test_a_workload_that_nobody_planned_stops_the_drain_before_a_node_is_closed() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    rig.begin(plan, gates=("delete-blue",))
    until(rig, plan, done("retarget-"))
    # Its image runs on the old build alone, and only on blue can it be scheduled.
    pinned = {"kubernetes.io/os": "windows", "kubernetes.azure.com/agentpool": "wspool"}
    rig.world.kube.apply(
        deployment("cart", "myacr.azurecr.io/cart:42", selector=pinned), by="user:kubectl"
    )
    rig.pass_time(300)
    state = end(rig, plan)
    assert state.status is RunStatus.FAILED
    [wait] = state.waiting_on
    assert "default/Deployment/cart" in wait.why
    assert f"poolshift runs resume {RUN}" in wait.unblock
    assert not any(n.cordoned for n in rig.snapshot().nodes)
    run_async(rig.kube.delete(DEPLOYMENTS, "cart", "default"))
    rig.pass_time(60)
    resume(rig)
    assert end(rig, plan).status is RunStatus.COMPLETED


@pytest.mark.parametrize("verb", ["scale", "choose-pod"])
@pytest.mark.parametrize("mode", [Mode.ROLLBACK, Mode.ABORT])
def test_a_run_stopped_in_the_middle_of_a_swap_leaves_no_mark(verb: str, mode: Mode) -> None:
    rig = Rig(objects=(deployment("catalog", IMAGE, replicas=3),))
    plan = rig.plan(greens=GREEN)
    rig.begin(plan)
    until(rig, plan, acted(verb))
    turn(rig, mode)
    state = end(rig, plan)
    assert state.status is (RunStatus.ROLLED_BACK if mode is Mode.ROLLBACK else RunStatus.ABORTED)
    rig.pass_time(600)
    assert own_marks(rig, "catalog") == []
    assert marked_pods(rig) == []
    assert rig.object(DEPLOYMENTS, "catalog", "default")["spec"]["replicas"] == 3
    assert broken(rig.events, RUN) == []


@pytest.mark.parametrize("replicas", [2, 5])
def test_what_somebody_else_scales_in_the_middle_of_a_swap_stays_scaled(replicas: int) -> None:
    rig = Rig(objects=(deployment("catalog", IMAGE, replicas=3),))
    plan = rig.plan(greens=GREEN)
    rig.begin(plan, gates=("delete-blue",))
    until(rig, plan, acted("scale"))
    live = rig.object(DEPLOYMENTS, "catalog", "default")
    rig.world.kube.apply(
        {**live, "spec": {**live["spec"], "replicas": replicas}}, by="user:kubectl"
    )
    assert end(rig, plan).status is RunStatus.COMPLETED
    assert rig.object(DEPLOYMENTS, "catalog", "default")["spec"]["replicas"] == replicas
    assert own_marks(rig, "catalog") == []


def test_a_refused_eviction_is_named_with_the_budget_that_refuses_it() -> None:
    rig = Rig(objects=(stateful("db", 3),))
    plan = rig.plan(greens=GREEN)
    rig.begin(plan)
    until(rig, plan, done("retarget-"))
    rig.world.kube.apply(
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "db", "namespace": "default"},
            "spec": {"selector": {"matchLabels": {"app": "db"}}, "minAvailable": 3},
        },
        by="user:kubectl",
    )
    rig.pass_time(60)
    until(rig, plan, acted("evict"))
    state = until(rig, plan, lambda s: any("evict" in w.why for w in s.waiting_on))
    assert "budget" in state.waiting_on[0].why.lower()
    assert state.waiting_on[0].unblock
    assert broken(rig.events, RUN) == []
