from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from poolshift.sim.arm.machines import drop_machine
from poolshift.sim.arm.request import ArmAnswer
from poolshift.sim.kube.resources import NODES

if TYPE_CHECKING:
    from poolshift.sim.world import World

Call = Callable[..., ArmAnswer]
DONE_S = 3600.0


def windows(**more: Any) -> dict[str, Any]:
    properties = {"osType": "Windows", "osSKU": "Windows2022", "count": 1}
    return {"properties": {**properties, "vmSize": "Standard_D2s_v3", **more}}


def finish(world: World) -> None:
    world.clock.run_until(world.clock.t + DONE_S)


REFUSALS = [
    pytest.param("wspool22", windows(), "WindowsAgentPoolNameTooLong", id="name-too-long"),
    pytest.param("Ws", windows(), "InvalidParameter", id="name-pattern"),
    pytest.param("ws", windows(osSKU="Windows2042"), "InvalidOSSKU", id="unknown-sku"),
    pytest.param("ws", windows(osType="Linux"), "InvalidOSSKU", id="windows-sku-on-linux"),
    pytest.param(
        "ws",
        windows(osSKU="Windows2019", vmSize="Standard_D2ds_v6"),
        "ErrorCode_Windows2019NotSupportedWithGen2VM",
        id="2019-on-gen2-only-size",
    ),
    pytest.param("ws", windows(vmSize="Standard_D2ds_v6"), "BadRequest", id="2022-on-gen2-only"),
    pytest.param("ws", windows(osSKU="Windows2025"), "InvalidOSSKU", id="2025-before-its-preview"),
    pytest.param(
        "ws", windows(osSKU="Windows2025", enableFIPS=True), "InvalidOSSKU", id="2025-below-k8s-min"
    ),
    pytest.param(
        "ws",
        windows(orchestratorVersion="1.24.0"),
        "NodePoolMcVersionIncompatible",
        id="newer-than-control-plane",
    ),
    pytest.param("ws", windows(count=900), "QuotaExceeded", id="quota"),
    pytest.param("ws", windows(mode="System"), "InvalidParameter", id="windows-system-pool"),
    pytest.param("ws", windows(vmSize="Standard_Nope"), "BadRequest", id="unknown-size"),
]


@pytest.mark.parametrize(("name", "body", "code"), REFUSALS)
def test_the_service_refuses_a_new_pool_with_its_own_code(
    world: World, call: Call, name: str, body: dict[str, Any], code: str
) -> None:
    reply = call(world, "PUT", f"agentPools/{name}", body)
    assert (reply.status, reply.body["code"]) == (400, code)
    assert set(reply.body) >= {"code", "message", "details", "subcode"}
    assert name.lower() not in world.arm.pools


def test_a_sku_past_its_last_version_is_refused(newer: World, call: Call) -> None:
    reply = call(newer, "PUT", "agentPools/ws19", windows(osSKU="Windows2019"))
    assert reply.body["code"] == "Windows2019NotSupportedWithOrchestratorVersion"


def test_windows_2025_takes_a_gen2_image_with_fips(newer: World, call: Call) -> None:
    body = windows(osSKU="Windows2025", enableFIPS=True, vmSize="Standard_D4s_v5")
    reply = call(newer, "PUT", "agentPools/ws25", body)
    assert reply.status == 201
    assert "gen2-26100" in reply.body["properties"]["nodeImageVersion"]


@pytest.mark.parametrize(
    ("headers", "gen2"),
    [
        pytest.param({}, False, id="without"),
        pytest.param({"usewindowsgen2vm": "true"}, True, id="with"),
    ],
)
def test_windows_2022_boots_gen2_only_with_the_header(
    world: World, call: Call, headers: dict[str, str], *, gen2: bool
) -> None:
    reply = call(world, "PUT", "agentPools/ws", windows(), headers=headers)
    assert ("gen2" in reply.body["properties"]["nodeImageVersion"]) is gen2


def test_windows_needs_azure_cni_and_a_windows_profile(world: World, call: Call) -> None:
    world.arm.cluster.properties["networkProfile"]["networkPlugin"] = "kubenet"
    assert call(world, "PUT", "agentPools/ws", windows()).body["code"] == "AzureCNIOnlyForWindows"
    del world.arm.cluster.properties["windowsProfile"]
    assert call(world, "PUT", "agentPools/ws", windows()).body["code"] == "WindowsProfileMissing"


