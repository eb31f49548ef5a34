from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.sim.arm.driving import (
    DAY_S,
    NEWER,
    Call,
    control_plane_at,
    hold,
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

SETTINGS = {
    "drainBatchSize": "10%",
    "drainTimeoutInMinutes": 5,
    "batchSoakDurationInMinutes": 2,
    "finalSoakDurationInMinutes": 2,
}
OLD = {f"akswspool00000{n}" for n in range(3)}
NEW = {f"akswspool00000{n}" for n in range(3, 6)}


def started(world: World, call: Call, **settings: Any) -> ArmAnswer:
    control_plane_at(world)
    return put(
        world,
        call,
        "wspool",
        orchestratorVersion=NEWER,
        upgradeStrategy="BlueGreen",
        upgradeSettingsBlueGreen=SETTINGS | settings,
    )


def statuses(world: World, call: Call, reply: ArmAnswer) -> list[str]:
    seen = []
    while "endTime" not in poll(world, call, reply):
        seen.append(str(poll(world, call, reply)["status"]))
        world.clock.run_until(world.clock.t + 5)
    return list(dict.fromkeys(seen))


def test_it_goes_through_the_recorded_stages(world: World, call: Call) -> None:
    reply = started(world, call)
    assert reply.body["properties"]["provisioningState"] == "Upgrading"
    assert statuses(world, call, reply) == [
        "InProgress",
        "BlueGreenCreatingGreenNodes",
        "BlueGreenSoakingBatch: 1/3 nodes completed",
        "BlueGreenSoakingBatch: 2/3 nodes completed",
        "BlueGreenSoakingFinal",
        "BlueGreenCommittingGreenNodes",
    ]
    assert poll(world, call, reply)["status"] == "Succeeded"


def test_every_machine_is_a_new_one_afterwards(world: World, call: Call) -> None:
    assert run_to_end(world, call, started(world, call)) == "Succeeded"
    assert set(nodes(world, "wspool")) == NEW
    assert versions(world, "wspool") == {f"v{NEWER}"}
    pool = world.arm.pools["wspool"]
    assert (set(pool.machines), pool.extra, pool.count) == (NEW, [], 3)
    assert not any(n["spec"].get("unschedulable") for n in nodes(world, "wspool").values())


def test_old_and_new_stand_side_by_side_until_the_last_soak_is_over(
    world: World, call: Call
) -> None:
    reply = started(world, call, finalSoakDurationInMinutes=60)
    while poll(world, call, reply)["status"] != "BlueGreenSoakingFinal":
        world.clock.run_until(world.clock.t + 5)
    world.clock.run_until(world.clock.t + 3000)
    assert set(nodes(world, "wspool")) == OLD | NEW
    assert all(nodes(world, "wspool")[n]["spec"]["unschedulable"] for n in OLD)


def test_an_abort_goes_back_to_the_old_nodes(world: World, call: Call) -> None:
    before = properties(world, call, "wspool")
    reply = started(world, call, finalSoakDurationInMinutes=600)
    while poll(world, call, reply)["status"] != "BlueGreenSoakingFinal":
        world.clock.run_until(world.clock.t + 5)
    abort = call(world, "POST", "agentPools/wspool/abort")
    assert run_to_end(world, call, abort) == "Succeeded"
    assert poll(world, call, reply)["status"] == "Canceled"
    assert set(nodes(world, "wspool")) == OLD
    assert versions(world, "wspool") == {"v1.23.8"}
    assert not any(n["spec"].get("unschedulable") for n in nodes(world, "wspool").values())
    after = properties(world, call, "wspool")
    assert after["provisioningState"] == "Canceled"
    for key in ("orchestratorVersion", "currentOrchestratorVersion", "nodeImageVersion"):
        assert after[key] == before[key]
    world.clock.run_until(world.clock.t + DAY_S / 4)
    pods = [p for n in nodes(world, "wspool") for p in world.kube.pods_on(n)]
    assert sum(p["metadata"]["name"].startswith("sample") for p in pods) == 3


@pytest.mark.parametrize("after_s", [5, 60, 250, 400, 500, 700])
def test_an_abort_at_any_time_leaves_as_many_nodes_as_asked_for(
    world: World, call: Call, after_s: float
) -> None:
    reply = started(world, call)
    world.clock.run_until(after_s)
    assert poll(world, call, reply)["status"] not in ("Succeeded", "Failed")
    assert run_to_end(world, call, call(world, "POST", "agentPools/wspool/abort")) == "Succeeded"
    world.clock.run_until(world.clock.t + 3600)
    assert set(nodes(world, "wspool")) in (OLD, NEW)
    assert not any(n["spec"].get("unschedulable") for n in nodes(world, "wspool").values())
    assert run_to_end(world, call, put(world, call, "wspool")) == "Succeeded"
    assert set(nodes(world, "wspool")) in (OLD, NEW)


def test_a_drain_that_is_held_fails_it(world: World, call: Call) -> None:
    hold(world)
    reply = started(world, call)
    assert run_to_end(world, call, reply) == "Failed"
    assert poll(world, call, reply)["error"]["code"] == "UpgradeFailed"
    assert set(nodes(world, "wspool")) == OLD | NEW
    assert not any(n["spec"].get("unschedulable") for n in nodes(world, "wspool").values())


def test_it_needs_room_for_as_many_machines_again(world: World, call: Call) -> None:
    world.arm.addresses.take(world.arm.addresses.left() - 31 * 2 - 1)
    reply = started(world, call)
    assert run_to_end(world, call, reply) == "Failed"
    assert poll(world, call, reply)["error"]["code"] == "SubnetIsFull"
