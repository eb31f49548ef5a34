"""Runs stopped where a test wants to disturb them."""

from __future__ import annotations

from collections.abc import Callable

from tests.rig import Rig, run_async

from poolshift.core.clock import format_time
from poolshift.core.journal import Mode, RunState, StepStatus
from poolshift.core.plan import Plan
from poolshift.engine import control

Until = Callable[[RunState], bool]
MOST_TICKS = 1500


def until(rig: Rig, plan: Plan, reached: Until) -> RunState:
    """Drive a run that has begun until its state is as asked, or it stands still."""
    ticker = rig.ticker(plan)

    async def go() -> RunState:
        for _ in range(MOST_TICKS):
            again = await ticker.tick(rig.run)
            state = rig.journal.load(rig.run)[1]
            if reached(state) or again is None:
                return state
            await rig.clock.sleep(max(again, 0.05))
        raise AssertionError(f"the run turns in circles: {state.waiting_on}")

    return run_async(go())


def done(step: str) -> Until:
    """A step whose id begins so is done."""
    return lambda s: any(
        r.state is StepStatus.DONE for k, r in s.steps.items() if k.startswith(step)
    )


def begun(step: str) -> Until:
    """A step whose id begins so has begun."""
    return lambda s: any(r.started_at for k, r in s.steps.items() if k.startswith(step))


def acted(verb: str) -> Until:
    """An act of that verb was made just now."""
    return lambda s: any(a.verb == verb and a.outcome for a in s.pending)


def waits(words: str) -> Until:
    """The run waits for something that holds these words."""
    return lambda s: any(words in w.why for w in s.waiting_on)


def now(rig: Rig) -> str:
    return format_time(rig.world.clock.moment())


def turn(rig: Rig, mode: Mode) -> None:
    control.turn(rig.journal, rig.journal.load(rig.run)[1], mode, at=now(rig), actor="me")


def resume(rig: Rig) -> None:
    control.resume(rig.journal, rig.journal.load(rig.run)[1], at=now(rig), actor="me", yes=False)


def end(rig: Rig, plan: Plan) -> RunState:
    """Drive until the run stands still; unlike the driver, not for ever."""
    return until(rig, plan, lambda _: False)
