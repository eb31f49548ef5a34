"""Over HTTP and in process, the simulator's registry tells the same of every image it has."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import httpx
import pytest
from tests.adapters.registry.shop import VirtualWall

from poolshift.adapters.registry import DiskCache, RegistryHttp
from poolshift.core.errors import NotFoundError
from poolshift.core.image import ImageFacts
from poolshift.sim.arm.login import Login
from poolshift.sim.faces import ArmFace
from poolshift.sim.pace import Pacer
from poolshift.sim.registry.port import SimRegistry
from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import World, build_world

BASE = "https://sim"


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(load_scenario("retail"), seed=1)


async def over_http(world: World, refs: list[str], folder: Path) -> list[ImageFacts]:
    login = Login(world.arm.ids, random.Random(1))
    app = ArmFace(world, Pacer(world.clock, None), login, asyncio.Event()).app()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        port = RegistryHttp(client, VirtualWall(), mirror=BASE, cache=DiskCache(folder))
        return [await port.image(ref) for ref in refs]


def test_every_image_of_a_scenario(world: World, tmp_path: Path) -> None:
    refs = [image.ref for image in world.images.all()]
    assert len(refs) > 10
    inside = SimRegistry(world.images)

    async def main() -> None:
        expected = [await inside.image(ref) for ref in refs]
        assert await over_http(world, refs, tmp_path / "c") == expected
        assert await over_http(world, refs, tmp_path / "c") == expected

    asyncio.run(main())


def test_what_the_simulator_does_not_have(world: World, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        asyncio.run(over_http(world, ["myacr.azurecr.io/nowhere:1"], tmp_path / "c"))
