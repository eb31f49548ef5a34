"""The platform and colleagues act: on pools, on the cluster, on what a client has under way."""

from __future__ import annotations

import random
from typing import Any

import pytest
from msgspec.structs import replace
from tests.rig import run_async
from tests.sim.faultrig import (
    DAY_S,
    POOL,
    call,
    change,
    code_of,
    create,
    ended,
    poll,
    pool,
    settled,
    upgrade_image,
    wait,
    world_with,
)

from poolshift.core.errors import ServerError, UsageError
from poolshift.core.kube import NODES as KUBE_NODES
from poolshift.sim.arm.clusters.credentials import admits
from poolshift.sim.arm.login import Login
from poolshift.sim.faults.fault import FaultSpec
from poolshift.sim.faults.schedule import schedule
from poolshift.sim.kube.port import SimKube
from poolshift.sim.kube.resources import NODES
from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import World

MONTH_S = 30 * DAY_S
NODE = "akswspool000000"
WINDOW = {
    "maintenanceWindow": {
        "schedule": {"weekly": {"intervalWeeks": 1, "dayOfWeek": "Sunday"}},
        "durationHours": 4,
        "startTime": "01:00",
        "startDate": "2022-10-01",
    }
}


def images(world: World, name: str = POOL) -> set[str]:
    """The node images that a pool's nodes say they run."""
    label = "kubernetes.azure.com/node-image-version"
    found = (world.kube.store.get(NODES, "", node) for node in world.kube.nodes_of(name))
    return {node["metadata"]["labels"][label] for node in found}


def uids(world: World, name: str = POOL) -> set[str]:
    found = (world.kube.store.get(NODES, "", node) for node in world.kube.nodes_of(name))
    return {node["metadata"]["uid"] for node in found}


def with_channels(*, windows: bool = False, **channels: str) -> dict[str, Any]:
    cluster = load_scenario("reference").cluster
    held = {"aksManagedNodeOSUpgradeSchedule": WINDOW} if windows else {}
    return {"cluster": replace(cluster, channels=channels, maintenance=held)}


def test_a_failed_upgrade_is_set_right_at_the_end_of_its_fault() -> None:
    world = world_with(FaultSpec("upgrade-fails", POOL, for_s=MONTH_S + 20_000))
    wait(world, MONTH_S)
    assert ended(world, upgrade_image(world))["error"]["code"] == "NodesNotReady"
    assert len(world.kube.nodes_of(POOL)) == 4
    error = pool(world)["status"]["provisioningError"]
    assert error["code"] == "NodesNotReady"
    wait(world, 20_001)
    assert settled(world) == "Succeeded"
    assert len(world.kube.nodes_of(POOL)) == 3
    assert images(world) == {pool(world)["nodeImageVersion"]}


def test_nodes_stay_old_under_a_pool_that_says_otherwise_until_the_end() -> None:
    world = world_with(FaultSpec("upgrade-untrue", POOL, for_s=MONTH_S + 20_000))
    wait(world, MONTH_S)
    old = images(world)
    assert ended(world, upgrade_image(world))["status"] == "Succeeded"
    assert pool(world)["provisioningState"] == "Succeeded"
    assert images(world) == old != {pool(world)["nodeImageVersion"]}
    wait(world, 20_001)
    assert pool(world)["provisioningState"] == "UpgradingNodeImageVersion"
    assert settled(world) == "Succeeded"
    assert images(world) == {pool(world)["nodeImageVersion"]}


def test_operations_that_begin_take_so_many_times_as_long() -> None:
    def seconds(*faults: FaultSpec) -> float:
        world = world_with(*faults)
        began = world.clock.t
        ended(world, create(world))
        return world.clock.t - began

    assert seconds(FaultSpec("slow-operations", value=10.0)) == pytest.approx(
        10 * seconds(), abs=60
    )
    over = world_with(FaultSpec("slow-operations", value=10.0, for_s=10.0))
    wait(over, 11)
    assert over.azure.durations.slower == []


