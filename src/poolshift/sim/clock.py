"""The virtual clock: a queue of events in time, and the only source of time in the world."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from poolshift.core.errors import invariant


class Timer(msgspec.Struct, eq=False):
    """A pending event; `cancel` makes it never happen."""

    at: float
    action: Callable[[], None]
    periodic: bool
    cancelled: bool = False

    def cancel(self) -> None:
        """Make the event never happen; a second call does nothing."""
        self.cancelled = True


class VirtualClock:
    """Seconds since `start`, moved only by running events.

    Events of the same instant run in the order in which they were set. A periodic event (a
    resync, a heartbeat) is one that a jumping clock does not wait for.
    """

    def __init__(self, start: datetime) -> None:
        self.start = start
        self.t = 0.0
        # Events that a jumping clock goes to, and those that it does not.
        self._solid: list[tuple[float, int, Timer]] = []
        self._periodic: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()

    def moment(self) -> datetime:
        """The time as an aware datetime."""
        return self.start + timedelta(seconds=self.t)

    def at(self, t: float, action: Callable[[], None], *, periodic: bool = False) -> Timer:
        """Run `action` at second `t` (now, when that is past)."""
        timer = Timer(t if t > self.t else self.t, action, periodic)
        entry = (timer.at, next(self._order), timer)
        heapq.heappush(self._periodic if periodic else self._solid, entry)
        return timer

    def after(self, seconds: float, action: Callable[[], None], *, periodic: bool = False) -> Timer:
        """Run `action` so many seconds from now."""
        return self.at(self.t + seconds, action, periodic=periodic)

    def next_at(self) -> float | None:
        """When the next event that is not periodic happens; None when there is none."""
        while self._solid and self._solid[0][2].cancelled:
            heapq.heappop(self._solid)
        return self._solid[0][0] if self._solid else None

    def _due(self, t: float) -> Timer | None:
        """The next event up to and including second `t`, taken out."""
        solid, periodic = self._solid, self._periodic
        while solid or periodic:
            # Entries are ordered by time, then by when they were set; no two are equal.
            first = solid if not periodic or (solid and solid[0] < periodic[0]) else periodic
            if first[0][0] > t:
                return None
            timer = heapq.heappop(first)[2]
            if not timer.cancelled:
                return timer
        return None

    def run_until(self, t: float) -> None:
        """Run every event up to and including second `t`, then stand at `t`."""
        invariant(t >= self.t, f"time runs forward only: {t} < {self.t}")
        while (timer := self._due(t)) is not None:
            self.t = timer.at
            timer.cancelled = True
            timer.action()
        self.t = t

    def settle(self) -> None:
        """Run what is due at this very instant."""
        self.run_until(self.t)
