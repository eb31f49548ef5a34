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
    traced,
    versions,
)

from poolshift.sim.faults.fault import FaultSpec
from poolshift.sim.faults.schedule import schedule

if TYPE_CHECKING:
    from poolshift.sim.world import World

GREEN = {"upgradeStrategy": "BlueGreen"}


@pytest.mark.parametrize(
    ("strategy", "left"), [pytest.param({}, 1, id="rolling"), pytest.param(GREEN, 3, id="green")]
)
def test_an_upgrade_that_fails_leaves_the_added_machines(
    world: World, call: Call, strategy: dict[str, str], left: int
) -> None:
    schedule(world, (FaultSpec(name="upgrade-fails", target="wspool"),))
    world.clock.run_until(1)
    control_plane_at(world)
    reply = put(world, call, "wspool", orchestratorVersion=NEWER, **strategy)
    assert run_to_end(world, call, reply) == "Failed"
    assert poll(world, call, reply)["error"]["code"] == "NodesNotReady"
    assert properties(world, call, "wspool")["provisioningState"] == "Failed"
    assert len(nodes(world, "wspool")) == 3 + left
    # The next one is as it should be, and clears what was left.
    reply = put(world, call, "wspool")
    assert run_to_end(world, call, reply) == "Succeeded"
    assert len(nodes(world, "wspool")) == 3
    assert versions(world, "wspool") == {f"v{NEWER}"}
    profile = call(world, "GET", "agentPools/wspool/upgradeProfiles/default").body["properties"]
    assert [u["orchestratorVersion"] for u in profile["recentlyUsedVersions"]] == ["1.23.8"]


@pytest.mark.parametrize("count", [2, 4])
def test_a_scale_after_a_failed_upgrade_ends_the_upgrade_too(
    world: World, call: Call, count: int
) -> None:
    fail(world, call)
    assert run_to_end(world, call, put(world, call, "wspool", count=count)) == "Succeeded"
    assert len(nodes(world, "wspool")) == count
    assert versions(world, "wspool") == {f"v{NEWER}"}


def test_a_pool_stays_failed_while_its_machines_are_not_what_it_says(
    world: World, call: Call
) -> None:
    fail(world, call)
    for name in ("akswspool000000", "akswspool000001"):
        body = {"machineNames": [name]}
        reply = call(world, "POST", "agentPools/wspool/deleteMachines", body)
        assert run_to_end(world, call, reply) == "Succeeded"
        assert properties(world, call, "wspool")["provisioningState"] == "Failed"
    # The whole cluster, written back as it is read, sets its pools right.
    reply = call(world, "PUT", "", call(world, "GET", "").body)
    assert run_to_end(world, call, reply) == "Succeeded"
    assert properties(world, call, "wspool")["provisioningState"] == "Succeeded"
    assert versions(world, "wspool") == {f"v{NEWER}"}


def fail(world: World, call: Call) -> None:
    """An upgrade that leaves its added machines, and all others as they were."""
    schedule(world, (FaultSpec(name="upgrade-fails", target="wspool"),))
    world.clock.run_until(1)
    control_plane_at(world)
    reply = put(world, call, "wspool", orchestratorVersion=NEWER)
    assert run_to_end(world, call, reply) == "Failed"
    assert versions(world, "wspool") == {"v1.23.8", f"v{NEWER}"}


def test_an_untrue_upgrade_says_what_its_nodes_are_not(world: World, call: Call) -> None:
    schedule(world, (FaultSpec(name="upgrade-untrue", target="wspool"),))
    world.clock.run_until(1)
    control_plane_at(world)
    reply = put(world, call, "wspool", orchestratorVersion=NEWER)
    assert run_to_end(world, call, reply) == "Succeeded"
    shown = properties(world, call, "wspool")
    assert (shown["provisioningState"], shown["currentOrchestratorVersion"]) == ("Succeeded", NEWER)
    assert versions(world, "wspool") == {"v1.23.8"}
    # Asked again, the service believes itself.
    again = put(world, call, "wspool", orchestratorVersion=NEWER)
    assert again.body["properties"]["provisioningState"] == "Updating"
    assert run_to_end(world, call, again) == "Succeeded"
    assert traced(world, "node-removed") == []


def test_polls_carry_errors_while_the_fault_lasts(world: World, call: Call) -> None:
    schedule(world, (FaultSpec(name="poll-errors", for_s=100.0),))
    world.clock.run_until(1)
    reply = put(world, call, "wspool", count=4)
    assert run_to_end(world, call, reply) == "Succeeded"
    assert "error" in poll(world, call, reply)
    reply = put(world, call, "wspool", count=5)
    assert run_to_end(world, call, reply) == "Succeeded"
    assert "error" not in poll(world, call, reply)