def test_a_deletion_fails_and_the_pool_stays_until_it_may_go() -> None:
    world = world_with(FaultSpec("delete-refused", POOL, for_s=7200.0))
    failed = ended(world, call(world, "DELETE", f"agentPools/{POOL}"))
    assert (failed["status"], failed["error"]["code"]) == ("Failed", "DeleteVMSSAgentPoolFailed")
    shown = pool(world)
    assert shown["provisioningState"] == "Failed"
    assert shown["status"]["provisioningError"] == failed["error"]
    assert len(world.kube.nodes_of(POOL)) == 3
    wait(world, 7201)
    assert settled(world) == "Succeeded"
    nodes = [world.kube.store.get(NODES, "", n) for n in world.kube.nodes_of(POOL)]
    assert not [n for n in nodes if n["spec"].get("unschedulable")]
    assert ended(world, call(world, "DELETE", f"agentPools/{POOL}"))["status"] == "Succeeded"


def test_a_node_that_nothing_leaves_is_set_aside_by_an_upgrade() -> None:
    world = world_with()
    node = next(
        n
        for n in world.kube.nodes_of(POOL)
        if any("sample" in p["metadata"]["name"] for p in world.kube.pods_on(n))
    )
    wait(world, MONTH_S)
    schedule(world, (FaultSpec("quarantined-node", node, for_s=30_000.0),))
    assert pool(world)["upgradeSettings"]["undrainableNodeBehavior"] == "Cordon"
    reply = upgrade_image(world)
    ended(world, reply)
    held = world.kube.store.get(NODES, "", node)
    assert held["metadata"]["labels"]["kubernetes.azure.com/upgrade-status"] == "Quarantined"
    assert held["spec"]["unschedulable"] is True
    assert [p for p in world.kube.pods_on(node) if "sample" in p["metadata"]["name"]]
    # With one machine added and that one used up, nothing is left to go on with.
    assert poll(world, reply)["error"]["message"].startswith("Cordoned nodes have used all surge")
    wait(world, 30_001)
    assert settled(world) == "Succeeded"
    wait(world, 3600)
    assert node not in world.kube.nodes_of(POOL)
    assert len(world.kube.nodes_of(POOL)) == 3
    assert images(world) == {pool(world)["nodeImageVersion"]}
    assert pool(world)["upgradeSettings"].get("undrainableNodeBehavior") != "Cordon"


def test_a_second_image_rolls_nodes_again_where_a_channel_is_on() -> None:
    world = world_with(**with_channels(nodeOSUpgradeChannel="NodeImage"))
    wait(world, 35 * DAY_S)
    assert settled(world) == "Succeeded"
    first, before = images(world), uids(world)
    assert first == {pool(world)["nodeImageVersion"]}
    schedule(world, (FaultSpec("second-image", POOL),))
    wait(world, 60)
    assert pool(world)["provisioningState"] == "UpgradingNodeImageVersion"
    assert settled(world) == "Succeeded"
    [second] = images(world)
    assert {second} != first
    assert second > next(iter(first))
    assert not uids(world) & before


def test_a_second_image_without_a_channel_is_only_there() -> None:
    world = world_with(FaultSpec("second-image", "all"))
    before = images(world)
    wait(world, 7200)
    assert images(world) == before
    profile = call(world, "GET", f"agentPools/{POOL}/upgradeProfiles/default").body["properties"]
    latest = profile["latestNodeImageVersion"]
    assert {latest} != before
    assert ended(world, upgrade_image(world))["status"] == "Succeeded"
    assert images(world) == {latest}
    # What came out stays the newest of its day, and the calendar goes on after it.
    wait(world, 40 * DAY_S)
    profile = call(world, "GET", f"agentPools/{POOL}/upgradeProfiles/default").body["properties"]
    assert profile["latestNodeImageVersion"] > latest


