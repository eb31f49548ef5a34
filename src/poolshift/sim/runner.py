"""Runs a scenario as a local AKS: two HTTPS faces on loopback, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import ssl
from typing import TYPE_CHECKING

import msgspec
import trustme
import uvicorn

from poolshift.core.errors import UsageError
from poolshift.sim import collector
from poolshift.sim.apiservers import ApiServers
from poolshift.sim.arm.clusters.credentials import kubeconfig
from poolshift.sim.arm.login import Login
from poolshift.sim.arm.subscription import ApiAccess
from poolshift.sim.faces import ArmFace, WatchEnder
from poolshift.sim.files import (
    ENDPOINT_FILE,
    Endpoint,
    environment,
    users_bundle,
    write_azure_folder,
    write_private,
)
from poolshift.sim.pace import Pacer
from poolshift.sim.world import World, build_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from poolshift.sim.scenario import Scenario

HOST = "127.0.0.1"
# What clients of a running operation are told to wait, on the wall, where time runs faster.
_POLL_HINT_MS = 50
_BACKLOG = 512
_START_LIMIT_S = 30.0
_GRACE_S = 1


class _Server(uvicorn.Server):
    """Leaves signals to the runner, which has two servers to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal."""
        yield


async def serve(
    scenario: Scenario,
    *,
    seed: int,
    speed: float | None,
    directory: Path,
    trace_path: Path | None = None,
    stop: asyncio.Event | None = None,
    signals: bool = True,
    on_ready: Callable[[], None] | None = None,
) -> None:
    """Serve until SIGINT, SIGTERM, `stop` or a POST to /_sim/shutdown.

    Args:
        scenario: what to serve.
        seed: of everything that is drawn in the world.
        speed: virtual seconds a second; None for as fast as clients allow.
        directory: where the files for clients go; `endpoint.json` is written last.
        trace_path: where the trace goes; None keeps none.
        stop: ends the serving when it is set.
        signals: whether to stop at signals (only possible in the main thread).
        on_ready: called once, when both faces answer and the files are written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    stop = stop or asyncio.Event()
    with contextlib.ExitStack() as stack:
        trace = None
        if trace_path is not None:
            try:
                trace = stack.enter_context(trace_path.open("wb"))
            except OSError as error:
                raise UsageError(f"{trace_path} cannot be written", why=str(error)) from error
        world = build_world(scenario, seed=seed, trace_out=trace, keep_trace=False)
        collector.settle()
        if signals:
            stack.enter_context(_stopping_signals(stop))
        await _serve_world(world, speed=speed, directory=directory, stop=stop, on_ready=on_ready)


async def _serve_world(
    world: World,
    *,
    speed: float | None,
    directory: Path,
    stop: asyncio.Event,
    on_ready: Callable[[], None] | None,
) -> None:
    pacer = Pacer(world.clock, speed)
    # Tokens come from the system's randomness, not from the seed: they guard a real port.
    login = Login(world.arm.ids, random.SystemRandom())
    authority = trustme.CA()
    context = _tls(authority)
    arm_socket, kube_socket = _listen(), _listen()
    endpoint = _endpoint(world, arm_socket, kube_socket)
    world.azure.poll_hint_ms = None if speed is not None and speed <= 1 else _POLL_HINT_MS
    pem = authority.cert_pem.bytes()
    world.azure.api_access = ApiAccess(endpoint.kube, pem, login.kube_token)
    config = kubeconfig(world.arm)
    arm = _server(ArmFace(world, pacer, login, stop).app(), context)
    kube = _server(WatchEnder(ApiServers(world, pacer, login), stop), context)
    pump = asyncio.create_task(pacer.pump())
    tasks = [
        asyncio.create_task(arm.serve(sockets=[arm_socket])),
        asyncio.create_task(kube.serve(sockets=[kube_socket])),
    ]
    try:
        await _started(arm, kube, tasks)
        _write_files(directory, endpoint, world, login, pem, config)
        if on_ready is not None:
            on_ready()
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait([waiting, pump, *tasks], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if pump.done():
            pump.result()
    finally:
        stop.set()
        pacer.close()
        (directory / ENDPOINT_FILE).unlink(missing_ok=True)
        arm.should_exit = kube.should_exit = True
        pump.cancel()
        await asyncio.gather(*tasks, pump, return_exceptions=True)


def _write_files(
    directory: Path, endpoint: Endpoint, world: World, login: Login, pem: bytes, config: str
) -> None:
    """Everything but the endpoint first: who sees it finds the rest."""
    write_private(directory / "ca.pem", users_bundle().rstrip() + "\n" + pem.decode())
    write_private(directory / "kubeconfig", config)
    write_azure_folder(directory / "azure", arm=endpoint.arm, ids=world.arm.ids, login=login)
    write_private(directory / "azure.env", environment(directory))
    text = msgspec.json.format(msgspec.json.encode(endpoint)).decode()
    write_private(directory / ENDPOINT_FILE, text + "\n")


def _endpoint(world: World, arm: socket.socket, kube: socket.socket) -> Endpoint:
    ids = world.arm.ids
    return Endpoint(
        arm=f"https://{HOST}:{arm.getsockname()[1]}",
        kube=f"https://{HOST}:{kube.getsockname()[1]}",
        tenant=ids.tenant,
        subscription=ids.subscription,
        resource_group=ids.group,
        cluster=ids.cluster,
        pid=os.getpid(),
    )


def _tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST, "localhost").configure_cert(context)
    return context


def _listen() -> socket.socket:
    """A loopback socket on a free port."""
    # asyncio switches Nagle off only where the protocol is named; with it each answer costs 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, 0))
    listener.listen(_BACKLOG)
    return listener


def _server(app: ASGIApp, context: ssl.SSLContext) -> _Server:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=_GRACE_S,
    )
    config.load()
    # The certificate lives in memory only: no key of it ever lies on a disk.
    config.ssl = context
    return _Server(config)


async def _started(arm: _Server, kube: _Server, tasks: list[asyncio.Task[None]]) -> None:
    """Return when both faces answer."""
    async with asyncio.timeout(_START_LIMIT_S):
        while not (arm.started and kube.started):
            for task in tasks:
                if task.done():
                    task.result()
                    raise UsageError("a face of the local AKS ended while it started")
            await asyncio.sleep(0.01)


@contextlib.contextmanager
def _stopping_signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
