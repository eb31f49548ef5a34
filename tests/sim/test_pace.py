from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from poolshift.sim.clock import VirtualClock
from poolshift.sim.pace import Pacer

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_jumping_clock_goes_from_event_to_event_and_waits_for_no_periodic_one() -> None:
    async def main() -> list[float]:
        clock = VirtualClock(START)
        seen: list[float] = []
        clock.after(10, lambda: seen.append(clock.t))
        clock.after(86_400, lambda: seen.append(clock.t))
        clock.after(5, lambda: seen.append(-1), periodic=True)
        clock.after(200_000, lambda: seen.append(-2), periodic=True)
        pacer = Pacer(clock, None)
        pump = asyncio.create_task(pacer.pump())
        async with asyncio.timeout(10):
            while len(seen) < 3:
                await pacer.wait_change(1)
        pump.cancel()
        return seen

    assert asyncio.run(main()) == [-1, 10, 86_400]


def test_the_clock_does_not_jump_while_a_request_is_in_flight() -> None:
    async def main() -> float:
        clock = VirtualClock(START)
        clock.after(100, lambda: None)
        pacer = Pacer(clock, None)
        pump = asyncio.create_task(pacer.pump())
        async with pacer.request():
            await asyncio.sleep(0.05)
            inside = clock.t
        pump.cancel()
        return inside

    assert asyncio.run(main()) == 0


def test_a_sleep_is_an_event_of_the_world() -> None:
    async def main() -> float:
        clock = VirtualClock(START)
        pacer = Pacer(clock, None)
        pump = asyncio.create_task(pacer.pump())
        async with asyncio.timeout(10):
            await pacer.sleep(5000)
        pump.cancel()
        return clock.t

    assert asyncio.run(main()) == 5000


def test_a_request_sees_the_world_of_its_moment() -> None:
    async def main() -> float:
        clock = VirtualClock(START)
        pacer = Pacer(clock, 1_000_000)
        await asyncio.sleep(0.01)
        async with pacer.request():
            return clock.t

    assert asyncio.run(main()) >= 10_000


def test_closing_wakes_who_sleeps() -> None:
    async def main() -> None:
        pacer = Pacer(VirtualClock(START), 1)
        sleeper = asyncio.create_task(pacer.sleep(1_000_000))
        await asyncio.sleep(0)
        pacer.close()
        async with asyncio.timeout(10):
            await sleeper

    asyncio.run(main())
