from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from poolshift.sim.arm.request import ArmAnswer
from poolshift.sim.kube.resources import NODES
from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import World, build_world

Call = Callable[..., ArmAnswer]
HOUR = 3600.0
DAY = 24 * HOUR


def bare(name: str, **cluster: Any) -> World:
    """A scenario without what runs on it, its cluster changed."""
    scenario = load_scenario(name)
    spec = msgspec.structs.replace(scenario.cluster, **cluster)
    return build_world(msgspec.structs.replace(scenario, manifests=(), cluster=spec), seed=1)


def ended(world: World, call: Call, answer: ArmAnswer) -> str:
    """Let an operation end; its last status."""
    path = answer.headers["Azure-AsyncOperation"].partition("?")[0]
    for _ in range(2000):
        status = str(call(world, "GET", path).body["status"])
        if status in ("Succeeded", "Failed", "Canceled"):
            return status
        world.clock.run_until(world.clock.t + 30)
    raise AssertionError("no end")


def run_until(world: World, condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        world.clock.run_until(world.clock.t + 5)
    raise AssertionError("never")


def changed(world: World, call: Call, **properties: Any) -> ArmAnswer:
    """A PUT of the whole cluster as it was read, with some properties changed."""
    body = call(world, "GET", "").body
    body["properties"] |= properties
    return call(world, "PUT", "", body)


def kubelets(world: World) -> set[str]:
    found = world.kube.store.all(NODES)
    return {node["status"]["nodeInfo"]["kubeletVersion"] for node in found}


def test_a_cluster_goes_up_with_its_pools(call: Call) -> None:
    world = bare("reference-2025", kubernetes_version="1.34.7")
    profiles = call(world, "GET", "").body["properties"]["agentPoolProfiles"]
    target = call(world, "GET", "upgradeProfiles/default").body["properties"]
    to = target["controlPlaneProfile"]["upgrades"][-1]["kubernetesVersion"]
    assert to.startswith("1.35.")
    wanted = [{**p, "orchestratorVersion": to} for p in profiles]
    answer = changed(world, call, kubernetesVersion=to, agentPoolProfiles=wanted)
    shown = answer.body["properties"]
    assert (answer.status, shown["provisioningState"]) == (200, "Upgrading")
    assert {p["provisioningState"] for p in shown["agentPoolProfiles"]} == {"Upgrading"}
    assert "Location" not in answer.headers
    assert world.kube.version == "1.34.7", "the control plane is not there yet"
    assert ended(world, call, answer) == "Succeeded"
    assert world.kube.version == to
    after = call(world, "GET", "").body["properties"]
    assert after["provisioningState"] == "Succeeded"
    for pool in after["agentPoolProfiles"]:
        assert (pool["provisioningState"], pool["currentOrchestratorVersion"]) == ("Succeeded", to)
    versions = {e["node"] for e in world.trace.events if e["kind"] == "node-added" and e["t_s"] > 0}
    assert len(versions) >= 5, "every node was made anew"


def test_the_control_plane_alone_goes_up_when_the_pools_say_what_they_are(call: Call) -> None:
    world = bare("reference-2025", kubernetes_version="1.34.7")
    answer = changed(world, call, kubernetesVersion="1.35")
    assert answer.status == 200
    assert ended(world, call, answer) == "Succeeded"
    assert world.kube.version.startswith("1.35.")
    pools = call(world, "GET", "agentPools").body["value"]
    assert {p["properties"]["currentOrchestratorVersion"] for p in pools} == {"1.34.7"}
    assert kubelets(world) == {"v1.34.7"}
    assert not [e for e in world.trace.events if e["kind"] == "node-removed"]


def test_a_put_of_the_cluster_scales_its_pools(world: World, call: Call) -> None:
    profiles = call(world, "GET", "").body["properties"]["agentPoolProfiles"]
    more = [{**p, "count": p["count"] + 1} for p in profiles]
    answer = changed(world, call, agentPoolProfiles=more)
    assert answer.body["properties"]["provisioningState"] == "Updating"
    assert ended(world, call, answer) == "Succeeded"
    assert [len(p.machines) for p in world.arm.pools.values()] == [2, 4]


def test_a_pool_is_not_added_by_the_cluster(world: World, call: Call) -> None:
    profiles = call(world, "GET", "").body["properties"]["agentPoolProfiles"]
    answer = changed(world, call, agentPoolProfiles=[*profiles, {"name": "more", "count": 1}])
    assert (answer.status, answer.body["code"]) == (400, "BadRequest")
    assert answer.body["message"].startswith("A new agent pool was introduced.")
    assert call(world, "GET", "").body["properties"]["provisioningState"] == "Succeeded"


def test_what_was_read_is_put_back_and_changes_nothing(world: World, call: Call) -> None:
    before = call(world, "GET", "").body
    answer = changed(world, call)
    assert answer.status == 200
    assert ended(world, call, answer) == "Succeeded"
    after = call(world, "GET", "").body
    for body in (before, after):
        body.pop("eTag", None)
        for pool in body["properties"]["agentPoolProfiles"]:
            pool.pop("eTag", None)
    assert after == before
    assert not [e for e in world.trace.events if e["kind"] == "node-added" and e["t_s"] > 0]


def test_nothing_else_is_changed_meanwhile(world: World, call: Call) -> None:
    first = changed(world, call, autoUpgradeProfile={"upgradeChannel": "patch"})
    assert first.status == 200
    for refused in (
        changed(world, call),
        call(world, "PUT", "agentPools/wspool", {"properties": {"count": 4}}),
        call(world, "DELETE", "agentPools/wspool"),
        call(world, "POST", "stop"),
    ):
        assert (refused.status, refused.body["code"]) == (409, "OperationNotAllowed")
    assert refused.body["message"] == (
        "managed cluster is in Provisioning State(Updating) and Power State(Running), stopping "
        "cannot be performed"
    )


def test_an_upgrade_that_is_aborted_leaves_the_old_version(call: Call) -> None:
    world = bare("reference-2025", kubernetes_version="1.34.7")
    answer = changed(world, call, kubernetesVersion="1.35")
    aborting = call(world, "POST", "abort")
    assert aborting.status == 202
    assert {"Azure-AsyncOperation", "Location"} <= set(aborting.headers)
    assert ended(world, call, aborting) == "Succeeded"
    assert ended(world, call, answer) == "Canceled"
    after = call(world, "GET", "").body["properties"]
    assert after["provisioningState"] == "Canceled"
    assert (after["currentKubernetesVersion"], world.kube.version) == ("1.34.7", "1.34.7")
    assert ended(world, call, changed(world, call)) == "Succeeded"
    assert call(world, "GET", "").body["properties"]["provisioningState"] == "Succeeded"


def test_pools_that_an_aborted_upgrade_has_not_reached_say_what_they_are(call: Call) -> None:
    world = bare("reference-2025", kubernetes_version="1.34.7")
    profiles = call(world, "GET", "").body["properties"]["agentPoolProfiles"]
    wanted = [{**p, "orchestratorVersion": "1.35"} for p in profiles]
    changed(world, call, kubernetesVersion="1.35", agentPoolProfiles=wanted)
    assert ended(world, call, call(world, "POST", "abort")) == "Succeeded"
    for pool in call(world, "GET", "").body["properties"]["agentPoolProfiles"]:
        assert (pool["currentOrchestratorVersion"], pool["orchestratorVersion"]) == (
            "1.34.7",
            "1.34.7",
        )
    assert kubelets(world) == {"v1.34.7"}


def test_nothing_that_runs_cannot_be_aborted(world: World, call: Call) -> None:
    refused = call(world, "POST", "abort")
    assert (refused.status, refused.body["code"]) == (409, "OperationNotAllowed")


def off(pool: dict[str, Any]) -> dict[str, Any]:
    return {**pool, "properties": {**pool["properties"], "powerState": {"code": "Stopped"}}}


@pytest.mark.parametrize("back", [False, True])
def test_an_aborted_start_leaves_a_stopped_cluster(world: World, call: Call, back: bool) -> None:
    before = set(world.kube.nodes_of("wspool"))
    ended(world, call, call(world, "POST", "stop"))
    call(world, "POST", "start")
    if back:
        run_until(world, lambda: bool(world.kube.nodes_of("wspool")))
    ended(world, call, call(world, "POST", "abort"))
    world.clock.run_until(world.clock.t + 3600)
    assert call(world, "GET", "").body["properties"]["powerState"] == {"code": "Stopped"}
    assert not world.kube.answers
    assert not world.kube.nodes_of("wspool")
    assert ended(world, call, call(world, "POST", "start")) == "Succeeded"
    assert set(world.kube.nodes_of("wspool")) == before


@pytest.mark.parametrize("what", ["pool", "cluster", "aborting"])
def test_a_clusters_deletion_goes_before_what_else_is_done(
    world: World, call: Call, what: str
) -> None:
    pool = call(world, "GET", "agentPools/wspool").body
    growing = {**pool, "properties": {**pool["properties"], "count": 6}}
    first = (
        changed(world, call)
        if what == "cluster"
        else call(world, "PUT", "agentPools/wspool", growing)
    )
    if what == "aborting":
        call(world, "POST", "agentPools/wspool/abort")
    deletion = call(world, "DELETE", "")
    assert deletion.status == 202
    again = call(world, "DELETE", "")
    assert again.headers["Azure-AsyncOperation"] == deletion.headers["Azure-AsyncOperation"]
    assert ended(world, call, deletion) == "Succeeded"
    assert call(world, "GET", "").status == 404
    assert ended(world, call, first) == "Canceled"
    world.clock.run_until(world.clock.t + DAY)
    assert not list(world.kube.store.all(NODES))


def test_a_cluster_with_a_stopped_pool_is_changed(world: World, call: Call) -> None:
    pool = call(world, "GET", "agentPools/wspool").body
    ended(world, call, call(world, "PUT", "agentPools/wspool", off(pool)))
    body = call(world, "GET", "").body
    reply = call(world, "PUT", "", {**body, "tags": {"a": "b"}})
    assert ended(world, call, reply) == "Succeeded"
    after = call(world, "GET", "").body
    assert after["tags"] == {"a": "b"}
    wspool = next(p for p in after["properties"]["agentPoolProfiles"] if p["name"] == "wspool")
    assert (wspool["powerState"], wspool["count"]) == ({"code": "Stopped"}, 3)


def test_a_cluster_stops_and_starts(world: World, call: Call) -> None:
    machines = {p.name: list(p.machines) for p in world.arm.pools.values()}
    stopping = call(world, "POST", "stop")
    assert (stopping.status, stopping.body) == (202, None)
    assert call(world, "GET", "").body["properties"]["provisioningState"] == "Stopping"
    assert ended(world, call, stopping) == "Succeeded"
    assert call(world, "GET", "").body["properties"]["powerState"] == {"code": "Stopped"}
    assert not world.kube.answers
    refused = changed(world, call)
    assert (refused.status, refused.body["code"]) == (400, "OperationNotAllowed")
    pool = call(world, "GET", "agentPools/wspool").body
    for method, path, body in (
        ("PUT", "agentPools/wspool", pool),
        ("PUT", "agentPools/wspool", off(pool)),
        ("DELETE", "agentPools/wspool", None),
        ("POST", "agentPools/wspool/upgradeNodeImageVersion", None),
        ("POST", "agentPools/wspool/deleteMachines", {"machineNames": ["akswspool000000"]}),
    ):
        reply = call(world, method, path, body)
        assert reply.status == 400
        assert reply.body["message"].endswith("no operations except for start are allowed.")
    assert call(world, "POST", "stop").status == 409
    assert ended(world, call, call(world, "POST", "start")) == "Succeeded"
    assert world.kube.answers
    assert {p.name: list(p.machines) for p in world.arm.pools.values()} == machines
    for pool, names in machines.items():
        assert set(world.kube.nodes_of(pool)) == set(names)
    world.clock.run_until(world.clock.t + 1800)
    pods = [pod for name in world.kube.nodes_of("wspool") for pod in world.kube.pods_on(name)]
    assert pods
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}


