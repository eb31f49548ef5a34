"""The local driver: one process, one task a run, one file lock; it only answers "when again"."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from poolshift.core.errors import ApiError, NeedsPersonError, UsageError
from poolshift.engine.lease import LeaseKeeper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from poolshift.core.journal import RunState
    from poolshift.core.ports import Clock, KubeApi
    from poolshift.engine.tick import Ticker

MIN_AGAIN_S = 0.05
"""A tick that says "now" still yields, so that a defect cannot spin."""


@contextlib.contextmanager
def run_lock(journal: Path, run: str) -> Iterator[None]:
    """The exclusive lock of one run; the system frees it when the process dies, however it dies.

    Raises:
        UsageError: another process drives this run.
    """
    folder = journal.with_name(journal.name + ".locks")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / f"{run}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                f"run {run} is being driven by another process",
                fix=f"Watch it with: poolshift runs watch {run}",
                code="PSE141",
            ) from error
        yield
    finally:
        os.close(descriptor)


def is_locked(journal: Path, run: str) -> bool:
    """Whether a living process drives the run."""
    try:
        with run_lock(journal, run):
            return False
    except UsageError:
        return True


@contextlib.asynccontextmanager
async def claimed(kube: KubeApi, wall: Clock, run: str) -> AsyncIterator[None]:
    """Take the cluster's lease before the run's first entry: a refused run leaves no trace.

    On success the lease stays with the run, whose driver takes it over; on failure it is given
    back.

    Raises:
        UsageError: another run holds it.
    """
    keeper = LeaseKeeper(kube, wall, run)
    await keeper.acquire()
    try:
        yield
    except BaseException:
        with contextlib.suppress(ApiError):
            await keeper.release()
        raise


async def drive(run: str, ticker: Ticker, *, kube: KubeApi, wall: Clock) -> RunState:
    """Tick until the run goes no further by itself; returns its last state.

    Raises:
        NeedsPersonError: the lease was lost to another run.
    """
    lost = asyncio.Event()
    keeper = LeaseKeeper(kube, wall, run)

    def still_ours() -> None:
        if lost.is_set():
            raise NeedsPersonError(
                f"run {run} lost its lease on the cluster",
                why="another run holds it now, or the API server could not be reached for "
                "the lease's whole duration",
                fix=f"Look who holds it, then: poolshift runs resume {run}",
                code="PSE501",
            )

    async with keeper.held(lost):
        return await tick_until_still(run, ticker, before_each=still_ours)


async def tick_until_still(
    run: str, ticker: Ticker, *, before_each: Callable[[], None] = lambda: None
) -> RunState:
    """Tick until the run goes no further by itself; on a virtual clock this is the whole driver."""
    while True:
        before_each()
        again_s = await ticker.tick(run)
        if again_s is None:
            return ticker.journal.load(run)[1]
        await ticker.clock.sleep(max(again_s, MIN_AGAIN_S))
