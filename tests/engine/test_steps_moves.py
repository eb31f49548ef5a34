"""Moves by the template: canary, retarget, wait for the owner, and their way back."""

from __future__ import annotations

from typing import Any

import pytest
from tests.checkers import broken
from tests.engine.stops import begun, done, end, turn, until, waits
from tests.rig import RUN, Rig, budget, deployment, replaced, run_async

from poolshift.core.journal import Mode, RunStatus
from poolshift.core.kube import DEPLOYMENTS
from poolshift.core.plan import Move
from poolshift.core.ports import PatchKind
from poolshift.sim.scenario import Scenario, load_scenario

GREEN = {"wspool": "poolws"}
OLD, NEW = "myacr.azurecr.io/cart:42", "myacr.azurecr.io/cart:42-ltsc2022"
CART = "default/Deployment/cart"


def bare() -> Scenario:
    """The reference cluster without its sample."""
    scenario = load_scenario("reference")
    kept = tuple(m for m in scenario.manifests if "sample" not in m.file)
    return replaced(scenario, manifests=kept)


def patch(rig: Rig, name: str, body: dict[str, Any]) -> None:
    run_async(rig.kube.patch(DEPLOYMENTS, name, body, "default", kind=PatchKind.STRATEGIC))


def spec(rig: Rig, name: str) -> dict[str, Any]:
    found: dict[str, Any] = rig.object(DEPLOYMENTS, name, "default")["spec"]
    return found


def owned(**labels: str) -> dict[str, Any]:
    made = deployment("cart", OLD)
    return {**made, "metadata": {**made["metadata"], "labels": labels}}


def owner_moves(rig: Rig) -> None:
    patch(
        rig,
        "cart",
        {
            "spec": {
                "template": {
                    "spec": {
                        "nodeSelector": {"kubernetes.azure.com/os-sku": "Windows2022"},
                        "containers": [{"name": "cart", "image": NEW}],
                    }
                }
            }
        },
    )


def owner_goes_back(rig: Rig) -> None:
    patch(
        rig,
        "cart",
        {
            "spec": {
                "template": {
                    "spec": {
                        "nodeSelector": {"kubernetes.azure.com/os-sku": None},
                        "containers": [{"name": "cart", "image": OLD}],
                    }
                }
            }
        },
    )


def test_what_git_owns_is_waited_for_and_never_patched() -> None:
    rig = Rig(objects=(owned(**{"app.kubernetes.io/managed-by": "Helm"}),))
    plan = rig.plan(greens=GREEN, images={OLD: NEW})
    assert next(w for w in plan.workloads if w.target == CART).move is Move.WAIT_FOR_OWNER
    rig.begin(plan, gates=("delete-blue",))
    [wait] = until(rig, plan, waits("must change the template")).waiting_on
    assert f"image {OLD} to {NEW}" in wait.unblock
    assert "nodeSelector kubernetes.azure.com/os-sku: Windows2022" in wait.unblock
    assert spec(rig, "cart")["template"]["spec"]["containers"][0]["image"] == OLD
    owner_moves(rig)
    assert end(rig, plan).status is RunStatus.COMPLETED
    assert broken(rig.events, RUN, {CART: "10.0.20348"}) == []


def test_under_a_strict_guard_the_owner_is_told_of_the_toleration() -> None:
    rig = Rig(objects=(owned(**{"app.kubernetes.io/managed-by": "Helm"}),))
    plan = rig.plan(greens=GREEN, images={OLD: NEW}, guard="strict")
    rig.begin(plan)
    [wait] = until(rig, plan, waits("must change the template")).waiting_on
    assert "toleration" in wait.unblock


def test_a_rollback_waits_until_the_owner_has_taken_its_template_back() -> None:
    rig = Rig(objects=(owned(**{"app.kubernetes.io/managed-by": "Helm"}),))
    plan = rig.plan(greens=GREEN, images={OLD: NEW})
    rig.begin(plan)
    until(rig, plan, waits("must change the template"))
    owner_moves(rig)
    until(rig, plan, done("drain-"))
    turn(rig, Mode.ROLLBACK)
    [wait] = until(rig, plan, waits("must take the template back")).waiting_on
    assert "revert" in wait.unblock
    owner_goes_back(rig)
    assert end(rig, plan).status is RunStatus.ROLLED_BACK
    assert broken(rig.events, RUN) == []


def test_a_rollback_before_the_owner_changed_anything_does_not_wait() -> None:
    rig = Rig(objects=(owned(**{"app.kubernetes.io/managed-by": "Helm"}),))
    plan = rig.plan(greens=GREEN, images={OLD: NEW})
    rig.begin(plan)
    until(rig, plan, waits("must change the template"))
    turn(rig, Mode.ROLLBACK)
    assert end(rig, plan).status is RunStatus.ROLLED_BACK


