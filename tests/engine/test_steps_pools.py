"""Pools: created once, deleted with care, two in one plan, and what the service may answer."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.checkers import broken
from tests.engine.stops import acted, begun, done, end, resume, turn, until, waits
from tests.rig import RUN, Rig, deployment, replaced, run_async

from poolshift.core.journal import Mode, RunStatus, StepStatus
from poolshift.core.kube import DAEMON_SETS, NODES, PODS
from poolshift.core.marks import RUN_LABEL
from poolshift.sim.scenario import Scenario, load_scenario
from poolshift.sim.scenarioparts import QuotaSpec

GREEN = {"wspool": "poolws"}
CART = {"myacr.azurecr.io/cart:42": "myacr.azurecr.io/cart:42-ltsc2022"}
DAY = 86_400


def two_pools() -> Scenario:
    scenario = load_scenario("reference")
    windows = next(p for p in scenario.pools if p.os_type == "Windows")
    second = msgspec.structs.replace(windows, name="wtwo", labels={"tier": "b"})
    return replaced(scenario, pools=(*scenario.pools, second))


def changed_pool(**properties: Any) -> Scenario:
    scenario = load_scenario("reference")
    pools = tuple(
        msgspec.structs.replace(p, properties={**p.properties, **properties})
        if p.name == "wspool"
        else p
        for p in scenario.pools
    )
    return replaced(scenario, pools=pools)


def cart() -> dict[str, Any]:
    selector = {"kubernetes.io/os": "windows", "tier": "b"}
    return deployment("cart", "myacr.azurecr.io/cart:42", selector=selector)


def test_two_pools_of_one_plan_move_together() -> None:
    rig = Rig(two_pools(), objects=(cart(),))
    plan = rig.plan(images=CART)
    rig.begin(plan, gates=("delete-blue",))
    assert end(rig, plan).status is RunStatus.COMPLETED
    assert rig.nodes("wspool") == rig.nodes("wtwo") == ()
    unfit = {"default/Deployment/sample": "10.0.20348", "default/Deployment/cart": "10.0.20348"}
    assert broken(rig.events, RUN, unfit) == []


def test_two_pools_of_one_plan_go_back_together() -> None:
    rig = Rig(two_pools(), objects=(cart(),))
    plan = rig.plan(images=CART)
    rig.begin(plan)
    until(rig, plan, done("soak-"))
    turn(rig, Mode.ROLLBACK)
    assert end(rig, plan).status is RunStatus.ROLLED_BACK
    assert {p.name for p in rig.snapshot().pools} == {"agentpool", "wspool", "wtwo"}
    assert broken(rig.events, RUN) == []


def test_a_quota_that_green_does_not_fit_in_fails_with_the_service_s_words() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    rig.world.azure.scenario = replaced(rig.world.azure.scenario, quota=(QuotaSpec(limit=8),))
    rig.begin(plan)
    state = end(rig, plan)
    assert state.status is RunStatus.FAILED
    [wait] = state.waiting_on
    assert "uota" in wait.why
    assert f"poolshift runs resume {RUN}" in wait.unblock
    assert f"poolshift runs rollback {RUN}" in wait.unblock
    rig.world.azure.scenario = replaced(rig.world.azure.scenario, quota=(QuotaSpec(limit=350),))
    resume(rig)
    until(rig, plan, done("create-"))
    assert len(rig.nodes("poolws")) == 3


def test_a_green_pool_that_fails_stops_the_run_and_can_be_taken_back() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    rig.begin(plan)
    until(rig, plan, done("create-"))
    until(rig, plan, begun("ready-"))
    state = rig.journal.load(RUN)[1]
    create = msgspec.structs.replace(state.steps["create-poolws"], state=StepStatus.RUNNING)
    steps = {**state.steps, "create-poolws": create}
    version = rig.journal.version(RUN)
    assert rig.journal.cas(RUN, version, msgspec.structs.replace(state, steps=steps), ())
    rig.world.arm.pools["poolws"].properties["provisioningState"] = "Failed"
    state = end(rig, plan)
    assert state.status is RunStatus.FAILED
    assert "poolws is Failed" in state.waiting_on[0].why
    turn(rig, Mode.ROLLBACK)
    assert end(rig, plan).status is RunStatus.ROLLED_BACK
    assert rig.nodes("poolws") == ()


def test_another_operation_on_the_cluster_is_named_while_it_is_waited_for() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    rig.begin(plan)
    until(rig, plan, done("preflight"))
    other = {**plan.pools[0].body}
    run_async(rig.arm.put_pool(rig.cluster_id, "other", other))
    raw = run_async(rig.arm.pool(rig.cluster_id, "other")).raw
    assert raw["properties"]["provisioningState"] == "Creating"
    assert end(rig, plan).waiting_on[0].what == "gate delete-wspool"


def test_blue_may_be_kept_for_longer_than_any_deadline() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN, keep_blue_s=10 * DAY)
    rig.begin(plan, gates=("delete-blue",))
    until(rig, plan, begun("delete-wspool"))
    first = until(rig, plan, waits("--keep-blue")).waiting_on
    rig.pass_time(9.5 * DAY)
    run_async(rig.ticker(plan).tick(RUN))
    state = rig.journal.load(RUN)[1]
    assert (state.status, state.waiting_on) == (RunStatus.RUNNING, first)
    assert len(rig.nodes("wspool")) == 3
    assert end(rig, plan).status is RunStatus.COMPLETED


def test_a_rollback_that_comes_too_late_says_so_and_the_run_goes_on_to_its_end() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    rig.begin(plan, gates=("delete-blue",))
    until(rig, plan, done("delete-wspool"))
    turn(rig, Mode.ROLLBACK)
    state = end(rig, plan)
    assert state.status is RunStatus.FAILED
    assert "no way back" in state.waiting_on[0].why
    assert f"poolshift runs resume {RUN}" in state.waiting_on[0].unblock
    resume(rig)
    assert end(rig, plan).status is RunStatus.COMPLETED


def test_a_pool_that_its_owner_made_is_opened_again_when_the_run_is_taken_back() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN, owner="terraform")
    rig.begin(plan)
    state = until(rig, plan, lambda s: any("terraform" in w.why for w in s.waiting_on))
    assert state.waiting_on[0].unblock
    run_async(rig.arm.put_pool(rig.cluster_id, "poolws", plan.pools[0].body))
    until(rig, plan, done("drain-"))
    turn(rig, Mode.ROLLBACK)
    assert end(rig, plan).status is RunStatus.ROLLED_BACK
    nodes = run_async(rig.kube.list(NODES)).items
    assert len(rig.nodes("poolws")) == 3
    assert not [n.metadata.name for n in nodes if n.spec.unschedulable]
    assert not [k for n in nodes for k in n.metadata.annotations if k.startswith("poolshift")]


def test_an_owner_deletes_its_pool_itself() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN, owner="bicep")
    run_async(rig.arm.put_pool(rig.cluster_id, "poolws", plan.pools[0].body))
    rig.pass_time(3600)
    rig.begin(plan, gates=("delete-blue",))
    state = until(rig, plan, lambda s: any("must delete it" in w.why for w in s.waiting_on))
    assert "bicep" in state.waiting_on[0].unblock
    run_async(rig.arm.delete_pool(rig.cluster_id, "wspool"))
    assert end(rig, plan).status is RunStatus.COMPLETED


def test_a_pool_of_that_name_that_somebody_else_made_is_left_alone() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    run_async(rig.arm.put_pool(rig.cluster_id, "poolws", plan.pools[0].body))
    rig.pass_time(3600)
    rig.begin(plan)
    state = end(rig, plan)
    assert state.status is RunStatus.FAILED
    assert "did not create" in state.waiting_on[0].why
    turn(rig, Mode.ROLLBACK)
    assert end(rig, plan).status is RunStatus.ROLLED_BACK
    assert len(rig.nodes("poolws")) == 3


def test_green_is_as_large_as_blue_has_become() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    raw = run_async(rig.arm.pool(rig.cluster_id, "wspool")).raw
    larger = {**raw, "properties": {**raw["properties"], "count": 4}}
    run_async(rig.arm.put_pool(rig.cluster_id, "wspool", larger))
    rig.pass_time(3600)
    rig.begin(plan, gates=("delete-blue",))
    assert end(rig, plan).status is RunStatus.COMPLETED
    assert len(rig.nodes("poolws")) == 4


def test_a_pool_without_nodes_moves() -> None:
    scenario = load_scenario("reference")
    pools = tuple(
        msgspec.structs.replace(p, count=0) if p.name == "wspool" else p for p in scenario.pools
    )
    rig = Rig(replaced(scenario, pools=pools, manifests=()))
    plan = rig.plan(greens=GREEN)
    rig.begin(plan, gates=("delete-blue",))
    assert end(rig, plan).status is RunStatus.COMPLETED
    assert [p.name for p in rig.snapshot().pools] == ["agentpool", "poolws"]


def test_green_gets_blue_s_autoscaler_at_the_end_and_no_hold_is_left() -> None:
    rig = Rig(changed_pool(enableAutoScaling=True, minCount=2, maxCount=6))
    plan = rig.plan(greens=GREEN)
    assert plan.pools[0].autoscaler == {"min": 2, "max": 6}
    rig.begin(plan, gates=("delete-blue",))
    until(rig, plan, done("hold"))
    held = [n for n in run_async(rig.kube.list(NODES)).items if "wspool" in n.metadata.name]
    key = "cluster-autoscaler.kubernetes.io/scale-down-disabled"
    assert all(n.metadata.annotations.get(key) == "true" for n in held)
    assert end(rig, plan).status is RunStatus.COMPLETED
    green = rig.snapshot().pool("poolws")
    assert green is not None
    assert (green.autoscaling, green.min_count, green.max_count) == (True, 2, 6)
    nodes = run_async(rig.kube.list(NODES)).items
    assert not [k for n in nodes for k in n.metadata.annotations if k == key or "poolshift" in k]


def test_another_run_s_helper_objects_stay() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    body = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "theirs", "namespace": "default", "labels": {RUN_LABEL: "run-other"}},
        "spec": {
            "selector": {"matchLabels": {"app": "theirs"}},
            "template": {
                "metadata": {"labels": {"app": "theirs"}},
                "spec": {
                    "nodeSelector": {"nowhere": "true"},
                    "containers": [{"name": "a", "image": "myacr.azurecr.io/catalog:7"}],
                },
            },
        },
    }
    run_async(rig.kube.create(DAEMON_SETS, body, "default"))
    rig.begin(plan, gates=("delete-blue",))
    assert end(rig, plan).status is RunStatus.COMPLETED
    names = [d.metadata.name for d in run_async(rig.kube.list(DAEMON_SETS)).items]
    assert "theirs" in names


@pytest.mark.parametrize("on_failure", ["stop", "rollback"])
def test_a_failure_is_met_as_the_user_asked(on_failure: str) -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    rig.world.azure.scenario = replaced(rig.world.azure.scenario, quota=(QuotaSpec(limit=8),))
    rig.begin(plan, on_failure=on_failure)
    wanted = RunStatus.FAILED if on_failure == "stop" else RunStatus.ROLLED_BACK
    assert end(rig, plan).status is wanted
    assert not [p for p in run_async(rig.kube.list(PODS)).items if "prepull" in p.metadata.name]


def test_a_deletion_that_failed_is_not_asked_for_again_by_itself() -> None:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    rig.begin(plan, gates=("delete-blue",))
    until(rig, plan, acted("delete-pool"))
    # Between the asking and the next look, 15 s later, the service gives up.
    rig.world.arm.pools["wspool"].properties["provisioningState"] = "Failed"
    state = end(rig, plan)
    assert state.status is RunStatus.FAILED
    assert "wspool is Failed" in state.failure
    asked = [e for e in rig.journal.events(RUN) if e.action == "delete-pool"]
    assert len(asked) == 1
