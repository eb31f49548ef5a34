"""The ports of one scenario, in process and over HTTP to a served world."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import pytest

from poolshift.adapters.connect import open_sim
from poolshift.core.ports import ArmApi, Clock, KubeApi, Registry
from poolshift.sim.arm.port import SimArm
from poolshift.sim.kube.port import SimKube
from poolshift.sim.ports import SimClock
from poolshift.sim.registry.port import SimRegistry
from poolshift.sim.runner import serve
from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import World, build_world

if TYPE_CHECKING:
    from pathlib import Path


RUN = "contract"
START_LIMIT_S = 60
T = TypeVar("T")


class Ports(msgspec.Struct, frozen=True):
    arm: ArmApi
    kube: KubeApi
    registry: Registry
    clock: Clock
    cluster_id: str


Using = Callable[[Callable[[Ports], Awaitable[Any]]], Any]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A local AKS in a thread, as fast as it goes; the folder with its files."""
    directory = tmp_path_factory.mktemp("sim")
    ready = threading.Event()
    stops: list[Callable[[], object]] = []
    failures: list[BaseException] = []

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        await serve(
            load_scenario("reference"),
            seed=1,
            speed=None,
            directory=directory,
            stop=stop,
            signals=False,
            on_ready=ready.set,
        )

    def main() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:
            failures.append(error)
            ready.set()

    thread = threading.Thread(target=main)
    thread.start()
    assert ready.wait(START_LIMIT_S)
    assert not failures
    yield directory
    stops[0]()
    thread.join(START_LIMIT_S)
    assert not failures


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(load_scenario("reference"), seed=1)


@asynccontextmanager
async def _in_process(world: World) -> AsyncIterator[Ports]:
    agent = f"poolshift/0 run/{RUN}"
    yield Ports(
        arm=SimArm(world.azure, agent),
        kube=SimKube(world.kube, user_agent=agent),
        registry=SimRegistry(world.images),
        clock=SimClock(world.clock),
        cluster_id=world.cluster_id,
    )


@asynccontextmanager
async def _over_http(directory: Path) -> AsyncIterator[Ports]:
    async with await open_sim(directory, run_id=RUN) as connection:
        yield Ports(
            arm=connection.arm,
            kube=connection.kube,
            registry=connection.registry,
            clock=connection.clock,
            cluster_id=connection.cluster_id,
        )


@pytest.fixture(params=["in-process", "http"])
def using(request: pytest.FixtureRequest) -> Using:
    """Runs an async function with the ports; each name of a fixture is opened only when used."""

    def run(body: Callable[[Ports], Awaitable[T]]) -> T:
        async def main() -> T:
            if request.param == "http":
                opened = _over_http(request.getfixturevalue("served"))
            else:
                opened = _in_process(request.getfixturevalue("world"))
            async with opened as ports:
                return await body(ports)

        return asyncio.run(main())

    return run
