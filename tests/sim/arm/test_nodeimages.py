from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.sim.arm.driving import DAY_S, Call, nodes, poll, properties, put, run_to_end, traced

from poolshift.sim.scenario import load_scenario
from poolshift.sim.scenarioparts import ServiceSpec
from poolshift.sim.world import build_world

if TYPE_CHECKING:
    from poolshift.sim.world import World


def latest(world: World, call: Call, pool: str) -> str:
    body = call(world, "GET", f"agentPools/{pool}/upgradeProfiles/default").body
    return str(body["properties"]["latestNodeImageVersion"])


def test_what_the_scenario_lists_is_what_there_is_at_the_start(world: World, call: Call) -> None:
    for pool in ("agentpool", "wspool"):
        assert latest(world, call, pool) == properties(world, call, pool)["nodeImageVersion"]


def test_a_windows_image_comes_out_each_month_as_recorded(world: World, call: Call) -> None:
    world.clock.run_until(5 * DAY_S)
    # Recorded, out of turn, on the 19th of October 2022.
    assert latest(world, call, "wspool") == "AKSWindows-2019-containerd-17763.3534.221019"
    world.clock.run_until(30 * DAY_S)
    assert latest(world, call, "wspool") == "AKSWindows-2019-containerd-17763.3650.221110"


def test_a_windows_image_that_was_not_recorded_comes_after_patch_tuesday(
    newer: World, call: Call
) -> None:
    newer.clock.run_until(18 * DAY_S)
    assert latest(newer, call, "ws22") == properties(newer, call, "ws22")["nodeImageVersion"]
    newer.clock.run_until(20 * DAY_S)
    name = latest(newer, call, "ws22")
    assert name.startswith("AKSWindows-2022-containerd-gen2-20348.")
    assert name.endswith(".261209")


def test_a_linux_image_comes_out_each_week(newer: World, call: Call) -> None:
    names = []
    for day in range(1, 22):
        newer.clock.run_until(day * DAY_S)
        names.append(latest(newer, call, "system"))
    assert list(dict.fromkeys(names)) == [
        "AKSUbuntu-2404gen2containerd-202610.28.0",
        "AKSUbuntu-2404gen2containerd-202611.25.0",
        "AKSUbuntu-2404gen2containerd-202612.02.0",
        "AKSUbuntu-2404gen2containerd-202612.09.0",
    ]


def test_an_os_without_fixes_gets_no_more_images(call: Call) -> None:
    world = build_world(load_scenario("linux"), seed=1)
    world.clock.run_until(60 * DAY_S)
    assert latest(world, call, "azl2") == "AKSAzureLinux-V2gen2-202512.06.0"
    assert latest(world, call, "ubuntu22").startswith("AKSUbuntu-2204gen2containerd-2027")


def test_a_new_pool_gets_what_is_out_by_then(newer: World, call: Call) -> None:
    newer.clock.run_until(30 * DAY_S)
    body = {"properties": {"osType": "Windows", "osSKU": "Windows2022", "vmSize": ""}}
    reply = call(newer, "PUT", "agentPools/ws", body)
    assert reply.body["properties"]["nodeImageVersion"].endswith(".261209")


def test_the_upgrade_of_the_image_changes_nodes_and_not_the_version(
    newer: World, call: Call
) -> None:
    newer.clock.run_until(30 * DAY_S)
    wanted, version = latest(newer, call, "ws22"), newer.arm.cluster.version
    reply = call(newer, "POST", "agentPools/ws22/upgradeNodeImageVersion")
    assert reply.status == 202
    assert {"Azure-AsyncOperation", "Location"} <= set(reply.headers)
    assert reply.body["properties"]["provisioningState"] == "UpgradingNodeImageVersion"
    assert run_to_end(newer, call, reply) == "Succeeded"
    for node in nodes(newer, "ws22").values():
        assert node["metadata"]["labels"]["kubernetes.azure.com/node-image-version"] == wanted
        assert node["status"]["nodeInfo"]["kubeletVersion"] == f"v{version}"
        assert node["status"]["nodeInfo"]["kernelVersion"].startswith("10.0.20348.")
        assert node["status"]["nodeInfo"]["kernelVersion"].split(".")[3] in wanted


def test_a_pool_with_the_newest_image_is_done_in_seconds(world: World, call: Call) -> None:
    reply = call(world, "POST", "agentPools/wspool/upgradeNodeImageVersion")
    assert reply.body["properties"]["provisioningState"] == "UpgradingNodeImageVersion"
    start = world.clock.t
    assert run_to_end(world, call, reply) == "Succeeded"
    assert world.clock.t - start <= 25
    assert traced(world, "node-removed") == []


