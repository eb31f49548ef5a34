"""What a person may say to a run: approve, pause, resume, roll back, abort. Journal writes only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from poolshift.core.errors import UsageError
from poolshift.core.journal import (
    ENDED,
    Approval,
    JournalEvent,
    Mode,
    RunState,
    RunStatus,
    StepRecord,
    StepStatus,
)
from poolshift.core.plan import Plan, StepKind, load_plan

if TYPE_CHECKING:
    from poolshift.engine.journal import Journal

Change = Callable[[RunState], RunState]


def find_run(journal: Journal, wanted: str) -> RunState:
    """The run of an id, a unique prefix, or `latest`.

    Raises:
        UsageError: none, or more than one.
    """
    runs = journal.runs()
    found = runs[:1] if wanted == "latest" else [r for r in runs if r.run == wanted]
    found = found or [r for r in runs if wanted != "latest" and r.run.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    several = ", ".join(r.run for r in found)
    raise UsageError(
        f"more than one run begins with {wanted}: {several}" if found else f"no run {wanted}",
        fix="See the runs with: poolshift runs list",
        code="PSE132",
    )


def plan_of(state: RunState) -> Plan:
    """The plan that a run carries."""
    return load_plan(state.plan_text, name=f"the plan of {state.run}")


def gates_of(plan: Plan) -> tuple[str, ...]:
    """The gates of a plan, in order."""
    return tuple(dict.fromkeys(s.gate for s in plan.steps if s.gate))


ANSWERED = StepKind.PREFLIGHT
"""No gate, but a person may answer for what it alone cannot decide."""


def check_gate(plan: Plan, gate: str) -> None:
    """Refuse an approval of a gate that the plan does not have."""
    known = gates_of(plan)
    kinds = {str(plan.step(g).kind) for g in known}
    if gate not in known and gate not in kinds and gate != ANSWERED:
        raise UsageError(
            f"the plan has no gate {gate}",
            why=f"its gates are {', '.join(known) or 'none'}",
            fix="Name one of them, by id or by kind",
            code="PSE142",
        )


def _write(journal: Journal, run: str, change: Change, event: JournalEvent) -> RunState:
    for _ in range(20):
        version, state = journal.load(run)
        after = change(state)
        if journal.cas(run, version, after, (event,)):
            return after
    raise UsageError(f"run {run} changes too fast", fix="Try again", code="PSE143")


def approve(journal: Journal, state: RunState, approval: Approval) -> RunState:
    """Open a gate."""
    check_gate(plan_of(state), approval.gate)
    event = JournalEvent(
        at=approval.at,
        actor=approval.actor,
        action="approve",
        target=approval.gate,
        outcome="approved",
        reason=approval.reason or approval.ticket,
    )
    return _write(
        journal, state.run, lambda s: replace(s, approvals=(*s.approvals, approval)), event
    )


def pause(journal: Journal, state: RunState, *, at: str, actor: str) -> RunState:
    """Stop at the next safe point."""
    _refuse_ended(state)
    return _write(
        journal,
        state.run,
        lambda s: replace(s, status=RunStatus.PAUSED, pending=()),
        JournalEvent(at=at, actor=actor, action="pause", target=state.run, outcome="paused"),
    )


def resume(journal: Journal, state: RunState, *, at: str, actor: str, yes: bool) -> RunState:
    """Go on, with new deadlines for the step that failed."""

    def change(s: RunState) -> RunState:
        steps = {
            k: replace(r, state=StepStatus.RUNNING, started_at=None, data={})
            if r.state is StepStatus.FAILED
            else r
            for k, r in s.steps.items()
        }
        options = replace(s.options, yes=s.options.yes or yes)
        return replace(
            s,
            status=RunStatus.RUNNING,
            mode=Mode.FORWARD if _met_no_way_back(s) else s.mode,
            steps=steps,
            pending=(),
            failure="",
            options=options,
            resumed_at=None,
        )

    event = JournalEvent(at=at, actor=actor, action="resume", target=state.run, outcome="running")
    return _write(journal, state.run, change, event)


def _met_no_way_back(state: RunState) -> bool:
    """Whether a rollback stopped at a deletion: from there the run only goes on to its end."""
    if state.mode is not Mode.ROLLBACK:
        return False
    failed = {k for k, r in state.steps.items() if r.state is StepStatus.FAILED}
    return any(s.id in failed for s in plan_of(state).steps if s.kind is StepKind.DELETE_BLUE)


def turn(journal: Journal, state: RunState, mode: Mode, *, at: str, actor: str) -> RunState:
    """Roll back or abort from here on."""
    _refuse_ended(state)

    def change(s: RunState) -> RunState:
        steps: dict[str, StepRecord] = {
            k: replace(r, started_at=None, data={}) for k, r in s.steps.items()
        }
        return replace(s, status=RunStatus.RUNNING, mode=mode, pending=(), failure="", steps=steps)

    event = JournalEvent(at=at, actor=actor, action=str(mode), target=state.run, outcome="running")
    return _write(journal, state.run, change, event)


def _refuse_ended(state: RunState) -> None:
    if state.status in ENDED:
        raise UsageError(
            f"run {state.run} has ended: {state.status}",
            fix=f"See it with: poolshift runs show {state.run}",
            code="PSE144",
        )
