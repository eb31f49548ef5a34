"""The ARM face over HTTP: what differs from the service in process."""

from __future__ import annotations

import asyncio
import json
import random

import pytest
from tests.sim.kube.fuzz.hostility import Sent
from tests.sim.kube.fuzz.oracle import Answer
from tests.sim.kube.fuzz.running import ask

from poolshift.sim.arm.login import Login
from poolshift.sim.faces import ArmFace
from poolshift.sim.pace import Pacer
from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import World, build_world

PUTS = 21


def asked(query: str) -> Answer:
    """The answer to a read of the cluster with a query."""
    world = build_world(load_scenario("reference"), seed=1)

    async def send() -> Answer:
        login = Login(world.azure.home, random.Random(1))
        app = ArmFace(world, Pacer(world.clock, None), login, asyncio.Event()).app()
        headers = {"authorization": f"Bearer {login.token('x')['access_token']}"}
        return await ask(app, Sent("GET", world.cluster_id, query, headers, b""))

    return asyncio.run(send())


def test_a_call_names_an_api_version_whichever() -> None:
    refused = asked("")
    assert refused.status == 400
    assert json.loads(refused.content)["error"]["code"] == "MissingApiVersionParameter"
    assert asked("api-version=1999-01-01-preview").status == 200


def throttled(agent: str, speed: float | None) -> tuple[World, Answer]:
    """The answer to more PUTs of a pool at once than the service takes."""
    world = build_world(load_scenario("reference"), seed=1)

    async def send() -> Answer:
        login = Login(world.azure.home, random.Random(1))
        app = ArmFace(world, Pacer(world.clock, speed), login, asyncio.Event()).app()
        headers = {
            "authorization": f"Bearer {login.token('x')['access_token']}",
            "content-type": "application/json",
            "user-agent": agent,
        }
        path = f"{world.cluster_id}/agentPools/wspool"
        body = json.dumps({"properties": {"count": 3}}).encode()
        for _ in range(PUTS):
            answer = await ask(app, Sent("PUT", path, "api-version=2026-06-01", headers, body))
        return answer

    return world, asyncio.run(send())


@pytest.mark.parametrize(
    ("agent", "speed", "wait"),
    [
        pytest.param("AZURECLI/2.91.0", 1.0, "60", id="as-the-wall"),
        pytest.param("AZURECLI/2.91.0", 10.0, "6", id="ten-times-as-fast"),
        pytest.param("AZURECLI/2.91.0", None, "1", id="in-jumps"),
        pytest.param("poolshift/0 run/run-1", None, "60", id="by-the-worlds-clock"),
    ],
)
def test_a_wait_is_told_in_seconds_of_the_clients_clock(
    agent: str, speed: float | None, wait: str
) -> None:
    _, answer = throttled(agent, speed)
    assert answer.status == 429
    assert json.loads(answer.content)["code"] == "Throttled"
    assert answer.headers["retry-after"] == wait


def test_a_wait_that_was_told_is_something_to_jump_to() -> None:
    world, _ = throttled("AZURECLI/2.91.0", None)
    upcoming = []
    while (at := world.clock.next_at()) is not None and at <= 61:
        upcoming.append(at)
        world.clock.run_until(at)
    assert 60 in [round(at) for at in upcoming]
