"""The pure heart: what is seen, what was promised, what was done → what to do next.

There is no program counter: every step that is not done is asked anew whether anything is left
for it to do. A crash between any two calls therefore costs a second look and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

from msgspec.structs import replace

from poolshift.core.clock import format_time, parse_time
from poolshift.core.journal import (
    ActionRecord,
    JournalEvent,
    Mode,
    RunState,
    RunStatus,
    StepRecord,
    StepStatus,
    WaitingOn,
)
from poolshift.core.plan import IRREVERSIBLE_GATES, Plan, Step
from poolshift.engine.steps import STEPS, Act, Done, Fail, Result, StepContext, Wait
from poolshift.engine.steps.abort import own_marks
from poolshift.engine.strays import send_back

if TYPE_CHECKING:
    from datetime import datetime

    from poolshift.engine.view import View

STRAY_AGAIN_S = 30.0
"""A stray that comes back at once (blue has no room) is not evicted in a tight loop."""

SETTLED = frozenset({StepStatus.DONE, StepStatus.SKIPPED})


@dataclass(frozen=True)
class Decision:
    """What decide says: the new state, what to do, and when to look again.

    `again_s` None means that the run goes no further by itself.
    """

    state: RunState
    events: tuple[JournalEvent, ...]
    actions: tuple[ActionRecord, ...]
    again_s: float | None
    changes: bool


class _Thinking:
    """The state under change within one decision."""

    def __init__(self, view: View, plan: Plan, state: RunState, now: datetime) -> None:
        self.view = view
        self.plan = plan
        self.before = state
        self.now = now
        self.stamp = format_time(now)
        # The first look after a start or a resume: deadlines count from here.
        self.state = state if state.resumed_at else replace(state, resumed_at=self.stamp)
        self.events: list[JournalEvent] = []

    def note(self, action: str, target: str, outcome: str, reason: str = "") -> None:
        self.events.append(
            JournalEvent(
                at=self.stamp,
                actor="poolshift",
                action=action,
                target=target,
                outcome=outcome,
                reason=reason,
            )
        )

    def record(self, step: Step) -> StepRecord:
        return self.state.steps.get(step.id, StepRecord(id=step.id))

    def put(self, record: StepRecord) -> None:
        self.state = replace(self.state, steps={**self.state.steps, record.id: record})

    def move(self, step: Step, state: StepStatus, note: str = "") -> None:
        record = self.record(step)
        if record.state is state and record.note == note and record.started_at is not None:
            return
        ended = state in (StepStatus.DONE, StepStatus.SKIPPED, StepStatus.UNDONE)
        started = record.started_at or (None if state is StepStatus.SKIPPED else self.stamp)
        ended_at = self.stamp if ended else None
        self.put(replace(record, state=state, note=note, started_at=started, ended_at=ended_at))
        if record.state is not state:
            self.note(f"step {state}", step.id, str(state), note)

    def remember(self, step: Step, data: dict[str, Any]) -> None:
        self.put(replace(self.record(step), data=data))

    def context(self, step: Step) -> StepContext:
        mine = tuple(o for o in self.before.pending if o.step == step.id)
        return StepContext(
            view=self.view,
            plan=self.plan,
            state=self.state,
            step=step,
            record=self.record(step),
            now=self.now,
            outcomes=mine,
        )

    def watched_s(self, step: Step) -> float:
        """Seconds that the step has been waited for by this process.

        The time in which no process drove the run does not count against a step: whoever resumes
        it gives every deadline anew.
        """
        since = [t for t in (self.record(step).started_at, self.state.resumed_at) if t]
        return (self.now - parse_time(max(since))).total_seconds() if since else 0.0

    def end(self, status: RunStatus) -> Decision:
        self.state = replace(
            self.state, status=status, ended_at=self.stamp, waiting_on=(), pending=(), failure=""
        )
        self.note(f"run {status}", self.state.run, str(status))
        return self.decision((), None)

    def stop(self, status: RunStatus, wait: WaitingOn, failure: str = "") -> Decision:
        kept = next((w for w in self.state.waiting_on if w.what == wait.what), None)
        wait = replace(wait, since=kept.since) if kept and kept.why == wait.why else wait
        if self.state.status is not status:
            self.note(f"run {status}", wait.what, str(status), wait.why)
        self.state = replace(
            self.state, status=status, waiting_on=(wait,), pending=(), failure=failure
        )
        return self.decision((), None)

    def decision(self, actions: tuple[ActionRecord, ...], again_s: float | None) -> Decision:
        changes = bool(actions) or self.state != self.before or bool(self.events)
        return Decision(self.state, tuple(self.events), actions, again_s, changes)


def decide(view: View, plan: Plan, state: RunState, now: datetime) -> Decision:
    """What to do next; pure."""
    think = _Thinking(view, plan, state, now)
    if state.status is not RunStatus.RUNNING:
        return think.decision((), None)
    if state.mode is Mode.ROLLBACK:
        return _backward(think)
    if state.mode is Mode.ABORT:
        return _abort(think)
    return _forward(think)


def is_approved(state: RunState, plan: Plan, gate: str) -> bool:
    """Whether a gate (a step's id) is open, by its id or by the kind of that step."""
    kind = str(plan.step(gate).kind)
    if any(a.gate in (gate, kind) for a in state.approvals):
        return True
    return state.options.yes and kind not in IRREVERSIBLE_GATES


def _forward(think: _Thinking) -> Decision:
    back = send_back(think.view, think.plan, think.state)
    if back:
        return _send_back(think, back)
    for step in think.plan.steps:
        record = think.record(step)
        if record.state in SETTLED:
            continue
        if step.nothing_to_do:
            think.move(step, StepStatus.SKIPPED, step.nothing_to_do)
            continue
        if step.gate is not None and not is_approved(think.state, think.plan, step.gate):
            return _at_gate(think, step)
        if record.started_at is None:
            think.move(step, StepStatus.RUNNING)
        answer = STEPS[step.kind].advance(think.context(step))
        decision = _follow(think, step, answer, done=StepStatus.DONE)
        if decision is not None:
            return decision
    return think.end(RunStatus.COMPLETED)


def _send_back(think: _Thinking, actions: tuple[ActionRecord, ...]) -> Decision:
    """Strays come before any step: each second on the wrong build is a crash loop."""
    why = "its image does not fit green"
    for action in actions:
        think.note(f"intend {action.verb}", action.target, "intended", why)
    names = ", ".join(a.target for a in actions)
    waiting = (WaitingOn(what="strays on green", why=f"{names}: {why}", since=think.stamp),)
    think.state = replace(
        think.state, pending=actions, waiting_on=_keep_since(think.state.waiting_on, waiting)
    )
    return think.decision(actions, STRAY_AGAIN_S)


def _backward(think: _Thinking) -> Decision:
    for step in reversed(think.plan.steps):
        record = think.record(step)
        if record.state is StepStatus.UNDONE:
            continue
        if step.nothing_to_do:
            think.move(step, StepStatus.UNDONE, step.nothing_to_do)
            continue
        answer = STEPS[step.kind].undo(think.context(step))
        decision = _follow(think, step, answer, done=StepStatus.UNDONE)
        if decision is not None:
            return decision
    return think.end(RunStatus.ROLLED_BACK)


def _abort(think: _Thinking) -> Decision:
    """Take this run's marks off and stop; nothing is moved back."""
    step = next((s for s in think.plan.steps if think.record(s).state not in SETTLED), None)
    step = step or think.plan.steps[-1]
    answer = own_marks(think.context(step))
    if isinstance(answer, Act):
        return _act(think, step, answer)
    return think.end(RunStatus.ABORTED)


def _at_gate(think: _Thinking, step: Step) -> Decision:
    gate = str(step.gate)
    run = think.state.run
    wait = WaitingOn(
        what=f"gate {gate}",
        why=f"{think.plan.step(gate).summary} needs an approval",
        since=think.stamp,
        unblock=f"poolshift runs approve {run} {gate} && poolshift runs resume {run}",
    )
    return think.stop(RunStatus.WAITING, wait)


def _follow(think: _Thinking, step: Step, answer: Result, *, done: StepStatus) -> Decision | None:
    """Turn a step's answer into a decision; None when the step is done and the next is asked."""
    match answer:
        case Done():
            think.move(step, done, answer.note)
            return None
        case Act():
            return _act(think, step, answer)
        case Wait():
            return _wait(think, step, answer)
        case Fail():
            return _fail(think, step, answer)
        case _:
            assert_never(answer)


def _act(think: _Thinking, step: Step, answer: Act) -> Decision:
    again = _refusal(think, answer)
    if again is not None:
        return _fail(think, step, again)
    why = answer.why or step.summary
    said = _put_off(think, answer)
    why = f"{why} ({said})" if said else why
    late = _late(think, step, why)
    if late is not None:
        return _fail(think, step, late)
    if answer.data is not None:
        think.remember(step, dict(answer.data))
    for action in answer.actions:
        think.note(f"intend {action.verb}", action.target, "intended", answer.why)
    waiting = (
        WaitingOn(
            what=step.id,
            why=why,
            since=think.stamp,
            unblock=answer.unblock,
        ),
    )
    think.state = replace(
        think.state,
        status=RunStatus.RUNNING,
        pending=answer.actions,
        waiting_on=_keep_since(think.state.waiting_on, waiting),
        failure="",
    )
    return think.decision(answer.actions, answer.again_s)


def _keep_since(before: tuple[WaitingOn, ...], now: tuple[WaitingOn, ...]) -> tuple[WaitingOn, ...]:
    known = {(w.what, w.why): w.since for w in before}
    return tuple(replace(w, since=known.get((w.what, w.why), w.since)) for w in now)


def _refusal(think: _Thinking, answer: Act) -> Fail | None:
    """A service's final no to the very act that is wanted again."""
    refused = {a.id: a for a in think.before.pending if a.outcome == "refused"}
    for action in answer.actions:
        if action.id in refused:
            run = think.state.run
            return Fail(
                why=f"{action.verb} {action.target} was refused: {refused[action.id].detail}",
                fix=f"Mend the cause, then: poolshift runs resume {run}; or take it back: "
                f"poolshift runs rollback {run}",
            )
    return None


def _put_off(think: _Thinking, answer: Act) -> str:
    """What the service said to the very act that is sent again."""
    wanted = {a.id for a in answer.actions}
    words = ("changed", "later", "blocked", "denied")
    return next(
        (
            f"{a.verb} {a.target}: {a.detail}"
            for a in think.before.pending
            if a.id in wanted and a.outcome in words and a.detail
        ),
        "",
    )


def _late(think: _Thinking, step: Step, why: str) -> Fail | None:
    """One deadline for the whole step, not one a retry."""
    # A stated stand-still is no delay: the deadline is for what comes on top of it.
    stand_s = sum(float(step.parameters.get(k, 0)) for k in ("keep_s", "soak_s", "drain_s"))
    deadline_s = STEPS[step.kind].deadline_s + stand_s
    if think.watched_s(step) <= deadline_s or think.state.mode is not Mode.FORWARD:
        return None
    return Fail(
        why=f"{step.id} is not done after {deadline_s:.0f} s: {why}",
        fix=f"Mend the cause, then: poolshift runs resume {think.state.run}",
    )


def _wait(think: _Thinking, step: Step, answer: Wait) -> Decision:
    late = _late(think, step, answer.why)
    if late is not None:
        return _fail(think, step, late)
    if answer.data is not None:
        think.remember(step, dict(answer.data))
    waiting = (
        WaitingOn(what=answer.what, why=answer.why, since=think.stamp, unblock=answer.unblock),
    )
    think.state = replace(
        think.state,
        status=RunStatus.RUNNING,
        pending=(),
        waiting_on=_keep_since(think.state.waiting_on, waiting),
        failure="",
    )
    return think.decision((), answer.again_s)


def _fail(think: _Thinking, step: Step, answer: Fail) -> Decision:
    think.move(step, StepStatus.FAILED, answer.why)
    if think.state.options.on_failure == "rollback" and think.state.mode is Mode.FORWARD:
        think.note("roll back", step.id, "started", answer.why)
        think.state = replace(think.state, mode=Mode.ROLLBACK, status=RunStatus.RUNNING, pending=())
        return think.decision((), 0.0)
    run = think.state.run
    blocked = step.kind == "preflight"
    wait = WaitingOn(
        what=step.id,
        why=answer.why,
        since=think.stamp,
        unblock=answer.fix or f"poolshift runs resume {run}",
    )
    # Blocked in preflight is a wait: nothing was changed. After a change a person must look.
    status = RunStatus.WAITING if blocked else RunStatus.FAILED
    return think.stop(status, wait, failure=answer.why)