NIGHTLY = {
    "aksManagedNodeOSUpgradeSchedule": {
        "maintenanceWindow": {
            "schedule": {"weekly": {"intervalWeeks": 1, "dayOfWeek": "Sunday"}},
            "durationHours": 8,
            "utcOffset": "+00:00",
            "startDate": "2026-01-01",
            "startTime": "00:00",
        }
    }
}


def removed(world: World) -> list[float]:
    return [e["t_s"] for e in world.trace.events if e["kind"] == "node-removed"]


def test_the_platform_brings_new_node_images_in_its_window() -> None:
    world = bare(
        "reference-2025", channels={"nodeOSUpgradeChannel": "NodeImage"}, maintenance=NIGHTLY
    )
    world.clock.run_until(30 * DAY)
    assert removed(world), "no node was replaced in a month"
    first = world.clock.start.timestamp() + min(removed(world))
    opened = dt.datetime.fromtimestamp(first, dt.UTC)
    assert opened.strftime("%A") == "Sunday"
    assert {p.properties["provisioningState"] for p in world.arm.pools.values()} == {"Succeeded"}


def test_a_jumping_clock_stands_still_though_the_platform_acts_by_itself() -> None:
    world = bare("reference-2025", channels={"nodeOSUpgradeChannel": "NodeImage"})
    world.clock.run_until(30 * DAY)
    assert removed(world)
    while (upcoming := world.clock.next_at()) is not None:
        assert upcoming < 31 * DAY
        world.clock.run_until(upcoming)


