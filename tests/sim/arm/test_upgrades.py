from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.sim.arm.driving import (
    DAY_S,
    NEWER,
    Call,
    budget,
    control_plane_at,
    hold,
    nodes,
    poll,
    properties,
    put,
    run_to_end,
    traced,
    versions,
)

from poolshift.sim.kube.resources import BUDGETS, EVENTS, NODES
from poolshift.sim.scenario import load_scenario
from poolshift.sim.scenarioparts import QuotaSpec
from poolshift.sim.world import build_world

if TYPE_CHECKING:
    from poolshift.sim.arm.request import ArmAnswer
    from poolshift.sim.world import World


def test_a_version_upgrade_replaces_every_node_under_its_name(world: World, call: Call) -> None:
    control_plane_at(world)
    before = nodes(world, "wspool")
    reply = put(world, call, "wspool", orchestratorVersion=NEWER)
    shown = reply.body["properties"]
    assert (reply.status, shown["provisioningState"]) == (200, "Upgrading")
    assert shown["currentOrchestratorVersion"] == NEWER
    assert run_to_end(world, call, reply) == "Succeeded"
    after = nodes(world, "wspool")
    assert set(after) == set(before)
    assert versions(world, "wspool") == {f"v{NEWER}"}
    uids = {n: o["metadata"]["uid"] for n, o in before.items()}
    assert all(uids[n] != o["metadata"]["uid"] for n, o in after.items())
    assert not any(n["spec"].get("unschedulable") for n in after.values())
    assert properties(world, call, "wspool")["provisioningState"] == "Succeeded"


def test_the_added_machine_comes_first_and_goes_last(world: World, call: Call) -> None:
    control_plane_at(world)
    start = world.clock.t
    reply = put(world, call, "wspool", orchestratorVersion=NEWER)
    run_to_end(world, call, reply)
    added = [e["node"] for e in traced(world, "node-added") if e["t_s"] > start]
    removed = [e["node"] for e in traced(world, "node-removed") if e["t_s"] > start]
    surge = "akswspool000003"
    old = ["akswspool000000", "akswspool000001", "akswspool000002"]
    assert added == [surge, *old]
    assert removed == [*old, surge]
    assert all(e["by"] == "controller:aks" for e in traced(world, "node-removed"))


def test_no_more_nodes_are_away_than_were_added(world: World, call: Call) -> None:
    control_plane_at(world)
    reply = put(
        world, call, "wspool", orchestratorVersion=NEWER, upgradeSettings={"maxSurge": "50%"}
    )
    seen = []
    while "endTime" not in poll(world, call, reply):
        world.clock.run_until(world.clock.t + 5)
        ready = [
            n
            for n in nodes(world, "wspool").values()
            if not n["spec"].get("unschedulable")
            and any(
                c["type"] == "Ready" and c["status"] == "True" for c in n["status"]["conditions"]
            )
        ]
        seen.append(len(ready))
    assert min(seen) == 3
    assert max(seen) == 5


def test_without_surge_nodes_may_be_unavailable(world: World, call: Call) -> None:
    control_plane_at(world)
    settings = {"maxSurge": "0", "maxUnavailable": "2"}
    start = world.clock.t
    reply = put(world, call, "wspool", orchestratorVersion=NEWER, upgradeSettings=settings)
    run_to_end(world, call, reply)
    added = [e["node"] for e in traced(world, "node-added") if e["t_s"] > start]
    assert len(added) == 3
    assert versions(world, "wspool") == {f"v{NEWER}"}


def test_a_pool_at_its_version_is_done_in_seconds(world: World, call: Call) -> None:
    reply = put(world, call, "wspool", orchestratorVersion="1.23.8")
    assert reply.body["properties"]["provisioningState"] == "Updating"
    start = world.clock.t
    assert run_to_end(world, call, reply) == "Succeeded"
    assert world.clock.t - start <= 25
    assert traced(world, "node-removed") == []


def test_a_pool_is_never_newer_than_its_control_plane(world: World, call: Call) -> None:
    reply = put(world, call, "wspool", orchestratorVersion=NEWER)
    assert (reply.status, reply.body["code"]) == (400, "NodePoolMcVersionIncompatible")


def test_a_pool_does_not_go_to_an_older_version(world: World, call: Call) -> None:
    reply = put(world, call, "wspool", orchestratorVersion="1.22.0")
    assert (reply.status, reply.body["code"]) == (409, "OperationNotAllowed")
    assert "Available upgrades" in reply.body["message"]


def test_pods_are_evicted_within_their_budget(world: World, call: Call) -> None:
    world.kube.apply(budget(maxUnavailable=1), by="user:kubectl")
    world.clock.run_until(60)
    control_plane_at(world)
    reply = put(world, call, "wspool", orchestratorVersion=NEWER)
    assert run_to_end(world, call, reply) == "Succeeded"
    assert len(traced(world, "pod-evicted", by="controller:aks")) >= 3
    world.clock.run_until(world.clock.t + 3600)
    pods = [p for n in nodes(world, "wspool") for p in world.kube.pods_on(n)]
    assert sum(p["metadata"]["name"].startswith("sample") for p in pods) == 3