def test_the_service_fills_in_what_a_client_leaves_out(world: World, call: Call) -> None:
    body = {"properties": {"osType": "Windows", "vmSize": "", "osDiskSizeGB": 0}}
    properties = call(world, "PUT", "agentPools/ws", body).body["properties"]
    assert properties["osSKU"] == "Windows2019"
    assert properties["vmSize"] == "Standard_D2s_v3"
    assert properties["orchestratorVersion"] == "1.23.8"
    assert (properties["maxPods"], properties["osDiskSizeGB"], properties["count"]) == (30, 128, 1)
    assert properties["provisioningState"] == "Creating"
    assert properties["eTag"]


def test_a_put_answers_as_an_operation_with_one_header(world: World, call: Call) -> None:
    reply = call(world, "PUT", "agentPools/ws", windows())
    assert reply.status == 201
    assert "Azure-AsyncOperation" in reply.headers
    assert "Location" not in reply.headers
    path, _, query = reply.headers["Azure-AsyncOperation"].partition("?")
    assert query
    poll = call(world, "GET", path)
    assert poll.body["status"] == "InProgress"
    assert "endTime" not in poll.body
    finish(world)
    poll = call(world, "GET", path)
    assert poll.body["status"] == "Succeeded"
    assert poll.body["endTime"] > poll.body["startTime"]


def test_a_delete_answers_with_both_headers_and_an_empty_result(world: World, call: Call) -> None:
    call(world, "PUT", "agentPools/ws", windows())
    finish(world)
    reply = call(world, "DELETE", "agentPools/ws")
    assert (reply.status, reply.body) == (202, None)
    result = reply.headers["Location"].partition("?")[0]
    assert call(world, "GET", result).status == 202
    finish(world)
    assert call(world, "GET", result).status == 204
    assert call(world, "DELETE", "agentPools/ws").status == 204


def test_new_nodes_take_addresses_as_azure_cni_hands_them_out(world: World, call: Call) -> None:
    call(world, "PUT", "agentPools/poolws", windows(count=3))
    finish(world)
    table = {
        node["metadata"]["name"]: node["status"]["addresses"]
        for node in (
            world.kube.store.get(kind, "", name)
            for kind in [_nodes()]
            for name in world.kube.nodes_of("poolws")
        )
    }
    found = {
        name: next(a["address"] for a in addresses if a["type"] == "InternalIP")
        for name, addresses in table.items()
    }
    assert found == {
        "akspoolws000000": "10.240.0.208",
        "akspoolws000001": "10.240.0.239",
        "akspoolws000002": "10.240.1.14",
    }


def _nodes() -> Any:
    from poolshift.sim.kube.resources import NODES

    return NODES


def test_ids_of_deleted_machines_are_never_given_again(world: World, call: Call) -> None:
    body = {"machineNames": ["akswspool000001"]}
    assert call(world, "POST", "agentPools/wspool/deleteMachines", body).status == 202
    finish(world)
    pool = call(world, "GET", "agentPools/wspool").body
    assert pool["properties"]["count"] == 2
    pool["properties"]["count"] = 3
    assert call(world, "PUT", "agentPools/wspool", pool).status == 200
    finish(world)
    assert set(world.kube.nodes_of("wspool")) == {
        "akswspool000000",
        "akswspool000002",
        "akswspool000003",
    }


def test_scaling_in_takes_the_newest_machines(world: World, call: Call) -> None:
    pool = call(world, "GET", "agentPools/wspool").body
    pool["properties"]["count"] = 1
    reply = call(world, "PUT", "agentPools/wspool", pool)
    assert reply.body["properties"]["provisioningState"] == "Scaling"
    finish(world)
    assert world.kube.nodes_of("wspool") == ("akswspool000000",)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"osSKU": "Windows2022"}, "PropertyChangeNotAllowed", id="os-sku"),
        pytest.param({"vmSize": "Standard_D4s_v3"}, "PropertyChangeNotAllowed", id="size"),
        pytest.param({"maxPods": 50}, "PropertyChangeNotAllowed", id="max-pods"),
        pytest.param({"osSKU": "Windows2042"}, "InvalidOSSKU", id="unknown-sku"),
        pytest.param(
            {"count": 4, "enableAutoScaling": True},
            "Cannot scale cluster autoscaler enabled node pool",
            id="scale-of-autoscaled-pool",
        ),
    ],
)
def test_the_service_refuses_a_change(
    world: World, call: Call, changed: dict[str, Any], code: str
) -> None:
    pool = call(world, "GET", "agentPools/wspool").body
    pool["properties"] |= changed
    reply = call(world, "PUT", "agentPools/wspool", pool)
    assert (reply.status, reply.body["code"]) == (400, code)


