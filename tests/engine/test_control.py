"""What a person may say to a run: journal writes only."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.rig import Rig

from poolshift.core.errors import UsageError
from poolshift.core.journal import (
    Approval,
    Mode,
    RunState,
    RunStatus,
    Source,
    StepRecord,
    StepStatus,
)
from poolshift.core.plan import dump_plan
from poolshift.engine import control
from poolshift.engine.journal import MemoryJournal

AT = "2022-10-15T09:00:00Z"


@pytest.fixture(scope="module")
def plan_text() -> str:
    return dump_plan(Rig().plan(greens={"wspool": "poolws"}))


def started(journal: MemoryJournal, run: str, text: str, **fields: object) -> RunState:
    state = RunState(
        run=run, plan_id="p", plan_text=text, cluster="c", source=Source(sim="s"), started_at=AT
    )
    state = replace(state, **fields)
    journal.create(state, ())
    return state


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("run-aa1", "run-aa1"), ("run-aa1b", "run-aa1b"), ("run-b", "run-b2"), ("latest", "run-b2")],
)
def test_a_run_is_found_by_id_unique_prefix_or_as_the_latest(wanted: str, found: str) -> None:
    journal = MemoryJournal()
    for name in ("run-aa1", "run-aa1b", "run-b2"):
        started(journal, name, "")
    assert control.find_run(journal, wanted).run == found


@pytest.mark.parametrize("wanted", ["run-aa", "run-z", "latest-one"])
def test_none_or_several_are_a_usage_error(wanted: str) -> None:
    journal = MemoryJournal()
    for name in ("run-aa1", "run-aa2"):
        started(journal, name, "")
    with pytest.raises(UsageError) as caught:
        control.find_run(journal, wanted)
    assert caught.value.code == "PSE132"


def test_latest_of_an_empty_journal_is_a_usage_error() -> None:
    with pytest.raises(UsageError):
        control.find_run(MemoryJournal(), "latest")


def test_an_approval_is_kept_with_who_gave_it_and_why(plan_text: str) -> None:
    journal = MemoryJournal()
    state = started(journal, "run-1", plan_text)
    given = Approval(gate="delete-blue", at=AT, actor="me", reason="checked", ticket="CHG-1")
    control.approve(journal, state, given)
    assert journal.load("run-1")[1].approvals == (given,)
    [event] = journal.events("run-1")
    assert (event.actor, event.target, event.reason) == ("me", "delete-blue", "checked")


def test_a_gate_that_the_plan_does_not_have_is_refused(plan_text: str) -> None:
    journal = MemoryJournal()
    state = started(journal, "run-1", plan_text)
    with pytest.raises(UsageError, match="no gate soak"):
        control.approve(journal, state, Approval(gate="soak", at=AT, actor="me"))
    assert journal.version("run-1") == 1


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.ROLLED_BACK, RunStatus.ABORTED])
@pytest.mark.parametrize("word", ["pause", "rollback", "abort"])
def test_a_run_that_has_ended_takes_no_more_words(status: RunStatus, word: str) -> None:
    journal = MemoryJournal()
    state = started(journal, "run-1", "", status=status)

    def say() -> None:
        if word == "pause":
            control.pause(journal, state, at=AT, actor="me")
        else:
            control.turn(journal, state, Mode(word), at=AT, actor="me")

    with pytest.raises(UsageError, match="has ended"):
        say()
    assert journal.version("run-1") == 1


def test_resume_gives_the_failed_step_another_go_and_keeps_the_rest(plan_text: str) -> None:
    journal = MemoryJournal()
    failed = StepRecord(id="hold", state=StepStatus.FAILED, started_at=AT)
    fine = StepRecord(id="preflight", state=StepStatus.DONE, started_at=AT, ended_at=AT)
    state = started(
        journal,
        "run-1",
        plan_text,
        status=RunStatus.FAILED,
        failure="x",
        resumed_at=AT,
        steps={"hold": failed, "preflight": fine},
    )
    after = control.resume(journal, state, at=AT, actor="me", yes=False)
    assert (after.status, after.failure, after.resumed_at) == (RunStatus.RUNNING, "", None)
    assert after.steps["hold"].state is StepStatus.RUNNING
    assert after.steps["preflight"] == fine


@pytest.mark.parametrize(
    ("step", "mode"),
    [("delete-wspool", Mode.FORWARD), ("create-poolws", Mode.ROLLBACK)],
)
def test_resume_turns_forward_only_where_there_is_no_way_back(
    plan_text: str, step: str, mode: Mode
) -> None:
    journal = MemoryJournal()
    failed = {step: StepRecord(id=step, state=StepStatus.FAILED)}
    state = started(
        journal, "run-1", plan_text, status=RunStatus.FAILED, mode=Mode.ROLLBACK, steps=failed
    )
    assert control.resume(journal, state, at=AT, actor="me", yes=False).mode is mode


def test_yes_once_given_stays_given(plan_text: str) -> None:
    journal = MemoryJournal()
    state = started(journal, "run-1", plan_text)
    control.resume(journal, state, at=AT, actor="me", yes=True)
    assert control.resume(journal, state, at=AT, actor="me", yes=False).options.yes
