"""One tick: load, observe, decide, compare-and-set, only then act. Every driver calls this."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from poolshift.core.clock import format_time, parse_time
from poolshift.core.errors import ApiError
from poolshift.core.journal import ActionRecord, JournalEvent, RunState, RunStatus, WaitingOn
from poolshift.engine.decide import decide
from poolshift.engine.failpoints import Failpoints

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from poolshift.core.plan import Plan
    from poolshift.core.ports import Clock
    from poolshift.engine.journal import Journal
    from poolshift.engine.view import View
    from poolshift.engine.world import Outcome

UNREADABLE_AGAIN_S = 10.0
"""How soon to look again when the cluster could not be read."""

UNREADABLE_S = 86_400.0
"""After how long without a look a run stops and waits for a person; a cluster that is stopped
for a night is waited for."""

UNREADABLE = "the cluster"
"""What a run waits for while its cluster cannot be read."""


class World(Protocol):
    """What a tick needs of a cluster."""

    async def observe(self, plan: Plan) -> View:
        """Look once."""
        ...

    async def act(self, plan: Plan, action: ActionRecord) -> Outcome:
        """Make one call."""
        ...


def seen_again(state: RunState, now: datetime) -> RunState:
    """A state once the cluster is read: the time without a look counts against no deadline."""
    outage = next((w for w in state.waiting_on if w.what == UNREADABLE), None)
    if outage is None:
        return state
    begun = [r.started_at for r in state.steps.values() if r.started_at and not r.ended_at]
    counted = max([*begun, state.resumed_at or outage.since])
    lost = now - parse_time(outage.since)
    return replace(state, waiting_on=(), resumed_at=format_time(parse_time(counted) + lost))


@dataclass
class Ticker:
    """What all ticks of a run share."""

    journal: Journal
    world: World
    clock: Clock
    plan: Plan
    failpoints: Failpoints = field(default_factory=Failpoints)
    on_change: Callable[[RunState, tuple[JournalEvent, ...]], None] | None = None
    on_view: Callable[[View], None] | None = None

    async def tick(self, run: str) -> float | None:
        """Seconds of the clock until the next look, None when the run goes no further by itself."""
        version, state = self.journal.load(run)
        self.failpoints.reach("after-load")
        if state.status is not RunStatus.RUNNING:
            return None
        try:
            view = await self.world.observe(self.plan)
        except ApiError as error:
            if error.retry_after_s is None and error.status in (401, 403):
                raise
            if await self._tell_unreadable(run, version, state, error):
                return None
            return max(error.retry_after_s or 0.0, UNREADABLE_AGAIN_S)
        if self.on_view is not None:
            self.on_view(view)
        now = await self.clock.now()
        decision = decide(view, self.plan, seen_again(state, now), now)
        if not decision.changes:
            return 0.0 if self.journal.version(run) != version else decision.again_s
        self.failpoints.reach("before-intent")
        if not self.journal.cas(run, version, decision.state, decision.events):
            # Somebody else wrote (an approval, a pause): look again with that known.
            return 0.0
        self._tell(decision.state, decision.events)
        if not decision.actions:
            return decision.again_s
        self.failpoints.reach("after-intent")
        wait_s = await self._act(run, version + 1, decision.state, decision.actions)
        return max(wait_s, decision.again_s or 0.0)

    async def _tell_unreadable(
        self, run: str, version: int, state: RunState, error: ApiError
    ) -> bool:
        """Put the reason where a person looks, once for each; whether the run stops for it."""
        why = error.why or error.what
        now = await self.clock.now()
        stamp = format_time(now)
        before = next((w for w in state.waiting_on if w.what == UNREADABLE), None)
        # A run that was resumed has all the time anew.
        since = before.since if before is not None and state.resumed_at else stamp
        late = (now - parse_time(since)).total_seconds() > UNREADABLE_S
        if before is not None and before.why == why and before.since == since and not late:
            return False
        unblock = f"poolshift runs resume {run}" if late else "it goes on by itself when it answers"
        wait = WaitingOn(what=UNREADABLE, why=why, since=since, unblock=unblock)
        after = replace(
            state,
            status=RunStatus.WAITING if late else state.status,
            waiting_on=(wait,),
            resumed_at=state.resumed_at or stamp,
        )
        event = JournalEvent(
            at=stamp,
            actor="poolshift",
            action="look",
            target=UNREADABLE,
            outcome="waiting" if late else "later",
            reason=why,
        )
        if not self.journal.cas(run, version, after, (event,)):
            return False
        self._tell(after, (event,))
        return late

    async def _act(
        self, run: str, version: int, state: RunState, actions: tuple[ActionRecord, ...]
    ) -> float:
        done: list[ActionRecord] = []
        wait_s = 0.0
        for action in actions:
            self.failpoints.reach("mid-act")
            outcome = await self.world.act(self.plan, action)
            self.failpoints.reach("after-act")
            done.append(replace(action, outcome=outcome.word, detail=outcome.detail))
            wait_s = max(wait_s, outcome.retry_after_s or 0.0)
        stamp = format_time(await self.clock.now())
        after = replace(state, pending=tuple(done))
        events = tuple(
            JournalEvent(
                at=stamp,
                actor="poolshift",
                action=a.verb,
                target=a.target,
                outcome=a.outcome,
                reason=a.detail,
            )
            for a in done
        )
        if self.journal.cas(run, version, after, events):
            self._tell(after, events)
        self.failpoints.reach("after-outcome")
        return wait_s

    def _tell(self, state: RunState, events: tuple[JournalEvent, ...]) -> None:
        if self.on_change is not None:
            self.on_change(state, events)
