"""Long-running operations: started, polled, halted, ended on the virtual clock."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from datetime import datetime

    from poolshift.sim.clock import VirtualClock

RUNNING = "InProgress"
SUCCEEDED = "Succeeded"
FAILED = "Failed"
CANCELED = "Canceled"

# Errors that polls of the real service carried and that meant nothing: the operations succeeded.
# As often as they were recorded: in 14, 1 and 1 of those operations.
_LOST = "The operation has been preempted by another one."
_TRANSIENT: tuple[tuple[str, str], ...] = (
    *[
        (
            "NotLatestOperation",
            f"{_LOST} Please wait for the other operation to complete and try again..",
        )
    ]
    * 14,
    ("ContextDeadlineExceeded", "Context deadline exceeded in VMSS operation"),
    ("ReconcileControlPlaneCertificatesError", "key pool is empty"),
)
# One operation in a hundred: 76 of 8,857 recorded ones had succeeded and still carried an error.
_ONE_IN = 100
# How long after its start an operation's polls begin to carry it; not recorded.
_TRANSIENT_AFTER_S = 30.0


class SimOperation:
    """One operation.

    Attributes:
        progress: gives the free text that a running operation answers to a poll.
        then: called once it has ended.
        unwind: what an abort must put back; it calls what it is given when that is done.
        halted: whether an abort has stopped it; it runs on to clients until the abort is through.
        transient: code and message of an error that means nothing.
        doom: code and message that it will end with, by what has gone wrong so far.
    """

    __slots__ = (
        "_clock",
        "doom",
        "ended",
        "error",
        "halted",
        "id",
        "progress",
        "started",
        "status",
        "target",
        "then",
        "transient",
        "unwind",
    )

    def __init__(self, id_: str, target: str, clock: VirtualClock) -> None:
        self._clock = clock
        self.id = id_
        self.target = target
        self.started = clock.moment()
        self.ended: datetime | None = None
        self.status = RUNNING
        self.error: dict[str, Any] | None = None
        self.progress: Callable[[], str] = lambda: RUNNING
        self.then: list[Callable[[], None]] = []
        self.unwind: Callable[[Callable[[], None]], None] | None = None
        self.halted = False
        self.transient: tuple[str, str] | None = None
        self.doom: tuple[str, str] | None = None

    @property
    def live(self) -> bool:
        """Whether it still works: neither ended nor stopped by an abort."""
        return self.ended is None and not self.halted

    @property
    def age_s(self) -> float:
        """How long ago it started."""
        return (self._clock.moment() - self.started).total_seconds()

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Act so many seconds from now, unless it has ended or was aborted by then."""
        self._clock.after(seconds, lambda: action() if self.live else None)

    def body(self) -> dict[str, Any]:
        """What a poll answers."""
        running = self.status == RUNNING
        body: dict[str, Any] = {
            "name": self.id,
            "status": self.progress() if running else self.status,
            "startTime": stamp(self.started),
        }
        if self.ended is not None:
            body["endTime"] = stamp(self.ended)
        if self.error is not None:
            body["error"] = self.error
        elif self.transient is not None and self.age_s >= _TRANSIENT_AFTER_S:
            body["error"] = {"code": self.transient[0], "message": self.transient[1]}
        return body


class Operations:
    """All operations since the start; at most one runs on a target.

    Attributes:
        troubled: whether every new operation's polls carry an error that means nothing.
    """

    def __init__(self, clock: VirtualClock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self._all: dict[str, SimOperation] = {}
        self._running: dict[str, SimOperation] = {}
        self.troubled = False

    def new_id(self) -> str:
        """A GUID from the seeded source."""
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def start(self, target: str) -> SimOperation:
        """Begin an operation on a target (`cluster`, `pool/NAME`)."""
        operation = SimOperation(self.new_id(), target, self._clock)
        # By the id, which is drawn already: nothing else is drawn differently for it.
        drawn = int(operation.id[-8:], 16)
        if self.troubled or drawn % _ONE_IN == 0:
            operation.transient = _TRANSIENT[drawn // _ONE_IN % len(_TRANSIENT)]
        self._all[operation.id] = operation
        self._running[target] = operation
        return operation

    def end(self, operation: SimOperation, error: tuple[str, str] | None = None) -> None:
        """End it, with the service's code and message when it failed."""
        self._close(operation, FAILED if error else SUCCEEDED, error)

    def cancel(self, operation: SimOperation, by: SimOperation) -> None:
        """End it as one that another operation took over."""
        message = f"This operation has been preempted by another operation with ID {by.id}"
        self._close(operation, CANCELED, ("AKSOperationPreempted", message))

    def give_way(self, operation: SimOperation) -> None:
        """End it because what it was done to is to be deleted."""
        if not operation.halted:
            operation.halted = True
            if operation.unwind is not None:
                operation.unwind(lambda: None)
        message = "This operation has been preempted by Deleting operation."
        self._close(operation, CANCELED, ("AKSOperationPreemptedByDelete", message))

    def _close(
        self, operation: SimOperation, status: str, error: tuple[str, str] | None = None
    ) -> None:
        operation.ended = self._clock.moment()
        operation.status = status
        if error:
            operation.error = {"code": error[0], "message": error[1]}
        if self._running.get(operation.target) is operation:
            del self._running[operation.target]
        for listener in operation.then:
            listener()

    def running_on(self, target: str) -> SimOperation | None:
        """The operation that runs on a target."""
        return self._running.get(target)

    def running(self) -> tuple[SimOperation, ...]:
        """Every operation that runs."""
        return tuple(self._running.values())

    def find(self, id_: str) -> SimOperation | None:
        """An operation by id."""
        return self._all.get(id_.lower())


def stamp(moment: datetime) -> str:
    """A time as operations carry it, with fractions: 2022-10-15T08:00:00.000000Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
