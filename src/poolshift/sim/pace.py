"""How virtual time follows the wall: N times as fast, or in jumps when nobody is asking."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from poolshift.sim.clock import VirtualClock

MAX = "max"
# With `--speed max` the clock jumps after so long without a request.
IDLE_S = 0.005
# Bounds of the pump's own sleep: how late a watch may see an event, how busy an idle world is.
_SHORTEST_S = 0.005
_LONGEST_S = 0.1


class Pacer:
    """Moves the clock; the gate that every request of every face goes through.

    Args:
        clock: the world's clock.
        speed: virtual seconds for each second of the wall; None jumps from event to event.
    """

    def __init__(self, clock: VirtualClock, speed: float | None) -> None:
        self.clock = clock
        self.speed = speed
        self._loop = asyncio.get_running_loop()
        self._wall_start = self._loop.time()
        self._virtual_start = clock.t
        self._in_flight = 0
        self._quiet_since = self._wall_start
        self._changed = asyncio.Event()
        self._wake = asyncio.Event()
        self._sleepers: set[asyncio.Event] = set()

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        """Around one request: the world is brought up to now, and its effects are announced."""
        self._in_flight += 1
        try:
            self.advance()
            yield
        finally:
            self._in_flight -= 1
            self._quiet_since = self._loop.time()
            self.clock.settle()
            self._announce()
            self._wake.set()

    async def wait_change(self, timeout_s: float) -> None:
        """Return when the world may have changed, or after so long on the wall."""
        changed = self._changed
        try:
            async with asyncio.timeout(timeout_s):
                await changed.wait()
        except TimeoutError:
            return

    async def sleep(self, seconds: float) -> None:
        """Return when so many virtual seconds have passed; the end is an event of the world."""
        self.advance()
        over = asyncio.Event()
        timer = self.clock.after(max(seconds, 0.0), over.set)
        self._quiet_since = self._loop.time()
        self._wake.set()
        self._sleepers.add(over)
        try:
            await over.wait()
        finally:
            self._sleepers.discard(over)
            timer.cancel()

    def close(self) -> None:
        """Wake everybody who sleeps: the world ends."""
        for over in self._sleepers:
            over.set()

    def advance(self) -> None:
        """Run what is due by now."""
        if self.speed is None:
            self.clock.settle()
            return
        passed = (self._loop.time() - self._wall_start) * self.speed
        self.clock.run_until(max(self.clock.t, self._virtual_start + passed))

    async def pump(self) -> None:
        """Move the world on while nobody asks; runs until it is cancelled."""
        while True:
            if self.speed is None:
                await self._jump()
                continue
            self.advance()
            self._announce()
            await self._pause(self._until_next())

    def _until_next(self) -> float:
        """Wall seconds to the next event, within the pump's bounds."""
        upcoming = self.clock.next_at()
        if upcoming is None or self.speed is None:
            return _LONGEST_S
        return min(max((upcoming - self.clock.t) / self.speed, _SHORTEST_S), _LONGEST_S)

    async def _jump(self) -> None:
        """Wait until nobody has asked for a while, then go to the next event."""
        quiet = self._loop.time() - self._quiet_since
        if self._in_flight or quiet < IDLE_S:
            await asyncio.sleep(IDLE_S if self._in_flight else IDLE_S - quiet)
            return
        upcoming = self.clock.next_at()
        if upcoming is None:
            await self._pause(_LONGEST_S)
            return
        self.clock.run_until(upcoming)
        self._announce()
        # Who waits for this event gets to ask before the next one happens.
        self._quiet_since = self._loop.time()
        await asyncio.sleep(0)

    async def _pause(self, seconds: float) -> None:
        """Sleep on the wall, or less when somebody asked meanwhile."""
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    def _announce(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
