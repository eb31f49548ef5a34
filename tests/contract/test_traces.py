"""One seed, one trace: how often a client asks meanwhile moves nothing in the world."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from poolshift.adapters.connect import open_sim
from poolshift.sim.runner import serve
from poolshift.sim.scenario import load_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from poolshift.adapters.connect import Connection
    from poolshift.core.arm import Accepted

NEW = {"osType": "Windows", "osSKU": "Windows2022", "count": 2}
SMALLER = {"osType": "Windows", "osSKU": "Windows2019", "count": 1}
# So often the clock shows the same time when nothing is going to happen any more.
_STILL = 12
_BETWEEN_S = 0.02


async def session(directory: Path, *, polls: int, trace: Path) -> None:
    """Add a pool, scale the old one in, delete it; with so many polls of each."""
    directory.mkdir()
    ready, stop = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(
        serve(
            load_scenario("reference"),
            seed=3,
            speed=None,
            directory=directory,
            trace_path=trace,
            stop=stop,
            signals=False,
            on_ready=ready.set,
        )
    )
    try:
        await asyncio.wait_for(ready.wait(), 60)
        async with await open_sim(directory, run_id="same") as connection:
            await changes(connection, polls)
    finally:
        stop.set()
        await serving


async def changes(connection: Connection, polls: int) -> None:
    arm, cluster = connection.arm, connection.cluster_id
    await quiet(connection)
    added = await arm.put_pool(cluster, "ws22", {"properties": NEW})
    await done(connection, added, polls)
    shrunk = await arm.put_pool(cluster, "wspool", {"properties": SMALLER})
    await done(connection, shrunk, polls)
    await done(connection, await arm.delete_pool(cluster, "wspool"), polls)


async def done(connection: Connection, accepted: Accepted, polls: int) -> None:
    """Poll so often, with other reads in between, and then until the world is quiet."""
    operation = accepted.operation_url
    assert operation is not None
    for _ in range(polls):
        await connection.arm.operation(operation)
        await connection.arm.pools(connection.cluster_id)
    await quiet(connection)
    assert (await connection.arm.operation(operation)).status == "Succeeded"


async def quiet(connection: Connection) -> None:
    """Until time stands still: it goes from event to event, and none is left."""
    seen: list[object] = []
    while len(seen) < _STILL or len(set(seen[-_STILL:])) > 1:
        await asyncio.sleep(_BETWEEN_S)
        seen.append(await connection.clock.now())
        assert len(seen) < 3000


def trace_of(tmp_path: Path, name: str, *, polls: int) -> str:
    trace = tmp_path / f"{name}.jsonl"
    asyncio.run(session(tmp_path / name, polls=polls, trace=trace))
    return trace.read_text(encoding="utf-8")


def test_polls_leave_no_trace(tmp_path: Path) -> None:
    few = trace_of(tmp_path, "few", polls=1)
    assert len(few.splitlines()) > 50
    assert trace_of(tmp_path, "many", polls=40) == few
