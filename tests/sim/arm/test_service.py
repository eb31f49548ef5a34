from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from poolshift.sim.arm.around.features import registered
from poolshift.sim.arm.request import ArmAnswer
from poolshift.sim.scenario import load_scenario
from poolshift.sim.scenarioparts import Denials
from poolshift.sim.world import World, build_world

Call = Callable[..., ArmAnswer]


def test_paths_match_in_any_case(world: World, call: Call) -> None:
    assert call(world, "GET", world.cluster_id.upper()).status == 200
    assert call(world, "GET", f"{world.cluster_id.lower()}/agentpools").status == 200


def test_ids_come_back_as_the_service_writes_them(world: World, call: Call) -> None:
    body = call(world, "GET", "").body
    assert "/resourcegroups/" in body["id"]
    assert body["type"] == "Microsoft.ContainerService/ManagedClusters"
    assert body["properties"]["agentPoolProfiles"][1]["name"] == "wspool"


def test_an_unknown_route_is_refused_and_counted(world: World, call: Call) -> None:
    reply = call(world, "GET", "/subscriptions/x/providers/Microsoft.Nothing/things/y")
    assert reply.status == 404
    assert reply.body["error"]["code"] == "NoRegisteredProviderFound"
    assert sum(world.azure.unanswered.values()) == 1


@pytest.mark.parametrize(
    ("path", "code"),
    [
        pytest.param("/subscriptions/other/resourceGroups", "SubscriptionNotFound", id="sub"),
        pytest.param("{sub}/resourceGroups/other", "ResourceGroupNotFound", id="group"),
        pytest.param("{group}/managedClusters/other", "ResourceNotFound", id="cluster"),
        pytest.param("{group}/managedClusters/other/agentPools", "ResourceNotFound", id="pools"),
    ],
)
def test_what_is_not_there_is_not_found(world: World, call: Call, path: str, code: str) -> None:
    sub = f"/subscriptions/{world.arm.ids.subscription}"
    group = f"{sub}/resourceGroups/{world.arm.ids.group}/providers/Microsoft.ContainerService"
    reply = call(world, "GET", path.format(sub=sub, group=group))
    assert (reply.status, reply.body["error"]["code"]) == (404, code)


def test_a_denied_action_is_refused_by_name() -> None:
    action = "Microsoft.ContainerService/managedClusters/agentPools/write"
    scenario = msgspec.structs.replace(
        load_scenario("reference"), denied=Denials(arm=(action,), kube=(("create", "leases"),))
    )
    world = build_world(scenario, seed=1)
    assert ("create", "leases") in world.kube.denied
    from poolshift.sim.arm.request import ArmRequest
    from poolshift.sim.arm.service import answer

    path = f"{world.cluster_id}/agentPools/ws"
    reply = answer(world.azure, ArmRequest("PUT", path, body={"properties": {}}))
    assert (reply.status, reply.body["error"]["code"]) == (403, "AuthorizationFailed")
    assert action in reply.body["error"]["message"]


def test_a_feature_is_registered_after_a_while_and_counts_when_the_provider_is(
    world: World, call: Call
) -> None:
    base = (
        f"/subscriptions/{world.arm.ids.subscription}/providers/Microsoft.Features"
        "/providers/Microsoft.ContainerService/features/Some"
    )

    def state() -> str:
        return str(call(world, "GET", base).body["properties"]["state"])

    assert state() == "NotRegistered"
    reply = call(world, "POST", f"{base}/register")
    assert (reply.status, reply.body["properties"]["state"]) == (200, "Registering")
    world.clock.run_until(world.clock.t + 60)
    assert state() == "Registering"
    world.clock.run_until(world.clock.t + 3600)
    assert state() == "Registered"
    assert not registered(world.azure, "some")
    provider = (
        f"/subscriptions/{world.arm.ids.subscription}/providers/Microsoft.ContainerService/register"
    )
    assert call(world, "POST", provider).status == 200
    assert registered(world.azure, "some")
    call(world, "POST", f"{base}/unregister")
    assert state() == "NotRegistered"
    assert not registered(world.azure, "some")