@pytest.mark.parametrize(
    "spec",
    [pytest.param({"minAvailable": 3}, id="min"), pytest.param({"maxUnavailable": 0}, id="max")],
)
def test_an_unsatisfiable_budget_refuses_the_upgrade(
    world: World, call: Call, spec: dict[str, Any]
) -> None:
    world.kube.apply(budget(**spec), by="user:kubectl")
    world.clock.run_until(60)
    control_plane_at(world)
    # The budget's pods are on another pool; the look is at the whole cluster all the same.
    reply = put(world, call, "agentpool", orchestratorVersion=NEWER)
    assert (reply.status, reply.body["code"]) == (400, "UnsatisfiablePDB")
    assert "PDB default/sample has" in reply.body["message"]
    assert properties(world, call, "agentpool")["orchestratorVersion"] == "1.23.8"


def test_a_forced_upgrade_does_not_look_at_budgets(world: World, call: Call) -> None:
    world.kube.apply(budget(maxUnavailable=0), by="user:kubectl")
    world.clock.run_until(60)
    control_plane_at(world)
    world.arm.cluster.properties["upgradeSettings"] = {
        "overrideSettings": {"forceUpgrade": True, "until": "2022-10-16T00:00:00Z"}
    }
    assert put(world, call, "agentpool", orchestratorVersion=NEWER).status == 200
    world.clock.run_until(2 * DAY_S)
    reply = put(world, call, "wspool", orchestratorVersion=NEWER)
    assert reply.body["code"] == "UnsatisfiablePDB"


def blocked_upgrade(world: World, call: Call) -> ArmAnswer:
    hold(world)
    control_plane_at(world)
    settings = {"drainTimeoutInMinutes": 5}
    return put(world, call, "wspool", orchestratorVersion=NEWER, upgradeSettings=settings)


def test_a_drain_that_a_budget_holds_fails_the_upgrade_and_leaves_the_added_machine(
    world: World, call: Call
) -> None:
    reply = blocked_upgrade(world, call)
    start = world.clock.t
    assert run_to_end(world, call, reply) == "Failed"
    assert 300 < world.clock.t - start < 1000
    error = poll(world, call, reply)["error"]
    assert error["code"] == "UpgradeFailed"
    assert "failed when evicting pod default/sample" in error["message"]
    assert properties(world, call, "wspool")["provisioningState"] == "Failed"
    # The pool says the new version, its nodes say the old one, and the added machine is left.
    assert properties(world, call, "wspool")["currentOrchestratorVersion"] == NEWER
    assert world.arm.pools["wspool"].extra == ["akswspool000003"]
    assert len(nodes(world, "wspool")) == 4
    assert not any(n["spec"].get("unschedulable") for n in nodes(world, "wspool").values())
    machines = call(world, "GET", "agentPools/wspool/machines").body["value"]
    assert len(machines) == 4


def test_a_later_put_finishes_what_failed_and_clears_the_leftovers(
    world: World, call: Call
) -> None:
    assert run_to_end(world, call, blocked_upgrade(world, call)) == "Failed"
    assert world.arm.pools["wspool"].extra == ["akswspool000003"]
    world.kube.api.delete(BUDGETS, ("default", "sample"), {}, by="user:kubectl")
    reply = put(world, call, "wspool")
    assert reply.body["properties"]["provisioningState"] == "Upgrading"
    assert run_to_end(world, call, reply) == "Succeeded"
    assert sorted(nodes(world, "wspool")) == [f"akswspool00000{n}" for n in range(3)]
    assert versions(world, "wspool") == {f"v{NEWER}"}
    assert world.arm.pools["wspool"].extra == []


def test_cordon_sets_the_node_aside_and_goes_on(world: World, call: Call) -> None:
    hold(world)
    control_plane_at(world)
    settings = {"undrainableNodeBehavior": "Cordon", "maxSurge": "3", "drainTimeoutInMinutes": 5}
    reply = put(world, call, "wspool", orchestratorVersion=NEWER, upgradeSettings=settings)
    assert run_to_end(world, call, reply) == "Succeeded"
    pool = world.arm.pools["wspool"]
    assert pool.quarantined
    for name in pool.quarantined:
        node = world.kube.store.get(NODES, "", name)
        assert node["metadata"]["labels"]["kubernetes.azure.com/upgrade-status"] == "Quarantined"
        assert node["spec"]["unschedulable"] is True
        assert node["status"]["nodeInfo"]["kubeletVersion"] == "v1.23.8"
    assert len(pool.machines) == pool.count == 3
    fresh = [nodes(world, "wspool")[n] for n in pool.machines]
    assert {n["status"]["nodeInfo"]["kubeletVersion"] for n in fresh} == {f"v{NEWER}"}
    # They stay, and are deleted by hand.
    body = {"machineNames": list(pool.quarantined)}
    reply = call(world, "POST", "agentPools/wspool/deleteMachines", body)
    assert run_to_end(world, call, reply) == "Succeeded"
    assert (pool.count, pool.quarantined) == (3, [])