def test_no_window_opens_while_they_are_held_shut() -> None:
    fields = with_channels(windows=True, nodeOSUpgradeChannel="NodeImage")
    plain = world_with(**fields)
    wait(plain, 30 * DAY_S)
    held = world_with(FaultSpec("window-closed", for_s=30 * DAY_S), **fields)
    before = images(held)
    wait(held, 30 * DAY_S)
    assert images(held) == before != images(plain)
    wait(held, 8 * DAY_S)
    assert settled(held) == "Succeeded"
    assert images(held) == {pool(held)["nodeImageVersion"]} != before


def test_the_platform_upgrades_pool_after_pool_by_itself() -> None:
    world = world_with(FaultSpec("platform-upgrade", at_s=100.0), scenario="reference-2025")
    before = {name: images(world, name) for name in ("system", "ws22")}
    wait(world, 101)
    busy = [n for n in before if pool(world, n)["provisioningState"] != "Succeeded"]
    assert len(busy) == 1
    refused = change(world, busy[0], nodeLabels={"a": "b"})
    assert (refused.status, code_of(refused)) == (409, "OperationNotAllowed")
    wait(world, DAY_S)
    for name, old in before.items():
        assert settled(world, name) == "Succeeded"
        assert images(world, name) == {pool(world, name)["nodeImageVersion"]} != old


def test_the_platform_begins_nothing_more_after_the_end() -> None:
    world = world_with(FaultSpec("platform-upgrade", for_s=60.0), scenario="reference-2025")
    before = {name: images(world, name) for name in ("system", "ws22")}
    wait(world, DAY_S)
    assert images(world, "system") != before["system"]
    assert images(world, "ws22") == before["ws22"]


def test_a_stopped_cluster_answers_nobody_until_it_is_started() -> None:
    world = world_with(FaultSpec("cluster-stopped", for_s=4000.0))
    assert call(world, "GET", "").body["properties"]["powerState"]["code"] == "Stopped"
    wait(world, 2000)
    refused = change(world, count=4)
    assert (refused.status, code_of(refused)) == (400, "OperationNotAllowed")
    kube = SimKube(world.kube)
    for ask in (kube.version(), kube.list(KUBE_NODES), kube.evict("default", "sample", uid="1")):
        with pytest.raises(ServerError) as caught:
            run_async(ask)
        assert (caught.value.status, caught.value.retry_after_s) == (503, 1.0)
    wait(world, 4000)
    shown = call(world, "GET", "").body["properties"]
    assert (shown["powerState"]["code"], shown["provisioningState"]) == ("Running", "Succeeded")
    assert run_async(kube.version()) == "1.23.8"
    assert len(world.kube.nodes_of(POOL)) == 3
    assert ended(world, change(world, count=4))["status"] == "Succeeded"


def test_a_cluster_that_is_busy_is_stopped_when_it_is_not() -> None:
    world = world_with()
    change(world, count=4)
    schedule(world, (FaultSpec("cluster-stopped"),))
    assert call(world, "GET", "").body["properties"]["powerState"]["code"] == "Running"
    settled(world)
    wait(world, 600)
    assert call(world, "GET", "").body["properties"]["powerState"]["code"] == "Stopped"


def test_a_fault_that_never_came_to_be_is_not_undone() -> None:
    world = world_with()
    change(world, count=4)
    schedule(world, (FaultSpec("cluster-stopped", for_s=20.0),))
    settled(world)
    wait(world, 4000)
    assert call(world, "GET", "").body["properties"]["powerState"]["code"] == "Running"
    assert not [e for e in world.trace.events if e["kind"] == "fault-refused"]


def test_a_stopped_pool_has_no_nodes_until_it_is_started() -> None:
    world = world_with(FaultSpec("pool-stopped", POOL, for_s=4000.0))
    wait(world, 2000)
    assert pool(world)["powerState"]["code"] == "Stopped"
    assert world.kube.nodes_of(POOL) == ()
    refused = change(world, nodeLabels={"a": "b"})
    assert (refused.status, code_of(refused)) == (409, "OperationNotAllowed")
    wait(world, 4000)
    assert pool(world)["powerState"]["code"] == "Running"
    assert len(world.kube.nodes_of(POOL)) == 3


