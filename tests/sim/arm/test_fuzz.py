"""The ARM face under careless, broken and mean clients."""

from __future__ import annotations

import asyncio
import gc
import random
import tracemalloc

import pytest
from tests.sim.arm.fuzz.hostility import Hostility
from tests.sim.arm.fuzz.running import ArmFuzz, stage
from tests.sim.kube.fuzz.hostility import Sent
from tests.sim.kube.fuzz.running import ask

from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import build_world

_REFUSED = 60
_ROUNDS = 10
_MOST_GROWTH_BYTES = 150_000


@pytest.mark.slow
def test_hostile_requests_break_nothing(pytestconfig: pytest.Config) -> None:
    ArmFuzz(pytestconfig.getoption("--fuzz-seed")).judged(pytestconfig)


def test_one_seed_sends_the_same_requests() -> None:
    world = build_world(load_scenario("reference"), seed=1)
    first, second = (Hostility(random.Random(7), "t") for _ in range(2))
    assert [first.request(world) for _ in range(200)] == [second.request(world) for _ in range(200)]


def test_refused_requests_leave_nothing_behind() -> None:
    async def sizes() -> list[int]:
        rng = random.Random(11)
        world, app, token = stage(rng)
        hostility = Hostility(rng, token)
        refused: list[Sent] = []
        while len(refused) < _REFUSED:
            sent = hostility.request(world)
            reply = await ask(app, sent)
            # Routes that are not there are counted by name, on purpose.
            if reply.status >= 400 and b"local AKS" not in reply.content:
                refused.append(sent)
        found = []
        for _ in range(4):
            for sent in refused * _ROUNDS:
                await ask(app, sent)
            gc.collect()
            if not tracemalloc.is_tracing():
                tracemalloc.start()
            found.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        return found

    found = asyncio.run(sizes())
    assert found[3] - found[2] < _MOST_GROWTH_BYTES
