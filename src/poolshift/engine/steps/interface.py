"""What a step is given and what it may answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from poolshift.core.clock import format_time, parse_time
from poolshift.core.journal import ActionRecord, RunState, StepRecord

if TYPE_CHECKING:
    from datetime import datetime

    from poolshift.core.plan import Plan, PlanPool, PlanWorkload, Step
    from poolshift.engine.view import View

POLL_S = 10.0
"""How soon to look again while the cluster works on something."""


@dataclass(frozen=True)
class Act:
    """Do these things now, then look again; `unblock` is for when the service keeps saying no."""

    actions: tuple[ActionRecord, ...]
    why: str = ""
    again_s: float = POLL_S
    data: Mapping[str, Any] | None = None
    unblock: str = ""


@dataclass(frozen=True)
class Wait:
    """Nothing to do until something changes by itself; `unblock` is for the person who reads it."""

    what: str
    why: str
    unblock: str = ""
    again_s: float = POLL_S
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Done:
    """The step is done."""

    note: str = ""


@dataclass(frozen=True)
class Fail:
    """The step cannot go on by itself."""

    why: str
    fix: str = ""


Result = Act | Wait | Done | Fail


@dataclass(frozen=True)
class StepContext:
    """Everything a step may look at."""

    view: View
    plan: Plan
    state: RunState
    step: Step
    record: StepRecord
    now: datetime
    outcomes: tuple[ActionRecord, ...] = field(default=())

    @property
    def run(self) -> str:
        """The run's id."""
        return self.state.run

    @property
    def data(self) -> dict[str, Any]:
        """The step's memory."""
        return self.record.data

    @property
    def pool(self) -> PlanPool:
        """The planned pool that the step belongs to."""
        return self.plan.pool(str(self.step.parameters["pool"]))

    @property
    def workload(self) -> PlanWorkload:
        """The planned workload that the step belongs to."""
        target = str(self.step.parameters["workload"])
        return next(w for w in self.plan.workloads if w.target == target)

    def action(self, verb: str, target: str, **parameters: Any) -> ActionRecord:
        """An intended act of this step; the same act always has the same id."""
        return ActionRecord(
            id=f"{self.step.id}:{verb}:{target}",
            step=self.step.id,
            verb=verb,
            target=target,
            parameters=parameters,
        )

    def seconds_since(self, key: str) -> float | None:
        """Seconds since a moment kept in the step's memory; None when it is not there."""
        kept = self.data.get(key)
        return None if kept is None else (self.now - parse_time(kept)).total_seconds()

    def running_s(self) -> float:
        """Seconds since the step began."""
        if self.record.started_at is None:
            return 0.0
        return (self.now - parse_time(self.record.started_at)).total_seconds()

    def stamp(self) -> str:
        """Now, as it is kept in a step's memory."""
        return format_time(self.now)


StepFunction = Callable[[StepContext], Result]


@dataclass(frozen=True)
class StepType:
    """A kind of step: how it goes forward and how it is taken back.

    `deadline_s` bounds the time that a step may wait without a person being asked.
    """

    advance: StepFunction
    undo: StepFunction
    deadline_s: float = 3600.0


def nothing_to_undo(_: StepContext) -> Result:
    """The undo of a step that leaves nothing behind."""
    return Done()