def test_a_role_assignment_is_made_once(world: World, call: Call) -> None:
    scope = f"/subscriptions/{world.arm.ids.subscription}/resourceGroups/vaults"
    body: dict[str, Any] = {
        "properties": {"principalId": "p", "principalType": "User", "roleDefinitionId": "r"}
    }
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments"
    assert call(world, "GET", path).body == {"value": []}
    assert call(world, "PUT", f"{path}/a", body).status == 201
    again = call(world, "PUT", f"{path}/b", body)
    assert (again.status, again.body["error"]["code"]) == (409, "RoleAssignmentExists")
    assert len(call(world, "GET", path).body["value"]) == 1


def test_a_cluster_put_changes_its_channels_and_tags(world: World, call: Call) -> None:
    body = call(world, "GET", "").body
    body["properties"]["autoUpgradeProfile"] = {"upgradeChannel": "patch"}
    body["tags"] = {"team": "shop"}
    reply = call(world, "PUT", "", body)
    assert reply.status == 200
    assert reply.body["properties"]["provisioningState"] == "Updating"
    world.clock.run_until(4000)
    after = call(world, "GET", "").body
    assert after["properties"]["provisioningState"] == "Succeeded"
    assert after["properties"]["autoUpgradeProfile"] == {"upgradeChannel": "patch"}
    assert after["tags"] == {"team": "shop"}


@pytest.mark.parametrize(
    ("version", "status"),
    [
        pytest.param("1.24.0", 200, id="next-minor"),
        pytest.param("1.25.0", 409, id="skipped-minor"),
        pytest.param("1.22.0", 409, id="down"),
    ],
)
def test_the_control_plane_goes_up_one_minor_at_a_time(
    world: World, call: Call, version: str, status: int
) -> None:
    body = call(world, "GET", "").body
    body["properties"]["kubernetesVersion"] = version
    assert call(world, "PUT", "", body).status == status
    world.clock.run_until(4000)
    expected = version if status == 200 else "1.23.8"
    assert world.arm.cluster.version == world.kube.version == expected


@pytest.mark.parametrize("kind", ["", "maintenanceConfigurations", "upgradeProfiles/default"])
def test_every_read_of_the_cluster_answers(world: World, call: Call, kind: str) -> None:
    assert call(world, "GET", kind).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/locations",
        "/resourceGroups",
        "/resources",
        "/providers/Microsoft.ContainerService",
        "/providers/Microsoft.ContainerService/managedClusters",
        "/providers/Microsoft.ContainerService/locations/eastus/kubernetesVersions",
        "/providers/Microsoft.Compute/skus",
        "/providers/Microsoft.Compute/locations/eastus/usages",
        "/providers/Microsoft.Compute/locations/eastus/vmSizes",
    ],
)
def test_every_read_of_the_subscription_answers(world: World, call: Call, path: str) -> None:
    reply = call(world, "GET", f"/subscriptions/{world.arm.ids.subscription}{path}")
    assert reply.status == 200
    assert reply.body


def test_new_pools_have_the_versions_up_to_the_control_plane_s(world: World, call: Call) -> None:
    body = call(world, "GET", "availableAgentPoolVersions").body
    versions = body["properties"]["agentPoolVersions"]
    assert [v["kubernetesVersion"] for v in versions] == ["1.22.0", "1.23.8"]
    assert [v["kubernetesVersion"] for v in versions if v.get("default")] == ["1.23.8"]


def test_quota_is_spelled_as_people_read_it(world: World, call: Call) -> None:
    path = f"/subscriptions/{world.arm.ids.subscription}/providers/Microsoft.Compute/locations/x"
    names = {
        row["name"]["value"]: row["name"]["localizedValue"]
        for row in call(world, "GET", f"{path}/usages").body["value"]
    }
    assert names["cores"] == "Total Regional vCPUs"
    assert names["standardDSv3Family"] == "Standard DSv3 Family vCPUs"


def test_an_entra_cluster_names_its_tenant(world: World, call: Call) -> None:
    world.arm.cluster.properties["aadProfile"] = {"managed": True}
    profile = call(world, "GET", "").body["properties"]["aadProfile"]
    assert profile["tenantID"] == world.arm.ids.tenant
