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