def test_a_pool_goes_back_to_what_it_ran_last(newer: World, call: Call) -> None:
    newer.clock.run_until(30 * DAY_S)
    before = properties(newer, call, "ws22")["nodeImageVersion"]
    run_to_end(newer, call, call(newer, "POST", "agentPools/ws22/upgradeNodeImageVersion"))
    profile = call(newer, "GET", "agentPools/ws22/upgradeProfiles/default").body["properties"]
    [used] = profile["recentlyUsedVersions"]
    assert used["nodeImageVersion"] == before
    back = {k: used[k] for k in ("orchestratorVersion", "nodeImageVersion")}
    reply = put(newer, call, "ws22", **back)
    assert reply.body["properties"]["provisioningState"] == "Upgrading"
    assert reply.body["properties"]["nodeImageVersion"] == before
    assert run_to_end(newer, call, reply) == "Succeeded"
    labels = [n["metadata"]["labels"] for n in nodes(newer, "ws22").values()]
    assert {x["kubernetes.azure.com/node-image-version"] for x in labels} == {before}


def test_after_a_week_there_is_no_way_back(newer: World, call: Call) -> None:
    newer.clock.run_until(30 * DAY_S)
    before = properties(newer, call, "ws22")["nodeImageVersion"]
    run_to_end(newer, call, call(newer, "POST", "agentPools/ws22/upgradeNodeImageVersion"))
    newer.clock.run_until(newer.clock.t + 8 * DAY_S)
    profile = call(newer, "GET", "agentPools/ws22/upgradeProfiles/default").body["properties"]
    assert "recentlyUsedVersions" not in profile
    reply = put(newer, call, "ws22", nodeImageVersion=before)
    assert (reply.status, reply.body["code"]) == (400, "InvalidParameter")


def test_another_image_than_the_last_one_is_refused(world: World, call: Call) -> None:
    reply = put(world, call, "wspool", nodeImageVersion="AKSWindows-2019-17763.3287.220810")
    assert (reply.status, reply.body["code"]) == (400, "InvalidParameter")


def test_a_linux_pool_changes_its_os_sku_in_place(call: Call) -> None:
    world = build_world(msgspec.structs.replace(load_scenario("linux"), manifests=()), seed=1)
    reply = put(world, call, "azl2", osSKU="AzureLinux3")
    shown = reply.body["properties"]
    assert (reply.status, shown["provisioningState"]) == (200, "Upgrading")
    assert shown["nodeImageVersion"] == "AKSAzureLinux-V3gen2-202611.12.0"
    before = set(nodes(world, "azl2"))
    assert run_to_end(world, call, reply) == "Succeeded"
    after = nodes(world, "azl2")
    assert set(after) == before
    labels = [n["metadata"]["labels"] for n in after.values()]
    assert {x["kubernetes.azure.com/os-sku"] for x in labels} == {"AzureLinux3"}
    profile = call(world, "GET", "agentPools/azl2/upgradeProfiles/default").body["properties"]
    assert "recentlyUsedVersions" not in profile


def in_place() -> World:
    scenario = msgspec.structs.replace(
        load_scenario("reference-2025"), service=ServiceSpec(windows_in_place=True)
    )
    return build_world(scenario, seed=1)


def test_windows_2022_becomes_2025_in_place_where_the_preview_is(call: Call) -> None:
    world = in_place()
    reply = put(world, call, "ws22", osSKU="Windows2025", enableFIPS=True)
    shown = reply.body["properties"]
    assert (reply.status, shown["provisioningState"]) == (200, "Upgrading")
    # A size that can boot Gen2 does so afterwards.
    assert shown["nodeImageVersion"].startswith("AKSWindows-2025-gen2-26100.")
    assert run_to_end(world, call, reply) == "Succeeded"
    for node in nodes(world, "ws22").values():
        labels = node["metadata"]["labels"]
        assert labels["kubernetes.azure.com/os-sku"] == "Windows2025"
        assert labels["node.kubernetes.io/windows-build"] == "10.0.26100"
        assert labels["kubernetes.azure.com/fips_enabled"] == "true"
    # There is no way back in place.
    reply = put(world, call, "ws22", osSKU="Windows2022")
    assert (reply.status, reply.body["code"]) == (400, "PropertyChangeNotAllowed")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"osSKU": "Windows2025"}, "InvalidParameter", id="without-fips"),
        pytest.param({"osSKU": "Windows2019"}, "PropertyChangeNotAllowed", id="another-way"),
        pytest.param({"enableFIPS": True}, "PropertyChangeNotAllowed", id="fips-alone"),
    ],
)
def test_nothing_else_changes_in_place_on_windows(
    call: Call, changed: dict[str, object], code: str
) -> None:
    world = in_place()
    reply = put(world, call, "ws22", **changed)
    assert (reply.status, reply.body["code"]) == (400, code)


def test_windows_does_not_change_in_place_without_the_preview(newer: World, call: Call) -> None:
    reply = put(newer, call, "ws22", osSKU="Windows2025", enableFIPS=True)
    assert (reply.status, reply.body["code"]) == (400, "PropertyChangeNotAllowed")


def test_a_second_image_may_come_out_while_the_first_is_rolled_out(
    newer: World, call: Call
) -> None:
    newer.clock.run_until(5 * DAY_S - 10 * 3600)
    reply = call(newer, "POST", "agentPools/system/upgradeNodeImageVersion")
    first = reply.body["properties"]["nodeImageVersion"]
    newer.clock.run_until(newer.clock.t + 7 * DAY_S)
    assert poll(newer, call, reply)["status"] == "Succeeded"
    assert latest(newer, call, "system") != first
