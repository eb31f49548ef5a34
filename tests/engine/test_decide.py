"""The pure heart: the same input gives the same answer, and nothing given is changed."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace
from tests.engine.stops import begun, done, end, resume, until
from tests.rig import RUN, Rig, run_async

from poolshift.core.journal import Approval, Options, RunStatus, StepStatus
from poolshift.core.kube import PODS
from poolshift.core.plan import IRREVERSIBLE_GATES, Plan, StepKind
from poolshift.engine.decide import decide, is_approved
from poolshift.engine.steps import STEPS
from poolshift.engine.view import View

GREEN = {"wspool": "poolws"}
STAGES = ["preflight", "create-", "ready-", "canary-", "retarget-", "drain-", "soak-"]


def begin(stage: str = "") -> tuple[Rig, Plan, View]:
    rig = Rig()
    plan = rig.plan(greens=GREEN)
    rig.begin(plan)
    if stage:
        until(rig, plan, begun(stage))
    return rig, plan, run_async(rig.live.observe(plan))


@pytest.mark.parametrize("stage", STAGES)
def test_it_is_pure(stage: str) -> None:
    rig, plan, view = begin(stage)
    state = rig.journal.load(RUN)[1]
    before = msgspec.json.encode(state), msgspec.json.encode(plan)
    first, second = (decide(view, plan, state, view.now) for _ in range(2))
    assert first == second
    assert (msgspec.json.encode(state), msgspec.json.encode(plan)) == before


def test_every_kind_of_step_has_a_way_forward_and_a_way_back() -> None:
    assert set(STEPS) == set(StepKind)


@pytest.mark.parametrize(
    ("gate", "yes", "approved", "open_"),
    [
        ("delete-wspool", True, "", False),
        ("delete-wspool", False, "delete-wspool", True),
        ("delete-wspool", False, "delete-blue", True),
        ("delete-wspool", True, "drain-wspool", False),
    ],
    ids=["yes-is-not-enough", "by-id", "by-kind", "another"],
)
def test_gates(gate: str, yes: bool, approved: str, open_: bool) -> None:
    rig, plan, _ = begin()
    given = (Approval(gate=approved, at="", actor="me"),) if approved else ()
    state = replace(rig.journal.load(RUN)[1], options=Options(yes=yes), approvals=given)
    assert is_approved(state, plan, gate) is open_


def test_yes_opens_what_can_be_taken_back() -> None:
    rig, plan, _ = begin()
    state = replace(rig.journal.load(RUN)[1], options=Options(yes=True))
    assert "drain" not in IRREVERSIBLE_GATES
    assert is_approved(state, plan, "drain-wspool")


def test_a_reason_keeps_the_moment_since_when_it_holds() -> None:
    rig, plan, _ = begin("ready-")
    first = rig.journal.load(RUN)[1].waiting_on
    until(rig, plan, lambda s: s.waiting_on != first)
    kept = rig.journal.load(RUN)[1].waiting_on[0]
    view = run_async(rig.live.observe(plan))
    later = view.now + timedelta(seconds=5)
    again = decide(view, plan, rig.journal.load(RUN)[1], later).state.waiting_on[0]
    assert (again.what, again.since) == (kept.what, kept.since) or again.why != kept.why


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("refused", RunStatus.FAILED), ("later", RunStatus.RUNNING), ("changed", RunStatus.RUNNING)],
)
def test_a_final_no_fails_and_a_passing_one_is_named_and_tried_again(
    outcome: str, status: RunStatus
) -> None:
    rig, plan, view = begin()
    state = until(rig, plan, begun("create-"))
    [action] = decide(view, plan, replace(state, pending=()), view.now).actions
    assert action.verb == "create-pool"
    answered = replace(action, outcome=outcome, detail="TheServiceSaysSo")
    state = replace(state, pending=(answered,))
    decision = decide(view, plan, state, view.now)
    assert decision.state.status is status
    [wait] = decision.state.waiting_on
    assert "TheServiceSaysSo" in wait.why
    if status is RunStatus.FAILED:
        assert decision.again_s is None
        assert f"poolshift runs resume {RUN}" in wait.unblock
        assert f"poolshift runs rollback {RUN}" in wait.unblock
    else:
        assert decision.actions == (action,)


def test_the_time_in_which_nobody_drove_the_run_does_not_count_against_a_step() -> None:
    rig, plan, _ = begin()
    until(rig, plan, done("create-"))
    rig.pass_time(7 * 86_400)
    resume(rig)
    assert until(rig, plan, done("ready-")).status is RunStatus.RUNNING


def test_a_step_that_takes_too_long_asks_a_person_and_a_resume_gives_it_new_time() -> None:
    rig, plan, _ = begin()
    until(rig, plan, begun("drain-"))
    for name in (*rig.nodes("poolws"), *rig.nodes("wspool")):
        rig.world.kube.cordon(name, by="user:somebody")
    pod = run_async(rig.kube.list(PODS, namespace="default")).items[0]
    run_async(rig.kube.delete(PODS, pod.metadata.name, "default"))
    state = end(rig, plan)
    assert state.status is RunStatus.FAILED
    assert "is not done after" in state.waiting_on[0].why
    assert f"poolshift runs resume {RUN}" in state.waiting_on[0].unblock
    resume(rig)
    assert rig.journal.load(RUN)[1].steps["verify-wspool"].state is StepStatus.RUNNING
    began = rig.world.clock.t
    assert end(rig, plan).status is RunStatus.FAILED
    assert rig.world.clock.t - began >= 3600


def test_what_is_blocked_in_preflight_waits_and_has_changed_nothing() -> None:
    rig, plan, _ = begin()
    rig.world.kube.denied = {("patch", "nodes")}
    state = end(rig, plan)
    assert state.status is RunStatus.WAITING
    assert "no right to patch nodes" in state.waiting_on[0].why
    assert [p.name for p in rig.snapshot().pools] == ["agentpool", "wspool"]
    rig.world.kube.denied = set()
    resume(rig)
    until(rig, plan, done("preflight"))
    assert rig.journal.load(RUN)[1].steps["preflight"].state is StepStatus.DONE
