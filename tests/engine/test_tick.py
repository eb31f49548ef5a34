"""One tick: what is written before what is done, and what happens when somebody else writes."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from tests.engine.stops import now, until, waits
from tests.rig import RUN, Rig, run_async

from poolshift.core.clock import parse_time
from poolshift.core.errors import ForbiddenError, NotFoundError, UnreachableError
from poolshift.core.journal import ActionRecord, Approval, JournalEvent, RunState, RunStatus
from poolshift.core.plan import Plan
from poolshift.engine import control
from poolshift.engine.tick import UNREADABLE
from poolshift.engine.view import View
from poolshift.engine.world import Outcome

GREEN = {"wspool": "poolws"}


class Watched:
    """The rig's world, with something that happens between the look and the decision."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.meanwhile: Any = lambda: None
        self.acts: list[tuple[str, str]] = []
        self.error: Exception | None = None

    async def observe(self, plan: Plan) -> View:
        if self.error is not None:
            raise self.error
        view = await self.rig.live.observe(plan)
        self.meanwhile()
        return view

    async def act(self, plan: Plan, action: ActionRecord) -> Outcome:
        intended = [e.action for e in self.rig.journal.events(RUN)]
        self.acts.append((action.verb, intended[-1]))
        return await self.rig.live.act(plan, action)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def begin(rig: Rig) -> tuple[Plan, Watched]:
    plan = rig.plan(greens=GREEN)
    rig.begin(plan)
    return plan, Watched(rig)


def tick(rig: Rig, plan: Plan, world: Watched) -> float | None:
    ticker = rig.ticker(plan)
    ticker.world = world
    return run_async(ticker.tick(RUN))


def test_an_act_is_journaled_before_it_is_made_and_its_outcome_after(rig: Rig) -> None:
    plan, world = begin(rig)
    tick(rig, plan, world)
    assert world.acts == [("preflight", "intend preflight")]
    last = rig.journal.events(RUN)[-1]
    assert (last.action, last.outcome) == ("preflight", "done")


def test_a_lost_compare_and_set_does_nothing_and_looks_again(rig: Rig) -> None:
    plan, world = begin(rig)

    def somebody_writes() -> None:
        version, state = rig.journal.load(RUN)
        rig.journal.cas(RUN, version, replace(state, failure="x"), ())

    world.meanwhile = somebody_writes
    assert tick(rig, plan, world) == 0.0
    assert world.acts == []
    assert rig.journal.load(RUN)[1].failure == "x"


def test_an_approval_that_races_a_tick_is_not_lost(rig: Rig) -> None:
    plan, world = begin(rig)
    until(rig, plan, lambda s: bool(s.steps.get("verify-wspool")))
    given = Approval(gate="delete-blue", at=now(rig), actor="me")

    def approve() -> None:
        world.meanwhile = lambda: None
        control.approve(rig.journal, rig.journal.load(RUN)[1], given)

    world.meanwhile = approve
    for _ in range(3):
        tick(rig, plan, world)
    assert rig.journal.load(RUN)[1].approvals == (given,)


def test_a_pause_that_comes_in_the_middle_stands(rig: Rig) -> None:
    plan, world = begin(rig)
    world.meanwhile = lambda: control.pause(
        rig.journal, rig.journal.load(RUN)[1], at=now(rig), actor="me"
    )
    tick(rig, plan, world)
    assert rig.journal.load(RUN)[1].status is RunStatus.PAUSED
    assert tick(rig, plan, world) is None
    assert world.acts == []


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (UnreachableError("no answer", retry_after_s=1.0), 10.0),
        (UnreachableError("no answer", retry_after_s=45.0), 45.0),
        (NotFoundError("no such cluster", status=404), 10.0),
    ],
    ids=["soon", "later", "gone"],
)
def test_a_cluster_that_cannot_be_read_is_waited_for_by_name(
    rig: Rig, error: Exception, again: float
) -> None:
    plan, world = begin(rig)
    world.error = error
    assert tick(rig, plan, world) == again
    [wait] = rig.journal.load(RUN)[1].waiting_on
    assert wait.what == UNREADABLE
    assert wait.why
    assert wait.unblock
    version = rig.journal.version(RUN)
    rig.pass_time(60)
    assert tick(rig, plan, world) == again
    assert rig.journal.version(RUN) == version
    world.error = None
    assert until(rig, plan, waits("does not exist yet")).status is RunStatus.RUNNING


def test_the_time_without_a_look_counts_against_no_deadline(rig: Rig) -> None:
    plan, world = begin(rig)
    until(rig, plan, waits("does not exist yet"))
    before = rig.journal.load(RUN)[1]
    began = before.steps["create-poolws"].started_at or ""
    rig.pass_time(100)
    world.error = UnreachableError("no answer", retry_after_s=1.0)
    tick(rig, plan, world)
    rig.pass_time(10 * 3600)
    tick(rig, plan, world)
    world.error = None
    tick(rig, plan, world)
    after = rig.journal.load(RUN)[1]
    assert after.status is RunStatus.RUNNING
    assert not [w for w in after.waiting_on if w.what == UNREADABLE]
    # What was watched until then stays counted: a cluster that comes and goes gains no time.
    counted = parse_time(after.resumed_at or "") - parse_time(began)
    assert counted.total_seconds() == 10 * 3600


def test_a_right_that_is_taken_away_is_told_and_not_waited_for(rig: Rig) -> None:
    plan, world = begin(rig)
    world.error = ForbiddenError("no right to list pods", status=403)
    with pytest.raises(ForbiddenError):
        tick(rig, plan, world)
    assert rig.journal.load(RUN)[1].status is RunStatus.RUNNING


def test_a_run_that_does_not_run_is_left_alone(rig: Rig) -> None:
    plan, world = begin(rig)
    version, state = rig.journal.load(RUN)
    rig.journal.cas(RUN, version, replace(state, status=RunStatus.FAILED), ())
    assert tick(rig, plan, world) is None
    assert world.acts == []


def test_listeners_hear_every_change(rig: Rig) -> None:
    plan, world = begin(rig)
    heard: list[str] = []

    def listen(_: RunState, events: tuple[JournalEvent, ...]) -> None:
        heard.extend(e.action for e in events)

    ticker = rig.ticker(plan)
    ticker.on_change = listen
    ticker.world = world
    run_async(ticker.tick(RUN))
    assert heard == [e.action for e in rig.journal.events(RUN)][1:]
