"""Sending hostile requests for a while, and what they brought to light."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.sim.hostile import Hostile, signature_of, told_of
from tests.sim.kube.faces import StandingGate
from tests.sim.kube.fuzz import oracle, subjects
from tests.sim.kube.fuzz.hostility import Hostility, Sent
from tests.sim.kube.fuzz.oracle import Answer

from poolshift.sim.kube.http import kube_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message

# A request may take so long, a watch is left after so long.
PATIENCE_S = 5.0
_WATCHED_S = 0.03
# Requests between two looks at the world, and the life of one.
_LOOK_EVERY = 60
_WORLD_FOR = 600
_PATIENCE = 12


class Hang(Exception):
    """A request that did not end."""


@contextmanager
def impatient(seconds: float) -> Iterator[None]:
    """Raise Hang where the code is that takes longer.

    What counts is the work done: on a busy machine a process may stand still for seconds. What
    waits for nothing does no work, and is given up after many times as long.
    """
    worked, waited = time.process_time(), time.monotonic()

    def alarm(*_: object) -> None:
        idle = time.monotonic() - waited
        if time.process_time() - worked >= seconds or idle >= _PATIENCE * seconds:
            raise Hang(f"no end after {seconds} s")

    before = signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


async def ask(app: ASGIApp, sent: Sent) -> Answer:
    """Send one request past every client's good manners; a watch is left after a moment."""
    gone = asyncio.Event()
    given = iter([{"type": "http.request", "body": sent.content, "more_body": False}])
    got: list[Message] = []

    async def receive() -> Message:
        message = next(given, None)
        if message is not None:
            return message
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        got.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": sent.method,
        "scheme": "http",
        "path": unquote(sent.path),
        "raw_path": sent.path.encode(),
        "query_string": sent.query.encode(),
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in sent.headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("cluster", 80),
        "root_path": "",
    }
    if "watch=1" in sent.query:
        asyncio.get_running_loop().call_later(_WATCHED_S, gone.set)
    await app(scope, receive, send)
    start = got[0]
    headers = {k.decode().lower(): v.decode("latin-1") for k, v in start["headers"]}
    return Answer(start["status"], headers, b"".join(m.get("body", b"") for m in got[1:]))


class Fuzz(Hostile):
    """A run against the API server."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._hostility = Hostility(self.rng)

    async def one_world(self, end: float, most: int) -> None:
        """Send to a new API server for a while, within the run's bounds."""
        self._world = subjects.stage(self.rng.randrange(1000))
        app = kube_app(self._world, StandingGate())
        still = oracle.untouched(self._world)
        start, made = oracle.sent_alone(self._world), 0
        for n in range(1, _WORLD_FOR + 1):
            sent = self._hostility.request()
            made += await self._ask(app, sent)
            if n % _LOOK_EVERY == 0 and not self._well(still, start + made):
                return
            if time.monotonic() > end or self.requests >= most:
                break
        self._well(still, start + made)

    async def _ask(self, app: ASGIApp, sent: Sent) -> bool:
        """Whether an object was made."""
        self.requests += 1
        self.last = [*self.last[-_LOOK_EVERY:], sent]
        try:
            with impatient(PATIENCE_S):
                answer = await ask(app, sent)
        except Exception as error:
            self.note(signature_of(error), f"{sent}\n{told_of(error)}")
            return False
        if problem := oracle.objection(answer):
            self.note(problem[:120], f"{sent}\n{answer}")
        self.accepted += answer.status < 300 and sent.method != "GET"
        self.refused += answer.status >= 400
        return answer.status == 201

    def _well(self, still: dict[str, Any], most: int) -> bool:
        """Whether the world is in order; a broken one is given up."""
        try:
            with impatient(PATIENCE_S * 4):
                oracle.check_world(self._world)
            assert oracle.untouched(self._world) == still, "objects that nobody named changed"
            assert oracle.sent_alone(self._world) <= most, "more objects than were accepted"
        except Exception as error:
            self.note_world(error)
            return False
        return True
