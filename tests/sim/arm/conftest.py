"""A world of a scenario, and calls to its ARM side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.service import answer
from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import World, build_world

Call = Callable[..., ArmAnswer]


@pytest.fixture
def world() -> World:
    return build_world(load_scenario("reference"), seed=1)


@pytest.fixture
def newer() -> World:
    return build_world(load_scenario("reference-2025"), seed=1)


@pytest.fixture
def call() -> Call:
    """Calls a path below the cluster (`agentPools/x`), or a whole one."""

    def send(
        world: World,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> ArmAnswer:
        full = path if path.startswith("/") else f"{world.cluster_id}/{path}".rstrip("/")
        request = ArmRequest(
            method=method,
            path=full,
            query=query or {},
            headers=headers or {},
            body=body,
            by="run-1",
        )
        return answer(world.azure, request)

    return send
