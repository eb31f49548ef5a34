from __future__ import annotations

from typing import TYPE_CHECKING

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

from poolshift.sim.arm.abort import abort
from poolshift.sim.arm.operations import Operations

if TYPE_CHECKING:
    from poolshift.sim.world import World


def test_an_abort_is_an_operation_after_which_the_other_is_canceled(
    world: World, call: Call
) -> None:
    control_plane_at(world)
    reply = put(world, call, "wspool", orchestratorVersion=NEWER)
    world.clock.run_until(60)
    aborted = call(world, "POST", "agentPools/wspool/abort")
    assert aborted.status == 202
    assert {"Azure-AsyncOperation", "Location"} <= set(aborted.headers)
    assert aborted.body["properties"]["provisioningState"] == "Upgrading"
    assert poll(world, call, reply)["status"] == "InProgress"
    assert run_to_end(world, call, aborted) == "Succeeded"
    ended = poll(world, call, reply)
    assert (ended["status"], ended["error"]["code"]) == ("Canceled", "AKSOperationPreempted")
    assert properties(world, call, "wspool")["provisioningState"] == "Canceled"


@pytest.mark.parametrize("after_s", [60, 400, 600, 800, 1000, 1200, 1600])
def test_an_upgrade_that_was_aborted_at_any_time_is_finished_by_a_later_put(
    world: World, call: Call, after_s: float
) -> None:
    control_plane_at(world)
    settings = {"nodeSoakDurationInMinutes": 2}
    reply = put(world, call, "wspool", orchestratorVersion=NEWER, upgradeSettings=settings)
    world.clock.run_until(after_s)
    assert poll(world, call, reply)["status"] == "InProgress"
    assert run_to_end(world, call, call(world, "POST", "agentPools/wspool/abort")) == "Succeeded"
    world.clock.run_until(world.clock.t + 900)
    # No node is left cordoned, none is missing.
    assert {f"akswspool00000{n}" for n in range(3)} <= set(nodes(world, "wspool"))
    assert not any(n["spec"].get("unschedulable") for n in nodes(world, "wspool").values())
    again = put(world, call, "wspool")
    assert run_to_end(world, call, again) == "Succeeded"
    assert set(nodes(world, "wspool")) == {f"akswspool00000{n}" for n in range(3)}
    assert versions(world, "wspool") == {f"v{NEWER}"}


def test_machines_that_were_asked_for_come_in_spite_of_an_abort(world: World, call: Call) -> None:
    put(world, call, "wspool", count=5)
    world.clock.run_until(20)
    run_to_end(world, call, call(world, "POST", "agentPools/wspool/abort"))
    world.clock.run_until(3600)
    assert len(nodes(world, "wspool")) == 5
    assert properties(world, call, "wspool")["provisioningState"] == "Canceled"
    assert run_to_end(world, call, put(world, call, "wspool")) == "Succeeded"
    assert len(nodes(world, "wspool")) == 5


def test_an_aborted_delete_leaves_the_pool(world: World, call: Call) -> None:
    call(world, "DELETE", "agentPools/wspool")
    world.clock.run_until(2)
    run_to_end(world, call, call(world, "POST", "agentPools/wspool/abort"))
    world.clock.run_until(3600)
    assert len(nodes(world, "wspool")) == 3
    assert not any(n["spec"].get("unschedulable") for n in nodes(world, "wspool").values())


def test_an_aborted_scale_in_counts_what_is_there(world: World, call: Call) -> None:
    put(world, call, "wspool", count=1)
    world.clock.run_until(2)
    run_to_end(world, call, call(world, "POST", "agentPools/wspool/abort"))
    assert properties(world, call, "wspool")["count"] == len(nodes(world, "wspool")) == 3


def test_there_must_be_something_to_abort(world: World, call: Call) -> None:
    reply = call(world, "POST", "agentPools/wspool/abort")
    assert (reply.status, reply.body["code"]) == (409, "OperationNotAllowed")
    put(world, call, "wspool", count=4)
    assert call(world, "POST", "agentPools/wspool/abort").status == 202
    assert call(world, "POST", "agentPools/wspool/abort").status == 409
    assert put(world, call, "wspool", count=4).status == 409


def test_what_runs_on_the_cluster_is_aborted_the_same_way(world: World) -> None:
    running = world.arm.operations.start("cluster")
    world.arm.cluster.properties["provisioningState"] = "Updating"
    abort(world.arm, "cluster")
    world.clock.run_until(60)
    assert running.status == "Canceled"
    assert world.arm.cluster.properties["provisioningState"] == "Canceled"


def test_errors_of_polls_may_mean_nothing(world: World, call: Call) -> None:
    world.arm.operations.troubled = True
    reply = put(world, call, "wspool", count=4)
    assert "error" not in poll(world, call, reply)
    world.clock.run_until(60)
    found = poll(world, call, reply)
    assert found["status"] != "Failed"
    assert set(found["error"]) == {"code", "message"}
    assert run_to_end(world, call, reply) == "Succeeded"
    assert poll(world, call, reply)["error"] == found["error"]


def test_one_operation_in_a_hundred_carries_one(world: World) -> None:
    operations = Operations(world.clock, world.arm.rng)
    started = [operations.start("pool/x") for _ in range(5000)]
    assert 25 <= sum(o.transient is not None for o in started) <= 75
    codes = {o.transient[0] for o in started if o.transient}
    assert "NotLatestOperation" in codes
