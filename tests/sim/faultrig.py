"""Worlds with faults, and calls to their ARM side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.rig import replaced

from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.service import answer
from poolshift.sim.faults.fault import FaultSpec
from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import World, build_world

POOL = "wspool"
DAY_S = 86_400.0


def world_with(*faults: FaultSpec, scenario: str = "reference", **fields: Any) -> World:
    """A world of a scenario with faults, and other fields changed."""
    return build_world(replaced(load_scenario(scenario), faults=faults, **fields), seed=1)


def call(
    world: World,
    method: str,
    path: str,
    body: Any = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> ArmAnswer:
    """Call a path below the cluster (`agentPools/x`), or a whole one."""
    full = path if path.startswith("/") else f"{world.cluster_id}/{path}".rstrip("/")
    request = ArmRequest(
        method=method, path=full, query={}, headers=headers or {}, body=body, by="run-1"
    )
    return answer(world.azure, request)


def pool(world: World, name: str = POOL) -> dict[str, Any]:
    """The properties of a pool, as the service answers them."""
    found: dict[str, Any] = call(world, "GET", f"agentPools/{name}").body["properties"]
    return found


def change(world: World, name: str = POOL, **changed: Any) -> ArmAnswer:
    """PUT a pool as it was read, with some properties changed."""
    return call(
        world, "PUT", f"agentPools/{name}", {"properties": {**pool(world, name), **changed}}
    )


def create(world: World, name: str = "npwin", **given: Any) -> ArmAnswer:
    """Ask for a new Windows pool."""
    base = {
        "osType": "Windows",
        "osSKU": "Windows2022",
        "count": 1,
        "vmSize": "Standard_D2s_v3",
        "mode": "User",
    }
    return call(world, "PUT", f"agentPools/{name}", {"properties": {**base, **given}})


def upgrade_image(world: World, name: str = POOL) -> ArmAnswer:
    return call(world, "POST", f"agentPools/{name}/upgradeNodeImageVersion")


def code_of(reply: ArmAnswer) -> str:
    """The code of a refusal, flat or wrapped; empty for an answer that is none."""
    body = reply.body if isinstance(reply.body, dict) else {}
    return str((body.get("error") or body).get("code") or "")


def poll(world: World, reply: ArmAnswer) -> dict[str, Any]:
    path = reply.headers["Azure-AsyncOperation"].partition("?")[0]
    found: dict[str, Any] = call(world, "GET", path).body
    return found


def ended(world: World, reply: ArmAnswer, *, limit_s: float = DAY_S) -> dict[str, Any]:
    """The last poll of an operation, after its end."""
    assert reply.status < 300, reply.body
    end = world.clock.t + limit_s
    while world.clock.t < end and "endTime" not in poll(world, reply):
        wait(world, 5)
    return poll(world, reply)


def settled(world: World, name: str = POOL, *, limit_s: float = DAY_S) -> str:
    """A pool's state once nothing runs on it any more."""
    end = world.clock.t + limit_s
    while world.clock.t < end and pool(world, name)["provisioningState"] not in _STILL:
        wait(world, 5)
    return str(pool(world, name)["provisioningState"])


_STILL = ("Succeeded", "Failed", "Canceled")


def wait(world: World, seconds: float) -> None:
    world.clock.run_until(world.clock.t + seconds)
