"""The JSON documents about runs, as the contract names their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.journal import JournalEvent, RunState, StepRecord, StepStatus, WaitingOn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.core.plan import Plan


class RunLine(msgspec.Struct, frozen=True):
    """A run in the list."""

    run: str
    plan: str
    cluster: str
    state: str
    started_at: str


class RunsDocument(msgspec.Struct, frozen=True):
    """`runs list`, newest first."""

    runs: tuple[RunLine, ...]
    schema: str = "poolshift.runs/1"


class RunStep(msgspec.Struct, frozen=True):
    """A step of a run."""

    id: str
    state: str
    started_at: str | None
    ended_at: str | None
    note: str = ""


class RunWait(msgspec.Struct, frozen=True):
    """What a run waits for."""

    what: str
    why: str
    since: str
    unblock: str


class RunEvent(msgspec.Struct, frozen=True):
    """One line of a run's history."""

    at: str
    actor: str
    action: str
    target: str
    outcome: str
    reason: str = ""


class RunDocument(msgspec.Struct, frozen=True):
    """`runs show`."""

    run: str
    plan: str
    cluster: str
    state: str
    mode: str
    started_at: str
    ended_at: str | None
    waiting_on: tuple[RunWait, ...]
    steps: tuple[RunStep, ...]
    events: tuple[RunEvent, ...]
    schema: str = "poolshift.run/1"


def runs_document(states: Iterable[RunState]) -> RunsDocument:
    """The list of runs."""
    return RunsDocument(
        runs=tuple(
            RunLine(
                run=s.run,
                plan=s.plan_id,
                cluster=s.cluster,
                state=str(s.status),
                started_at=s.started_at,
            )
            for s in states
        )
    )


def run_document(state: RunState, plan: Plan, events: Iterable[JournalEvent]) -> RunDocument:
    """One run with its history."""
    return RunDocument(
        run=state.run,
        plan=state.plan_id,
        cluster=state.cluster,
        state=str(state.status),
        mode=str(state.mode),
        started_at=state.started_at,
        ended_at=state.ended_at,
        waiting_on=tuple(_wait(w) for w in state.waiting_on),
        steps=tuple(
            _step(state.steps.get(s.id, StepRecord(id=s.id, state=StepStatus.PENDING)))
            for s in plan.steps
        ),
        events=tuple(
            RunEvent(
                at=e.at,
                actor=e.actor,
                action=e.action,
                target=e.target,
                outcome=e.outcome,
                reason=e.reason,
            )
            for e in events
        ),
    )


def _wait(w: WaitingOn) -> RunWait:
    return RunWait(what=w.what, why=w.why, since=w.since, unblock=w.unblock)


def _step(record: StepRecord) -> RunStep:
    return RunStep(
        id=record.id,
        state=str(record.state),
        started_at=record.started_at,
        ended_at=record.ended_at,
        note=record.note,
    )
