"""The HTTP face of a world for tests: in process through ASGI, or on a loopback port."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import httpx
import uvicorn

from poolshift.sim.kube.http import kube_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from poolshift.sim.kube.world import KubeWorld

BASE = "http://cluster"


class StandingGate:
    """Time stands still; a watch that waits gives up its turn."""

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        yield

    async def wait_change(self, timeout_s: float) -> None:
        await asyncio.sleep(min(timeout_s, 0.01))


class RunningGate:
    """Every request and every wait of a watch lets so many virtual seconds pass."""

    def __init__(self, world: KubeWorld, step_s: float = 5.0) -> None:
        self._world = world
        self._step_s = step_s

    def _run(self) -> None:
        self._world.clock.run_until(self._world.clock.t + self._step_s)

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        self._run()
        yield

    async def wait_change(self, timeout_s: float) -> None:
        await asyncio.sleep(min(timeout_s, 0.02))
        self._run()


def client(world: KubeWorld, *, token: str = "", user_agent: str = "test/1") -> httpx.AsyncClient:
    app = kube_app(
        world,
        StandingGate(),
        admits=(lambda given: given == f"Bearer {token}") if token else None,
    )
    transport = httpx.ASGITransport(app)
    headers = {"User-Agent": user_agent}
    return httpx.AsyncClient(transport=transport, base_url=BASE, headers=headers)


def _noting(app: ASGIApp, seen: list[str]) -> ASGIApp:
    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            target = scope["raw_path"].decode()
            query = scope["query_string"].decode()
            seen.append(f"{scope['method']} {target}{'?' if query else ''}{query}")
        await app(scope, receive, send)

    return noting


@contextmanager
def served(world: KubeWorld, step_s: float = 5.0, seen: list[str] | None = None) -> Iterator[str]:
    """The world on a loopback port, in a thread of its own; gives the address.

    `seen` takes the method and target of every request.
    """
    app = _noting(kube_app(world, RunningGate(world, step_s)), [] if seen is None else seen)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    started = threading.Event()
    startup = server.startup

    async def announce(*args: object, **kwargs: object) -> None:
        await startup(*args, **kwargs)  # type: ignore[arg-type]
        started.set()

    server.startup = announce  # type: ignore[method-assign]
    thread.start()
    started.wait(10)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