@pytest.mark.parametrize("channel", ["None", "Unmanaged"])
def test_a_channel_that_is_off_does_nothing(channel: str) -> None:
    world = bare("reference-2025", channels={"nodeOSUpgradeChannel": channel})
    world.clock.run_until(30 * DAY)
    assert removed(world) == []


def test_security_fixes_leave_windows_alone() -> None:
    world = bare("reference-2025", channels={"nodeOSUpgradeChannel": "SecurityPatch"})
    world.clock.run_until(45 * DAY)
    pools = {e["pool"] for e in world.trace.events if e["kind"] == "node-added" and e["t_s"] > 0}
    assert pools == {p.name for p in world.arm.pools.values() if not p.windows}


def test_a_change_of_channel_bites_within_a_day(call: Call) -> None:
    world = bare("reference-2025", channels={"nodeOSUpgradeChannel": "NodeImage"})
    assert world.arm.upgrader is not None
    world.clock.run_until(60.0)
    answer = changed(world, call, autoUpgradeProfile={"nodeOSUpgradeChannel": "None"})
    assert ended(world, call, answer) == "Succeeded"
    assert world.arm.upgrader.in_force.node_os == "nodeimage", "the old channel still holds"
    world.clock.run_until(world.clock.t + DAY)
    assert world.arm.upgrader.in_force.node_os == "none"