def test_a_canary_that_somebody_scales_to_nothing_is_not_waited_for() -> None:
    rig = Rig(bare(), objects=(deployment("cart", OLD),))
    plan = rig.plan(greens=GREEN, images={OLD: NEW})
    rig.begin(plan, gates=("delete-blue",))
    until(rig, plan, begun("canary-"))
    patch(rig, "cart", {"spec": {"replicas": 0}})
    assert end(rig, plan).status is RunStatus.COMPLETED
    assert not spec(rig, "cart").get("minReadySeconds")


@pytest.mark.parametrize("step", ["canary-", "retarget-"])
def test_a_rollout_that_somebody_pauses_is_named(step: str) -> None:
    rig = Rig(bare(), objects=(deployment("cart", OLD),))
    plan = rig.plan(greens=GREEN, images={OLD: NEW})
    rig.begin(plan, gates=("delete-blue",))
    until(rig, plan, begun(step))
    patch(rig, "cart", {"spec": {"paused": True}})
    [wait] = until(rig, plan, waits("paused")).waiting_on
    assert "kubectl rollout resume -n default deployment/cart" in wait.unblock
    patch(rig, "cart", {"spec": {"paused": None}})
    assert end(rig, plan).status is RunStatus.COMPLETED


@pytest.mark.parametrize("step", ["canary-", "retarget-", "drain-"])
def test_a_container_that_somebody_adds_stays_when_the_run_is_taken_back(step: str) -> None:
    rig = Rig(bare(), objects=(deployment("cart", OLD),))
    plan = rig.plan(greens=GREEN, images={OLD: NEW})
    rig.begin(plan)
    until(rig, plan, done(step))
    sidecar = {"name": "sidecar", "image": "myacr.azurecr.io/catalog:7"}
    patch(rig, "cart", {"spec": {"template": {"spec": {"containers": [sidecar]}}}})
    turn(rig, Mode.ROLLBACK)
    assert end(rig, plan).status is RunStatus.ROLLED_BACK
    images = {c["name"]: c["image"] for c in spec(rig, "cart")["template"]["spec"]["containers"]}
    assert images == {"cart": OLD, "sidecar": "myacr.azurecr.io/catalog:7"}


@pytest.mark.parametrize("step", ["canary-", "retarget-"])
def test_a_workload_deleted_in_the_middle_is_not_waited_for(step: str) -> None:
    rig = Rig(bare(), objects=(deployment("cart", OLD),))
    plan = rig.plan(greens=GREEN, images={OLD: NEW})
    rig.begin(plan, gates=("delete-blue",))
    until(rig, plan, begun(step))
    run_async(rig.kube.delete(DEPLOYMENTS, "cart", "default"))
    assert end(rig, plan).status is RunStatus.COMPLETED


def test_a_budget_that_the_rollout_would_break_holds_it_and_is_named() -> None:
    strategy = {"type": "Recreate"}
    rig = Rig(bare(), objects=(deployment("cart", OLD, strategy=strategy),))
    plan = rig.plan(greens=GREEN, images={OLD: NEW})
    rig.world.kube.apply(budget("cart", "cart", minAvailable=1), by="user:kubectl")
    rig.pass_time(60)
    rig.begin(plan)
    [wait] = until(rig, plan, waits("the budget cart")).waiting_on
    assert wait.unblock
    assert broken(rig.events, RUN) == []


def test_abort_in_the_middle_of_a_canary_lets_its_rollout_go() -> None:
    rig = Rig(bare(), objects=(deployment("cart", OLD),))
    before = spec(rig, "cart")
    plan = rig.plan(greens=GREEN, images={OLD: NEW})
    rig.begin(plan)
    until(rig, plan, done("canary-"))
    turn(rig, Mode.ABORT)
    assert end(rig, plan).status is RunStatus.ABORTED
    live = rig.object(DEPLOYMENTS, "cart", "default")
    after = live["spec"]
    assert after.get("minReadySeconds") == before.get("minReadySeconds")
    assert after.get("progressDeadlineSeconds") == before.get("progressDeadlineSeconds")
    assert not [k for k in live["metadata"]["annotations"] if k.startswith("poolshift")]


def test_a_plan_of_drains_alone_is_taken_back() -> None:
    rig = Rig("reference-2025")
    plan = rig.plan("Windows2025")
    assert next(s for s in plan.steps if s.id == "canary-ws22").nothing_to_do
    rig.begin(plan)
    until(rig, plan, done("drain-"))
    turn(rig, Mode.ROLLBACK)
    assert end(rig, plan).status is RunStatus.ROLLED_BACK
    assert {p.name for p in rig.snapshot().pools} >= {"ws22"}
    assert not any(n.cordoned for n in rig.snapshot().nodes)
    assert broken(rig.events, RUN) == []
