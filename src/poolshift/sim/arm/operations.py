"""Long-running operations: started, polled, ended on the virtual clock."""

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


class SimOperation:
    """One operation.

    `progress` gives the free text that a running operation answers to a poll; those in `then`
    are called once it has ended.
    """

    __slots__ = (
        "ended",
        "error",
        "id",
        "progress",
        "result",
        "started",
        "status",
        "target",
        "then",
    )

    def __init__(self, id_: str, target: str, started: datetime) -> None:
        self.id = id_
        self.target = target
        self.started = started
        self.ended: datetime | None = None
        self.status = RUNNING
        self.error: dict[str, Any] | None = None
        self.progress: Callable[[], str] = lambda: RUNNING
        self.result: dict[str, Any] | None = None
        self.then: list[Callable[[], None]] = []

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
        return body


class Operations:
    """All operations since the start; at most one runs on a target."""

    def __init__(self, clock: VirtualClock, rng: random.Random) -> None:
        self._clock = clock
        self._rng = rng
        self._all: dict[str, SimOperation] = {}
        self._running: dict[str, SimOperation] = {}

    def new_id(self) -> str:
        """A GUID from the seeded source."""
        return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))

    def start(self, target: str) -> SimOperation:
        """Begin an operation on a target (`cluster`, `pool/NAME`)."""
        operation = SimOperation(self.new_id(), target, self._clock.moment())
        self._all[operation.id] = operation
        self._running[target] = operation
        return operation

    def end(self, operation: SimOperation, error: tuple[str, str] | None = None) -> None:
        """End it, with the service's code and message when it failed."""
        operation.ended = self._clock.moment()
        operation.status = FAILED if error else SUCCEEDED
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