def test_writing_back_what_was_read_changes_nothing(world: World, call: Call) -> None:
    before = call(world, "GET", "agentPools/wspool").body
    assert call(world, "PUT", "agentPools/wspool", before).status == 200
    finish(world)
    after = call(world, "GET", "agentPools/wspool").body
    before["properties"].pop("eTag")
    after["properties"].pop("eTag")
    assert after == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"if-none-match": "*"}, 412, id="create-only"),
        pytest.param({"if-match": "stale"}, 412, id="stale-etag"),
        pytest.param({"if-match": "*"}, 200, id="any-etag"),
    ],
)
def test_preconditions_of_a_put(
    world: World, call: Call, headers: dict[str, str], status: int
) -> None:
    pool = call(world, "GET", "agentPools/wspool").body
    assert call(world, "PUT", "agentPools/wspool", pool, headers=headers).status == status


def test_one_change_at_a_time(world: World, call: Call) -> None:
    pool = call(world, "GET", "agentPools/wspool").body
    assert call(world, "PUT", "agentPools/wspool", pool).status == 200
    reply = call(world, "PUT", "agentPools/wspool", pool)
    assert (reply.status, reply.body["code"]) == (409, "OperationNotAllowed")
    assert "Another agentpool operation (Updating) is in progress" in reply.body["message"]
    assert call(world, "PUT", "agentPools/ws", windows()).status == 201
    cluster = call(world, "GET", "").body
    reply = call(world, "PUT", "", cluster)
    assert reply.status == 409
    assert "operation (Updating) is in progress on agent pool (wspool)" in reply.body["message"]
    assert call(world, "POST", "stop").status == 409


@pytest.mark.parametrize("aborted", [False, True])
def test_a_deletion_goes_before_what_else_is_done(
    world: World, call: Call, *, aborted: bool
) -> None:
    there = world.arm.pools["wspool"]
    pool = call(world, "GET", "agentPools/wspool").body
    growing = {**pool, "properties": {**pool["properties"], "count": 6}}
    first = call(world, "PUT", "agentPools/wspool", growing)
    world.clock.run_until(30)
    if aborted:
        call(world, "POST", "agentPools/wspool/abort")
    deletion = call(world, "DELETE", "agentPools/wspool")
    assert deletion.status == 202
    if not aborted:
        operation = first.headers["Azure-AsyncOperation"].partition("?")[0]
        told = call(world, "GET", operation).body
        assert told["status"] == "Canceled"
        assert told["error"]["code"] == "AKSOperationPreemptedByDelete"
    assert call(world, "GET", "agentPools/wspool").body["properties"]["provisioningState"] == (
        "Deleting"
    )
    again = call(world, "DELETE", "agentPools/wspool")
    assert again.headers["Azure-AsyncOperation"] == deletion.headers["Azure-AsyncOperation"]
    world.clock.run_until(7200)
    assert call(world, "GET", "agentPools/wspool").status == 404
    assert not world.kube.nodes_of("wspool")
    # Nor do machines that were asked for keep an address.
    assert not there.addresses


def test_a_machine_is_shown_as_in_the_list(world: World, call: Call) -> None:
    listed = call(world, "GET", "agentPools/wspool/machines").body["value"]
    assert [call(world, "GET", f"agentPools/wspool/machines/{m['name']}").body for m in listed] == (
        listed
    )
    assert call(world, "GET", "agentPools/wspool/machines/akswspool00000z").status == 404