def test_the_patch_channel_upgrades_the_cluster() -> None:
    world = bare(
        "reference-2025", kubernetes_version="1.35.2", channels={"upgradeChannel": "patch"}
    )
    world.clock.run_until(3 * DAY)
    assert world.kube.version.startswith("1.35.")
    assert world.kube.version != "1.35.2"
    pools = world.arm.pools.values()
    assert {p.properties["currentOrchestratorVersion"] for p in pools} == {world.kube.version}


def test_a_pool_of_many_nodes_is_left_to_people() -> None:
    world = bare("reference-2025", channels={"nodeOSUpgradeChannel": "NodeImage"})
    pool = world.arm.pools["ws22"]
    pool.machines.extend(f"akswsx{n:06d}" for n in range(250))
    world.clock.run_until(30 * DAY)
    assert not [
        e for e in world.trace.events if e["kind"] == "node-removed" and "ws22" in e["node"]
    ]


@pytest.mark.parametrize("seconds", [1, 60, 100, 200])
@pytest.mark.parametrize("act", ["stop", "start"])
def test_an_aborted_stop_or_start_leaves_what_can_be_started(
    world: World, call: Call, act: str, seconds: float
) -> None:
    if act == "start":
        assert ended(world, call, call(world, "POST", "stop")) == "Succeeded"
    first = call(world, "POST", act)
    world.clock.run_until(world.clock.t + seconds)
    aborting = call(world, "POST", "abort")
    if aborting.status == 409:
        assert ended(world, call, first) == "Succeeded", "it had ended already"
        return
    assert ended(world, call, aborting) == "Succeeded"
    code = call(world, "GET", "").body["properties"]["powerState"]["code"]
    assert world.kube.answers is (code == "Running")
    if code == "Stopped":
        assert ended(world, call, call(world, "POST", "start")) == "Succeeded"
    for pool in world.arm.pools.values():
        assert set(world.kube.nodes_of(pool.name)) == set(pool.machines)


def test_an_identity_that_is_none_is_refused(world: World, call: Call) -> None:
    body = call(world, "GET", "").body
    body["identity"] = {"type": "UserAssigned", "userAssignedIdentities": {"/x": {}}}
    refused = call(world, "PUT", "", body)
    assert (refused.status, refused.body["error"]["code"]) == (400, "LinkedInvalidPropertyId")
