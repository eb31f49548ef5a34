from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.sim.arm.driving import (
    NEWER,
    Call,
    control_plane_at,
    nodes,
    poll,
    properties,
    put,
    run_to_end,
    versions,
)

if TYPE_CHECKING:
    from poolshift.sim.arm.request import ArmAnswer
    from poolshift.sim.world import World

OFF, ON = {"powerState": {"code": "Stopped"}}, {"powerState": {"code": "Running"}}


def stop(world: World, call: Call) -> ArmAnswer:
    reply = put(world, call, "wspool", **OFF)
    assert run_to_end(world, call, reply) == "Succeeded"
    return reply


def test_a_stopped_pool_keeps_its_count_and_has_no_nodes(world: World, call: Call) -> None:
    reply = stop(world, call)
    shown = reply.body["properties"]
    # As recorded: the answer counts no node, the pool itself does.
    assert (shown["provisioningState"], shown["count"]) == ("Stopping", 0)
    after = properties(world, call, "wspool")
    assert (after["provisioningState"], after["count"]) == ("Succeeded", 3)
    assert after["powerState"] == {"code": "Stopped"}
    assert nodes(world, "wspool") == {}


def test_its_machines_come_back_under_their_names(world: World, call: Call) -> None:
    before = set(nodes(world, "wspool"))
    stop(world, call)
    reply = put(world, call, "wspool", **ON)
    assert reply.body["properties"]["provisioningState"] == "Starting"
    assert run_to_end(world, call, reply) == "Succeeded"
    assert set(nodes(world, "wspool")) == before
    world.clock.run_until(world.clock.t + 3600)
    pods = [p for n in nodes(world, "wspool") for p in world.kube.pods_on(n)]
    assert sum(p["metadata"]["name"].startswith("sample") for p in pods) == 3


@pytest.mark.parametrize("changed", [{"count": 4}, {"nodeLabels": {"a": "b"}}])
def test_a_stopped_pool_is_not_changed(world: World, call: Call, changed: dict[str, Any]) -> None:
    stop(world, call)
    reply = put(world, call, "wspool", **changed)
    assert (reply.status, reply.body["code"]) == (409, "OperationNotAllowed")


def test_a_stopped_pool_is_upgraded_and_starts_as_the_new_one(world: World, call: Call) -> None:
    stop(world, call)
    control_plane_at(world)
    reply = put(world, call, "wspool", orchestratorVersion=NEWER)
    assert reply.body["properties"]["provisioningState"] == "Upgrading"
    assert run_to_end(world, call, reply) == "Succeeded"
    assert nodes(world, "wspool") == {}
    assert properties(world, call, "wspool")["powerState"] == {"code": "Stopped"}
    assert run_to_end(world, call, put(world, call, "wspool", **ON)) == "Succeeded"
    assert versions(world, "wspool") == {f"v{NEWER}"}


def test_system_pools_and_those_that_failed_are_not_stopped(world: World, call: Call) -> None:
    reply = put(world, call, "agentpool", **OFF)
    assert (reply.status, reply.body["code"]) == (400, "OperationNotAllowed")
    call(world, "POST", "agentPools/wspool/upgradeNodeImageVersion")
    run_to_end(world, call, call(world, "POST", "agentPools/wspool/abort"))
    assert put(world, call, "wspool", **OFF).status == 409


def test_a_stopped_pool_can_be_deleted(world: World, call: Call) -> None:
    stop(world, call)
    reply = call(world, "DELETE", "agentPools/wspool")
    assert run_to_end(world, call, reply) == "Succeeded"
    assert "wspool" not in world.arm.pools


def test_an_aborted_stop_is_a_running_pool(world: World, call: Call) -> None:
    reply = put(world, call, "wspool", **OFF)
    world.clock.run_until(10)
    aborted = call(world, "POST", "agentPools/wspool/abort")
    assert aborted.body["properties"]["count"] == 0
    run_to_end(world, call, aborted)
    assert poll(world, call, reply)["status"] == "Canceled"
    after = properties(world, call, "wspool")
    assert (after["provisioningState"], after["powerState"]) == ("Canceled", {"code": "Running"})
    assert after["count"] == len(nodes(world, "wspool")) == 3
    assert run_to_end(world, call, put(world, call, "wspool")) == "Succeeded"


def test_an_aborted_start_can_be_started_again(world: World, call: Call) -> None:
    stop(world, call)
    reply = put(world, call, "wspool", **ON)
    world.clock.run_until(world.clock.t + 95)
    assert poll(world, call, reply)["status"] == "InProgress"
    run_to_end(world, call, call(world, "POST", "agentPools/wspool/abort"))
    assert properties(world, call, "wspool")["powerState"] == {"code": "Stopped"}
    assert run_to_end(world, call, put(world, call, "wspool", **ON)) == "Succeeded"
    assert len(nodes(world, "wspool")) == 3


def test_the_autoscaler_leaves_a_stopped_pool_alone(world: World, call: Call) -> None:
    scaled = {"enableAutoScaling": True, "minCount": 1, "maxCount": 6}
    run_to_end(world, call, put(world, call, "wspool", **scaled))
    stop(world, call)
    world.clock.run_until(world.clock.t + 3600)
    assert nodes(world, "wspool") == {}
    assert properties(world, call, "wspool")["count"] == 3
