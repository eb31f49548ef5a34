"""The API server under careless, broken and mean clients."""

from __future__ import annotations

import asyncio
import gc
import random
import select
import tracemalloc

import pytest
from tests.sim.kube.faces import StandingGate
from tests.sim.kube.fuzz import subjects
from tests.sim.kube.fuzz.hostility import Hostility, Sent
from tests.sim.kube.fuzz.oracle import Answer, objection
from tests.sim.kube.fuzz.running import Fuzz, Hang, ask, impatient

from poolshift.sim.kube.http import kube_app

_ROUNDS = 150
_MOST_GROWTH_BYTES = 150_000


@pytest.mark.slow
def test_hostile_requests_break_nothing(pytestconfig: pytest.Config) -> None:
    Fuzz(pytestconfig.getoption("--fuzz-seed")).judged(pytestconfig)


def test_one_seed_sends_the_same_requests() -> None:
    first, second = (Hostility(random.Random(7)) for _ in range(2))
    assert [first.request() for _ in range(200)] == [second.request() for _ in range(200)]


@pytest.mark.parametrize(
    ("status", "body", "wrong"),
    [
        (500, b'{"kind":"Status","apiVersion":"v1","status":"Failure","code":500}', True),
        (422, b'{"kind":"Status","apiVersion":"v1","status":"Failure","code":400}', True),
        (400, b"oops", True),
        (
            400,
            b'{"kind":"Status","apiVersion":"v1","status":"Failure","message":"m","code":400}',
            False,
        ),
    ],
)
def test_the_oracle_knows_a_bad_answer(status: int, body: bytes, wrong: bool) -> None:
    answer = Answer(status, {"content-type": "application/json"}, body)
    assert bool(objection(answer)) is wrong


def _spin() -> None:
    while True:
        pass


def test_work_without_end_is_noticed_and_a_busy_machine_is_not_blamed() -> None:
    ended = False
    with impatient(0.02):
        select.select([], [], [], 0.05)
        ended = True
    assert ended
    with pytest.raises(Hang), impatient(0.02):
        _spin()
    with pytest.raises(Hang), impatient(0.005):
        select.select([], [], [], 60)


def test_refused_requests_leave_nothing_behind() -> None:
    world = subjects.stage(3)
    app = kube_app(world, StandingGate())
    hostility = Hostility(random.Random(11))
    refused: list[Sent] = []

    async def pick() -> None:
        while len(refused) < 60:
            sent = hostility.request()
            if "watch" not in sent.query and (await ask(app, sent)).status >= 400:
                refused.append(sent)

    async def send() -> None:
        for _ in range(_ROUNDS // 10):
            for sent in refused:
                await ask(app, sent)

    asyncio.run(pick())
    asyncio.run(send())
    version = world.store.rv
    tracemalloc.start()
    sizes = []
    for _ in range(3):
        asyncio.run(send())
        gc.collect()
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert sizes[2] - sizes[1] < _MOST_GROWTH_BYTES
    assert world.store.rv - version <= 3 * _ROUNDS // 10 * len(refused) // 10