@pytest.mark.parametrize("how", ["PUT", "POST"])
def test_what_an_aborted_change_left_is_set_right_by_the_next(
    world: World, call: Call, how: str
) -> None:
    before = call(world, "GET", "agentPools/wspool").body["properties"]
    call(world, "PUT", "agentPools/wspool", {"properties": before | {"count": 1}})
    world.clock.run_until(10)
    aborting = call(world, "POST", "agentPools/wspool/abort")
    world.clock.run_until(3600)
    assert aborting.status == 202
    lost = world.arm.pools["wspool"].machines[-1]
    # A machine that a colleague took away by hand is among what is missing.
    drop_machine(world.arm, world.arm.pools["wspool"], lost, by="user:portal")
    shown = call(world, "GET", "agentPools/wspool").body["properties"]
    assert shown["provisioningState"] == "Canceled"
    if how == "PUT":
        call(world, "PUT", "agentPools/wspool", {"properties": shown})
    else:
        call(world, "POST", "agentPools/wspool/upgradeNodeImageVersion")
    world.clock.run_until(7200)
    after = call(world, "GET", "agentPools/wspool").body["properties"]
    nodes = [world.kube.store.get(NODES, "", n) for n in world.kube.nodes_of("wspool")]
    assert (after["provisioningState"], after["count"], len(nodes)) == ("Succeeded", 3, 3)
    assert not any(node["spec"].get("unschedulable") for node in nodes)


def test_machines_of_an_aborted_deletion_still_count(world: World, call: Call) -> None:
    names = {"machineNames": ["akswspool000000"]}
    call(world, "POST", "agentPools/wspool/deleteMachines", names)
    assert call(world, "GET", "agentPools/wspool").body["properties"]["count"] == 2
    call(world, "POST", "agentPools/wspool/abort")
    world.clock.run_until(7200)
    assert call(world, "GET", "agentPools/wspool").body["properties"]["count"] == 3
    assert len(world.kube.nodes_of("wspool")) == 3


def test_the_autoscaler_takes_its_bounds_along(world: World, call: Call) -> None:
    empty = windows()
    empty["properties"]["count"] = 0
    call(world, "PUT", "agentPools/ws", empty)
    world.clock.run_until(3600)
    on = {"enableAutoScaling": True, "minCount": 2, "maxCount": 4}
    body = call(world, "GET", "agentPools/ws").body
    call(world, "PUT", "agentPools/ws", {"properties": body["properties"] | on})
    world.clock.run_until(7200)
    grown = call(world, "GET", "agentPools/ws").body["properties"]
    assert (grown["count"], len(world.kube.nodes_of("ws"))) == (2, 2)
    # As az does: it sends both as null.
    off = {"enableAutoScaling": False, "minCount": None, "maxCount": None}
    call(world, "PUT", "agentPools/ws", {"properties": grown | off})
    world.clock.run_until(7300)
    shown = call(world, "GET", "agentPools/ws").body["properties"]
    assert not {"minCount", "maxCount"} & set(shown)


def test_the_last_system_pool_stays(world: World, call: Call) -> None:
    reply = call(world, "DELETE", "agentPools/agentpool")
    assert (reply.status, reply.body["code"]) == (400, "OperationNotAllowed")


def budget(minimum: int) -> dict[str, Any]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "sample", "namespace": "default"},
        "spec": {"minAvailable": minimum, "selector": {"matchLabels": {"app": "sample"}}},
    }


def test_a_delete_that_a_budget_holds_fails_after_the_services_limit(
    world: World, call: Call
) -> None:
    world.kube.apply(budget(3), by="user:kubectl")
    world.clock.run_until(60)
    reply = call(world, "DELETE", "agentPools/wspool")
    path = reply.headers["Azure-AsyncOperation"].partition("?")[0]
    world.clock.run_until(600)
    assert call(world, "GET", path).body["status"] == "InProgress"
    world.clock.run_until(700)
    poll = call(world, "GET", path).body
    assert (poll["status"], poll["error"]["code"]) == ("Failed", "PodDrainFailure")
    pool = call(world, "GET", "agentPools/wspool").body
    assert pool["properties"]["provisioningState"] == "Failed"
    assert len(world.kube.nodes_of("wspool")) == 3


def test_a_delete_that_ignores_budgets_goes_through(world: World, call: Call) -> None:
    world.kube.apply(budget(3), by="user:kubectl")
    world.clock.run_until(60)
    query = {"ignore-pod-disruption-budget": "true"}
    call(world, "DELETE", "agentPools/wspool", query=query)
    finish(world)
    assert "wspool" not in world.arm.pools
    assert world.kube.nodes_of("wspool") == ()


