"""The clock port in process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from poolshift.sim.clock import VirtualClock


class SimClock:
    """Clock of a world in process: sleeping is running the events in between."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    async def now(self) -> datetime:
        """The virtual time."""
        return self._clock.moment()

    async def sleep(self, seconds: float) -> None:
        """Run what happens within so many seconds."""
        self._clock.run_until(self._clock.t + max(seconds, 0.0))