def test_a_colleagues_change_moves_the_etag_and_is_taken_back() -> None:
    world = world_with()
    read = pool(world)
    schedule(world, (FaultSpec("foreign-change", POOL, for_s=4000.0),))
    assert settled(world) == "Succeeded"
    assert len(world.kube.nodes_of(POOL)) == 4
    assert pool(world)["nodeLabels"]["changed-by"] == "colleague"
    stale = call(
        world,
        "PUT",
        f"agentPools/{POOL}",
        {"properties": read},
        headers={"if-match": read["eTag"]},
    )
    assert (stale.status, code_of(stale)) == (412, "PreconditionFailed")
    wait(world, 6000)
    assert settled(world) == "Succeeded"
    assert len(world.kube.nodes_of(POOL)) == 3
    assert "changed-by" not in (pool(world).get("nodeLabels") or {})


def test_a_colleague_whom_the_service_refuses_takes_nothing_back() -> None:
    world = world_with(FaultSpec("quota-short", "standardDSv3Family"))
    schedule(world, (FaultSpec("foreign-change", POOL, for_s=600.0),))
    [refused] = [e for e in world.trace.events if e["kind"] == "fault-refused"]
    assert refused["code"] == "QuotaExceeded"
    wait(world, 1200)
    assert (pool(world)["count"], len(world.kube.nodes_of(POOL))) == (3, 3)


def test_an_operation_is_preempted_by_somebody_elses_change() -> None:
    world = world_with(FaultSpec("preempted", "pool/npwin", value=20.0))
    reply = create(world, count=2)
    gone = ended(world, reply)
    assert (gone["status"], gone["error"]["code"]) == ("Canceled", "AKSOperationPreempted")
    wait(world, 60)
    assert settled(world, "npwin") == "Succeeded"
    assert len(world.kube.nodes_of("npwin")) == 2
    # Only the next operation is taken over.
    assert ended(world, change(world, "npwin", count=3))["status"] == "Succeeded"


def test_nothing_is_preempted_after_the_end() -> None:
    world = world_with(FaultSpec("preempted", "pool/npwin", for_s=10.0))
    wait(world, 11)
    assert ended(world, create(world))["status"] == "Succeeded"
    with pytest.raises(UsageError, match="pool/NAME"):
        world_with(FaultSpec("preempted", "cluster"))


def test_static_credentials_are_good_no_more_until_they_are_again() -> None:
    world = world_with(FaultSpec("local-accounts-off", for_s=600.0))
    login = Login(world.azure.home, random.Random(1))
    static = f"Bearer {login.kube_token}"
    refused = call(world, "POST", "listClusterAdminCredential")
    assert (refused.status, code_of(refused)) == (400, "BadRequest")
    assert not admits(world.arm, login, static)
    user = call(world, "POST", "listClusterUserCredential")
    assert user.status == 200
    wait(world, 601)
    assert call(world, "POST", "listClusterAdminCredential").status == 200
    assert admits(world.arm, login, static)
    shown: dict[str, Any] = call(world, "GET", "").body["properties"]
    assert not shown.get("disableLocalAccounts")


@pytest.mark.parametrize(
    "name",
    ["delete-refused", "pool-stopped", "foreign-change", "quarantined-node", "second-image"],
)
def test_what_is_not_there_cannot_be_struck(name: str) -> None:
    with pytest.raises(UsageError, match="there is no"):
        world_with(FaultSpec(name, "nope"))


def test_the_same_seed_gives_the_same_trace_with_faults() -> None:
    faults = (
        FaultSpec("node-start-fails", "npwin", for_s=2000.0),
        FaultSpec("platform-upgrade", at_s=300.0),
        FaultSpec("foreign-change", POOL, at_s=400.0, for_s=4000.0),
        FaultSpec("cluster-stopped", at_s=40_000.0, for_s=4000.0),
    )

    def trace() -> list[dict[str, Any]]:
        world = world_with(*faults)
        create(world)
        wait(world, DAY_S)
        return world.trace.events

    assert trace() == trace()