def test_quarantined_nodes_can_use_all_the_surge_up(world: World, call: Call) -> None:
    hold(world)
    control_plane_at(world)
    settings = {"undrainableNodeBehavior": "Cordon", "maxSurge": "1", "drainTimeoutInMinutes": 5}
    reply = put(world, call, "wspool", orchestratorVersion=NEWER, upgradeSettings=settings)
    assert run_to_end(world, call, reply) == "Failed"
    assert "have used all surge nodes" in poll(world, call, reply)["error"]["message"]


def test_no_more_nodes_are_set_aside_than_may_be(world: World, call: Call) -> None:
    hold(world)
    control_plane_at(world)
    settings = {
        "undrainableNodeBehavior": "Cordon",
        "maxSurge": "3",
        "maxBlockedNodes": "1",
        "drainTimeoutInMinutes": 5,
    }
    reply = put(world, call, "wspool", orchestratorVersion=NEWER, upgradeSettings=settings)
    assert run_to_end(world, call, reply) == "Failed"
    assert "maxBlockedNodes" in poll(world, call, reply)["error"]["message"]


def crowded(limit: int, subnet: str = "") -> World:
    scenario = load_scenario("reference")
    cluster = scenario.cluster
    if subnet:
        cluster = msgspec.structs.replace(cluster, subnet=subnet)
    return build_world(
        msgspec.structs.replace(scenario, quota=(QuotaSpec(limit=limit),), cluster=cluster), seed=1
    )


def test_no_quota_for_the_surge_fails_the_upgrade(call: Call) -> None:
    world = crowded(7)
    control_plane_at(world)
    reply = put(world, call, "wspool", orchestratorVersion=NEWER)
    assert reply.status == 200
    assert run_to_end(world, call, reply) == "Failed"
    assert poll(world, call, reply)["error"]["code"] == "QuotaExceeded"
    assert properties(world, call, "wspool")["provisioningState"] == "Failed"
    assert versions(world, "wspool") == {"v1.23.8"}


def test_no_addresses_for_the_surge_fail_the_upgrade(call: Call) -> None:
    world = crowded(350, "10.240.0.0/24")
    control_plane_at(world)
    world.arm.addresses.take(world.arm.addresses.left() - 20)
    reply = put(world, call, "wspool", orchestratorVersion=NEWER)
    assert run_to_end(world, call, reply) == "Failed"
    assert poll(world, call, reply)["error"]["code"] == "SubnetIsFull"


def test_addresses_of_added_machines_come_back(world: World, call: Call) -> None:
    control_plane_at(world)
    before = world.arm.addresses.left()
    run_to_end(world, call, put(world, call, "wspool", orchestratorVersion=NEWER))
    assert world.arm.addresses.left() == before


def test_with_1_35_the_service_makes_do_with_one(newer: World, call: Call) -> None:
    size = newer.arm.vm_size(properties(newer, call, "ws22")["vmSize"])
    assert size is not None
    newer.clock.run_until(30 * DAY_S)
    pool = newer.arm.pools["ws22"]
    used = newer.azure.family_cores(size.family)
    world_quota = (QuotaSpec(limit=used + size.vcpus),)
    newer.azure.scenario = msgspec.structs.replace(newer.azure.scenario, quota=world_quota)
    pool.properties["upgradeSettings"] = {"maxSurge": "100%"}
    start = newer.clock.t
    reply = call(newer, "POST", "agentPools/ws22/upgradeNodeImageVersion")
    assert run_to_end(newer, call, reply) == "Succeeded"
    added = {e["node"] for e in traced(newer, "node-added") if e["t_s"] > start}
    assert len(added - set(pool.machines)) == 1


def test_nodes_soak_between_drain_and_reimage(world: World, call: Call) -> None:
    control_plane_at(world)
    settings = {"nodeSoakDurationInMinutes": 10}
    reply = put(world, call, "wspool", orchestratorVersion=NEWER, upgradeSettings=settings)
    run_to_end(world, call, reply)
    for name in ("akswspool000000", "akswspool000001", "akswspool000002"):
        cordoned = traced(world, "node-cordoned", node=name)[0]["t_s"]
        gone = traced(world, "node-removed", node=name)[0]["t_s"]
        assert gone - cordoned >= 600


def test_the_upgrade_tells_of_itself_in_events(world: World, call: Call) -> None:
    control_plane_at(world)
    run_to_end(world, call, put(world, call, "wspool", orchestratorVersion=NEWER), limit_s=3000)
    events = [
        e
        for e in world.kube.store.all(EVENTS)
        if e.get("source", {}).get("component") == "upgrader"
    ]
    assert {e["reason"] for e in events} == {"Surge", "Drain", "Upgrade"}
    assert {e["involvedObject"]["kind"] for e in events} == {"Node"}


def test_the_same_seed_upgrades_the_same_way(call: Call) -> None:
    traces = []
    for _ in range(2):
        world = build_world(load_scenario("reference"), seed=3)
        control_plane_at(world)
        run_to_end(world, call, put(world, call, "wspool", orchestratorVersion=NEWER))
        traces.append(world.trace.events)
    assert traces[0] == traces[1]