def test_the_trace_names_who_asked(world: World, call: Call) -> None:
    call(world, "PUT", "agentPools/ws", windows())
    finish(world)
    call(world, "DELETE", "agentPools/ws")
    finish(world)
    events = [e for e in world.trace.events if e["kind"] in ("pool-added", "pool-removed")]
    assert [(e["kind"], e["pool"], e["by"]) for e in events[2:]] == [
        ("pool-added", "ws", "run-1"),
        ("pool-removed", "ws", "run-1"),
    ]


def test_the_same_seed_is_the_same_trace(call: Call) -> None:
    from poolshift.sim.scenario import load_scenario
    from poolshift.sim.world import build_world

    traces = []
    for _ in range(2):
        world = build_world(load_scenario("reference"), seed=7)
        call(world, "PUT", "agentPools/ws", windows(count=2))
        finish(world)
        traces.append(world.trace.events)
    assert traces[0] == traces[1]


def test_a_new_scale_set_has_the_kubelets_identity_alone(world: World, call: Call) -> None:
    call(world, "PUT", "agentPools/ws", windows())
    profile = world.arm.cluster.properties["identityProfile"]["kubeletidentity"]
    assert list(world.arm.pools["ws"].identities) == [profile["resourceId"]]


def test_new_bounds_of_an_autoscaled_pool_are_an_update(world: World, call: Call) -> None:
    pool = call(world, "GET", "agentPools/wspool").body
    pool["properties"] |= {"enableAutoScaling": True, "minCount": 1, "maxCount": 5}
    reply = call(world, "PUT", "agentPools/wspool", pool)
    assert reply.body["properties"]["provisioningState"] == "Updating"
    finish(world)
    pool = call(world, "GET", "agentPools/wspool").body
    pool["properties"] |= {"minCount": 2, "maxCount": 4}
    assert call(world, "PUT", "agentPools/wspool", pool).status == 200
    finish(world)
    properties = call(world, "GET", "agentPools/wspool").body["properties"]
    assert (properties["minCount"], properties["maxCount"]) == (2, 4)
    world.clock.run_until(world.clock.t + 3 * DONE_S)
    # The autoscaler takes idle nodes, and heeds the bound.
    assert len(world.kube.nodes_of("wspool")) >= 2


def test_machines_are_deleted_without_a_drain(world: World, call: Call) -> None:
    world.kube.apply(budget(3), by="user:kubectl")
    world.clock.run_until(60)
    body = {"machineNames": ["akswspool000000", "akswspool000001"]}
    assert call(world, "POST", "agentPools/wspool/deleteMachines", body).status == 202
    finish(world)
    assert world.kube.nodes_of("wspool") == ("akswspool000002",)
    kinds = {e["kind"] for e in world.trace.events}
    assert not kinds & {"pod-evicted", "evict-refused", "node-cordoned"}


def test_machines_are_listed_with_address_and_instance(world: World, call: Call) -> None:
    first = call(world, "GET", "agentPools/wspool/machines").body["value"][0]
    assert first["name"] == "akswspool000000"
    assert "/resourceGroups/" in first["id"]
    [address] = first["properties"]["network"]["ipAddresses"]
    assert (address["family"], address["ip"].count(".")) == ("IPv4", 3)
    assert first["properties"]["resourceId"].endswith("/virtualMachines/0")


def test_a_pool_of_single_machines_is_scaled_by_its_profile(world: World, call: Call) -> None:
    def profile(*counts: int) -> dict[str, Any]:
        manual = [{"size": "Standard_D2s_v3", "count": n} for n in counts]
        sent = {"osType": "Linux", "type": "VirtualMachines", "mode": "User"}
        return {"properties": {**sent, "virtualMachinesProfile": {"scale": {"manual": manual}}}}

    preview = {"api-version": "2025-05-02-preview"}
    assert call(world, "PUT", "agentPools/vms", profile(2), query=preview).status == 201
    finish(world)
    reply = call(world, "PUT", "agentPools/vms", profile(3), query=preview)
    shown = reply.body["properties"]
    assert (reply.status, shown["provisioningState"]) == (200, "Scaling")
    assert shown["virtualMachineNodesStatus"] == [{"size": "Standard_D2s_v3", "count": 2}]
    finish(world)
    properties = call(world, "GET", "agentPools/vms").body["properties"]
    assert properties["virtualMachineNodesStatus"] == [{"size": "Standard_D2s_v3", "count": 3}]
    assert len(world.kube.nodes_of("vms")) == 3
