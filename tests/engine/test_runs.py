"""Whole runs in process on the virtual clock, judged by the simulator's trace."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from tests.checkers import after_start, broken, done_by, moves_per_pod
from tests.rig import RUN, Rig, budget, deployment, reference_app, run_async

from poolshift.core.clock import format_time
from poolshift.core.errors import UsageError
from poolshift.core.journal import Approval, Mode, RunState, RunStatus
from poolshift.core.kube import DEPLOYMENTS, NODES, PODS
from poolshift.core.plan import Move, Plan
from poolshift.engine import control
from poolshift.semantics.owners import LAST_APPLIED

SAMPLE = "default/Deployment/sample"
OLD = "mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019"
NEW = "mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022"
UNFIT = {SAMPLE: "10.0.20348"}


def moved(rig: Rig) -> None:
    """The end that every complete run of the reference cluster has."""
    assert rig.nodes("wspool") == ()
    assert len(rig.nodes("poolws")) == 3
    assert broken(rig.events, RUN, UNFIT) == []
    assert moves_per_pod(rig.events, SAMPLE) == (3, 3)
    assert set(done_by(rig.events, RUN).values()) == {1}
    left = [
        p.metadata.name
        for p in run_async(rig.kube.list(PODS)).items
        if "prepull" in p.metadata.name
    ]
    assert left == []


def template(rig: Rig, name: str = "sample") -> dict[str, Any]:
    found: dict[str, Any] = rig.object(DEPLOYMENTS, name, "default")["spec"]["template"]["spec"]
    return found


def test_the_reference_pool_moves_and_every_pod_moves_once() -> None:
    rig = Rig()
    state = rig.apply(rig.plan(greens={"wspool": "poolws"}, manifests=reference_app()))
    assert state.status is RunStatus.COMPLETED
    moved(rig)
    pod = template(rig)
    assert pod["nodeSelector"] == {
        "kubernetes.io/os": "windows",
        "kubernetes.azure.com/os-sku": "Windows2022",
    }
    assert [c["image"] for c in pod["containers"]] == [NEW]
    assert "tolerations" not in pod


def test_a_retarget_changes_selector_and_image_and_nothing_else() -> None:
    rig = Rig()
    before = template(rig)
    rig.apply(rig.plan(greens={"wspool": "poolws"}))
    after = template(rig)
    after["nodeSelector"] = before["nodeSelector"]
    after["containers"][0]["image"] = before["containers"][0]["image"]
    assert after == before


def test_a_live_patch_takes_the_last_applied_annotation_along() -> None:
    rig = Rig()
    rig.apply(rig.plan(greens={"wspool": "poolws"}))
    live = rig.object(DEPLOYMENTS, "sample", "default")
    applied = json.loads(live["metadata"]["annotations"][LAST_APPLIED])
    spec = applied["spec"]["template"]["spec"]
    assert spec["containers"][0]["image"] == NEW
    assert spec["nodeSelector"]["kubernetes.azure.com/os-sku"] == "Windows2022"


def test_no_mark_of_the_run_is_left_on_a_workload() -> None:
    rig = Rig()
    rig.apply(rig.plan(greens={"wspool": "poolws"}))
    live = rig.object(DEPLOYMENTS, "sample", "default")
    assert not [k for k in live["metadata"]["annotations"] if k.startswith("poolshift.io/")]


def test_a_strict_guard_adds_a_toleration_and_goes_at_the_end() -> None:
    rig = Rig()
    plan = rig.plan(greens={"wspool": "poolws"}, guard="strict", manifests=reference_app())
    assert rig.apply(plan).status is RunStatus.COMPLETED
    moved(rig)
    assert template(rig)["tolerations"] == [
        {
            "key": "poolshift.io/guard",
            "operator": "Equal",
            "value": "green",
            "effect": "NoSchedule",
        }
    ]
    for name in rig.nodes("poolws"):
        assert "taints" not in rig.object(NODES, name)["spec"]


def test_an_image_that_fits_both_builds_moves_by_drain_without_a_template_change() -> None:
    rig = Rig(objects=(deployment("catalog", "myacr.azurecr.io/catalog:7"),))
    plan = rig.plan(greens={"wspool": "poolws"})
    catalog = next(w for w in plan.workloads if w.target.endswith("/catalog"))
    assert (catalog.move, catalog.from_, catalog.images) == (Move.DRAIN, "none", ())
    start = len(rig.events)
    assert rig.apply(plan).status is RunStatus.COMPLETED
    ours = rig.events[start:]
    assert not [e for e in ours if e["kind"] == "template-changed" and "catalog" in e["workload"]]
    assert moves_per_pod(ours, "default/Deployment/catalog")[0] == 3
    assert broken(rig.events, RUN, UNFIT) == []
    assert rig.object(DEPLOYMENTS, "catalog", "default")["spec"]["replicas"] == 3


def test_a_private_image_moves_with_the_option_that_names_its_successor() -> None:
    rig = Rig(objects=(deployment("cart", "myacr.azurecr.io/cart:42"),))
    blocked = rig.plan(greens={"wspool": "poolws"})
    [blocker] = [b for b in blocked.blockers if b.target == "default/Deployment/cart"]
    assert "Rebuild and pass --image" in blocker.fix
    images = {"myacr.azurecr.io/cart:42": "myacr.azurecr.io/cart:42-ltsc2022"}
    plan = rig.plan(greens={"wspool": "poolws"}, images=images)
    assert plan.blockers == ()
    assert rig.apply(plan).status is RunStatus.COMPLETED
    assert template(rig, "cart")["containers"][0]["image"] == images["myacr.azurecr.io/cart:42"]
    unfit = {**UNFIT, "default/Deployment/cart": "10.0.20348"}
    assert broken(rig.events, RUN, unfit) == []


def test_the_second_hop_drains_what_runs_on_both_builds() -> None:
    rig = Rig("reference-2025")
    plan = rig.plan("Windows2025")
    assert plan.pools[0].body["properties"]["enableFIPS"] is True
    assert rig.apply(plan).status is RunStatus.COMPLETED
    assert rig.nodes("ws22") == ()
    assert moves_per_pod(rig.events, SAMPLE) == (3, 3)
    assert broken(rig.events, RUN) == []


def test_a_run_stops_at_the_gate_and_goes_on_when_it_is_approved() -> None:
    rig = Rig()
    plan = rig.plan(greens={"wspool": "poolws"})
    state = rig.apply(plan, gates=())
    assert state.status is RunStatus.WAITING
    [wait] = state.waiting_on
    assert wait.what == "gate delete-wspool"
    assert f"poolshift runs approve {RUN} delete-wspool" in wait.unblock
    assert len(rig.nodes("wspool")) == 3
    now = format_time(rig.world.clock.moment())
    control.approve(rig.journal, state, Approval(gate="delete-blue", at=now, actor="me"))
    control.resume(rig.journal, state, at=now, actor="me", yes=False)
    assert rig.drive(plan).status is RunStatus.COMPLETED
    moved(rig)


def test_yes_does_not_open_the_irreversible_gate() -> None:
    rig = Rig()
    assert rig.apply(rig.plan(), gates=()).status is RunStatus.WAITING


def test_an_unknown_gate_is_refused_before_anything_happens() -> None:
    rig = Rig()
    with pytest.raises(UsageError, match="has no gate"):
        rig.begin(rig.plan(), gates=("delete-everything",))
    assert after_start(rig.events) == []


@pytest.mark.parametrize(
    "stop_after",
    [
        "create-",
        "ready-",
        "pre-pull-",
        "canary-",
        "retarget-",
        "drain-",
        "lift-guard-",
        "soak-",
        "gate",
    ],
)
def test_rollback_restores_what_the_restore_record_says(stop_after: str) -> None:
    rig = Rig()
    before = rig.object(DEPLOYMENTS, "sample", "default")
    plan = rig.plan(greens={"wspool": "poolws"}, manifests=reference_app())
    state = _stop(rig, plan, stop_after)
    control.turn(
        rig.journal, state, Mode.ROLLBACK, at=format_time(rig.world.clock.moment()), actor="me"
    )
    end = rig.drive(plan)
    assert end.status is RunStatus.ROLLED_BACK
    assert rig.nodes("poolws") == ()
    assert len(rig.nodes("wspool")) == 3
    for name in rig.nodes("wspool"):
        node = rig.object(NODES, name)
        assert not node["spec"].get("unschedulable")
        assert not [k for k in node["metadata"].get("annotations", {}) if "poolshift" in k]
    after = rig.object(DEPLOYMENTS, "sample", "default")
    assert after["spec"] == before["spec"]
    assert _applied(after) == _applied(before)
    pods = run_async(rig.kube.list(PODS, namespace="default")).items
    assert {p.spec.node_name[:9] for p in pods} == {"akswspool"}
    assert broken(rig.events, RUN) == []


def _applied(live: dict[str, dict[str, dict[str, str]]]) -> object:
    return json.loads(live["metadata"]["annotations"][LAST_APPLIED])


def _stop(rig: Rig, plan: Plan, stop_after: str) -> RunState:
    """Drive until a step of that name is done, then stop as if paused."""
    rig.begin(plan)
    ticker = rig.ticker(plan)

    async def go() -> RunState:
        while True:
            again = await ticker.tick(rig.run)
            now = rig.journal.load(rig.run)[1]
            done = [k for k, r in now.steps.items() if r.ended_at and k.startswith(stop_after)]
            if done or again is None:
                return now
            await rig.clock.sleep(max(again, 0.05))

    return run_async(go())


def test_rollback_after_blue_is_gone_is_refused_and_says_so() -> None:
    rig = Rig()
    plan = rig.plan(greens={"wspool": "poolws"})
    state = rig.apply(plan)
    with pytest.raises(UsageError, match="has ended"):
        control.turn(rig.journal, state, Mode.ROLLBACK, at="2022-10-16T00:00:00Z", actor="me")


def test_a_tight_budget_is_kept_while_its_pods_are_drained() -> None:
    rig = Rig(
        objects=(
            deployment("catalog", "myacr.azurecr.io/catalog:7"),
            budget("catalog", "catalog", minAvailable=3),
        )
    )
    plan = rig.plan(greens={"wspool": "poolws"}, manifests=reference_app())
    assert [b.rule for b in plan.blockers] == ["PSK202"]
    # The rule blocks a budget that allows nothing; one that turns so later meets the engine.
    assert rig.apply(msgspec.structs.replace(plan, blockers=())).status is RunStatus.COMPLETED
    assert broken(rig.events, RUN, UNFIT) == []


def test_the_soak_waits_until_a_sick_workload_is_well_again() -> None:
    rig = Rig()
    plan = rig.plan(greens={"wspool": "poolws"})
    _stop(rig, plan, "verify-")
    victim = rig.nodes("poolws")[0]
    rig.world.kube.cordon(victim, by="user:somebody")
    pods = run_async(rig.kube.list(PODS, namespace="default")).items
    pod = next(p for p in pods if p.spec.node_name == victim)
    run_async(rig.kube.delete(PODS, pod.metadata.name, "default"))
    rig.world.clock.after(7200, lambda: rig.world.kube.uncordon(victim, by="user:somebody"))
    began = rig.world.clock.t
    state = rig.drive(plan)
    assert state.status is RunStatus.WAITING
    assert rig.world.clock.t - began > 7200 + 3600
    ours = [e for e in rig.events if e["kind"] == "node-uncordoned" and e["by"] == RUN]
    assert not [e for e in ours if e["node"] == victim]


def test_a_stray_on_green_is_sent_back_to_blue() -> None:
    rig = Rig()
    plan = rig.plan(greens={"wspool": "poolws"}, guard="prefer")
    _stop(rig, plan, "ready-")
    # A pod of the old template that a colleague's cordon drives to green.
    for name in rig.nodes("wspool")[1:]:
        rig.world.kube.cordon(name, by="user:somebody")
    pods = run_async(rig.kube.list(PODS, namespace="default")).items
    victim = next(p for p in pods if p.spec.node_name == rig.nodes("wspool")[1])
    run_async(rig.kube.delete(PODS, victim.metadata.name, "default"))
    rig.pass_time(30)
    for name in rig.nodes("wspool")[1:]:
        rig.world.kube.uncordon(name, by="user:somebody")
    rig.drive(plan)
    sent = [e for e in rig.events if e["kind"] == "pod-evicted" and e["by"] == RUN]
    # Once, or twice when the first replacement comes before blue's taint is off.
    assert len(sent) in (1, 2)
    bound = {e["uid"]: e["node"] for e in rig.events if e["kind"] == "pod-bound"}
    moved_at = next(e["t_s"] for e in rig.events if e["kind"] == "template-changed")
    old = [
        e["uid"]
        for e in rig.events
        if e["kind"] == "pod-created" and e["workload"] == SAMPLE and e["t_s"] < moved_at
    ]
    assert bound[old[-1]].startswith("akswspool")
    assert rig.journal.load(RUN)[1].status is RunStatus.WAITING


def test_abort_takes_the_marks_off_and_leaves_the_rest() -> None:
    rig = Rig()
    plan = rig.plan(greens={"wspool": "poolws"})
    state = _stop(rig, plan, "drain-")
    control.turn(rig.journal, state, Mode.ABORT, at="2022-10-16T00:00:00Z", actor="me")
    assert rig.drive(plan).status is RunStatus.ABORTED
    assert len(rig.nodes("wspool")) == len(rig.nodes("poolws")) == 3
    for name in rig.nodes("wspool"):
        assert not rig.object(NODES, name)["spec"].get("unschedulable")


def test_an_identity_of_blues_scale_set_is_put_on_greens() -> None:
    rig = Rig()
    group_id = rig.cluster_id.split("/providers/")[0]
    identity = f"{group_id}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/vault"
    subscription = rig.cluster_id.split("/")[2]
    group = rig.snapshot().cluster.node_resource_group

    def on(pool: str) -> tuple[str, ...]:
        sets = run_async(rig.arm.scale_sets(subscription, group))
        return next(s for s in sets if s.pool == pool).identities

    sets = run_async(rig.arm.scale_sets(subscription, group))
    blue = next(s for s in sets if s.pool == "wspool")
    run_async(rig.arm.assign_identities(blue.id, (identity,)))
    plan = rig.plan(greens={"wspool": "poolws"})
    assert plan.pools[0].identities == (identity,)
    assert rig.apply(plan, gates=()).status is RunStatus.WAITING
    assert identity in on("poolws")
    granted = [
        e
        for e in rig.events
        if e["kind"] == "identity-granted" and e["pool"] == "poolws" and e["by"] == RUN
    ]
    moved_at = next(e["t_s"] for e in rig.events if e["kind"] == "template-changed")
    assert granted
    assert granted[0]["t_s"] < moved_at
