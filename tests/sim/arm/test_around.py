from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from poolshift.sim.arm.request import ArmAnswer
from poolshift.sim.world import World

Call = Callable[..., ArmAnswer]
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def sub(world: World) -> str:
    return f"/subscriptions/{world.azure.home.subscription}"


def group(world: World) -> str:
    return f"{sub(world)}/resourceGroups/{world.azure.home.group}"


def query(world: World, call: Call, text: str, **options: Any) -> Any:
    body = {"subscriptions": [world.azure.home.subscription], "query": text, "options": options}
    return call(world, "POST", "/providers/Microsoft.ResourceGraph/resources", body)


def test_a_group_is_made_found_and_deleted(world: World, call: Call) -> None:
    path = f"{sub(world)}/resourcegroups/New"
    assert call(world, "HEAD", path).status == 404
    made = call(world, "PUT", path, {"location": "East US", "tags": {"a": "b"}})
    assert (made.status, made.body["location"]) == (201, "eastus")
    assert call(world, "HEAD", path).status == 204
    assert call(world, "PUT", path, {"location": "eastus"}).status == 200
    moved = call(world, "PUT", path, {"location": "westus"})
    assert (moved.status, moved.body["error"]["code"]) == (409, "InvalidResourceGroupLocation")
    deleted = call(world, "DELETE", path)
    assert deleted.status == 202
    result = deleted.headers["Location"].partition("?")[0]
    assert call(world, "GET", result).status == 202
    world.clock.run_until(world.clock.t + 60)
    assert call(world, "GET", result).status == 200
    assert call(world, "GET", path).status == 404


def test_a_group_takes_its_clusters_with_it(world: World, call: Call) -> None:
    deleted = call(world, "DELETE", group(world))
    assert deleted.status == 202
    state = call(world, "GET", "").body["properties"]["provisioningState"]
    assert state == "Deleting"
    world.clock.run_until(world.clock.t + 4 * 3600)
    assert call(world, "GET", "").status == 404
    assert world.azure.groups == {}


def test_an_identity_is_made_and_listed_among_those_of_clusters(world: World, call: Call) -> None:
    path = f"{group(world)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
    assert call(world, "GET", f"{path}/app").status == 404
    made = call(world, "PUT", f"{path}/app", {"location": "eastus"})
    assert made.status == 201
    assert call(world, "GET", f"{path}/app").body == made.body
    everywhere = f"{sub(world)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
    names = [one["name"] for one in call(world, "GET", everywhere).body["value"]]
    assert names == ["app", "myAKSCluster-agentpool"]
    every = [
        one["id"].lower() for one in call(world, "GET", f"{sub(world)}/resources").body["value"]
    ]
    assert f"{path}/app".lower() in every
    assert len(set(every)) == len(every)
    assert call(world, "DELETE", f"{path}/app").status == 200
    assert call(world, "DELETE", f"{path}/app").status == 204


def test_roles_hang_at_above_and_below_a_scope(world: World, call: Call) -> None:
    kind = "providers/Microsoft.Authorization/roleAssignments"
    role = f"{sub(world)}/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    for name, scope in (("a", sub(world)), ("b", group(world))):
        sent = {"principalId": "p", "principalType": "User", "roleDefinitionId": role}
        body = {"properties": sent}
        assert call(world, "PUT", f"{scope}/{kind}/{name}", body).status == 201

    def listed(scope: str, text: str) -> list[str]:
        found = call(world, "GET", f"{scope}/{kind}", query={"$filter": text} if text else {})
        return [one["name"] for one in found.body["value"]]

    assert listed(sub(world), "") == ["a", "b"]
    assert listed(sub(world), "atScope()") == ["a"]
    assert listed(group(world), "atScope()") == ["a", "b"]
    assert listed(group(world), "principalId eq 'other'") == []
    assert listed(group(world), "atScope() and principalId eq 'p'") == ["a", "b"]
    assert call(world, "DELETE", f"{group(world)}/{kind}/b").status == 200
    assert listed(group(world), "") == ["a"]


def test_a_role_is_found_by_its_name(world: World, call: Call) -> None:
    path = f"{group(world)}/providers/Microsoft.Authorization/roleDefinitions"
    found = call(world, "GET", path, query={"$filter": "roleName eq 'reader'"}).body["value"]
    assert [one["name"] for one in found] == [READER]
    assert call(world, "GET", f"{path}/{READER}").body["properties"]["roleName"] == "Reader"
    assert call(world, "GET", f"{path}/nope").status == 404


def test_resources_are_filtered(world: World, call: Call) -> None:
    vault = f"{group(world)}/providers/Microsoft.KeyVault/vaults/safe"
    made = call(world, "PUT", vault, {"location": "eastus", "properties": {}})
    assert made.body["properties"]["vaultUri"] == "https://safe.vault.azure.net/"

    def named(text: str) -> list[str]:
        found = call(world, "GET", f"{sub(world)}/resources", query={"$filter": text})
        return [one["name"] for one in found.body["value"]]

    kind = "resourceType eq 'Microsoft.KeyVault/vaults'"
    assert named(kind) == ["safe"]
    assert named(f"{kind} and name eq 'other'") == []
    assert named("resourceType eq 'Microsoft.Compute/virtualMachineScaleSets'") == [
        "aks-agentpool-18877473-vmss",
        "akswspool",
    ]
    wrong = call(world, "GET", f"{sub(world)}/resources", query={"$filter": "name is 'x'"})
    assert wrong.body["error"]["code"] == "InvalidFilterInQueryString"


def test_a_subnet_needs_its_network(world: World, call: Call) -> None:
    network = f"{group(world)}/providers/Microsoft.Network/virtualNetworks/net"
    body: dict[str, Any] = {"properties": {}}
    assert call(world, "PUT", f"{network}/subnets/one", body).status == 404
    assert call(world, "PUT", network, body).status == 201
    assert call(world, "PUT", f"{network}/subnets/one", body).status == 201
    assert call(world, "GET", f"{network}/subnets").body["value"][0]["name"] == "one"
    assert call(world, "DELETE", network).status == 200
    assert call(world, "GET", f"{network}/subnets/one").status == 404


def test_the_directory_knows_identities_by_client_and_by_object(world: World, call: Call) -> None:
    ids = call(world, "GET", "").body["properties"]["identityProfile"]["kubeletidentity"]
    text = f"servicePrincipalNames/any(c:c eq '{ids['clientId']}')"
    found = call(world, "GET", "/v1.0/servicePrincipals", query={"$filter": text}).body["value"]
    assert [one["id"] for one in found] == [ids["objectId"]]
    by_id = call(world, "POST", "/v1.0/directoryObjects/getByIds", {"ids": [ids["objectId"], "x"]})
    assert [one["appId"] for one in by_id.body["value"]] == [ids["clientId"]]
    missing = call(world, "GET", "/v1.0/servicePrincipals/x")
    assert missing.body["error"]["code"] == "Request_ResourceNotFound"


def test_a_query_lists_clusters(world: World, call: Call) -> None:
    found = query(
        world,
        call,
        "Resources | where type =~ 'Microsoft.ContainerService/managedClusters'"
        " | where location in~ ('EastUS') and isnotempty(properties.kubernetesVersion)"
        " | project name, version = properties.kubernetesVersion, resourceGroup"
        " | order by name asc",
    )
    assert found.body["data"] == [
        {"name": "myAKSCluster", "version": "1.23.8", "resourceGroup": "myresourcegroup"}
    ]
    assert (found.body["count"], found.body["resultTruncated"]) == (1, "false")


def test_a_query_expands_pools_and_counts_them(world: World, call: Call) -> None:
    pools = (
        "resources | where type == 'microsoft.containerservice/managedclusters'"
        " | mv-expand pool = properties.agentPoolProfiles"
    )
    windows = f"{pools} | where pool.osType =~ 'windows' | project pool = tostring(pool.name)"
    assert query(world, call, windows).body["data"] == [{"pool": "wspool"}]
    counted = query(world, call, f"{pools} | summarize n = count() by os = tostring(pool.osType)")
    assert counted.body["data"] == [{"os": "Linux", "n": 1}, {"os": "Windows", "n": 1}]
    assert query(world, call, f"{pools} | count").body["data"] == [{"Count": 2}]
    first = query(world, call, f"{pools} | project n = pool.name", **{"$top": 1})
    assert (first.body["count"], first.body["resultTruncated"]) == (1, "true")


@pytest.mark.parametrize(
    "text",
    [
        "Resources | where",
        "Resources | join x",
        "Resources | where name ==",
        "Resources | project f(name)",
        "Resources | take x",
        "Resources | where name == 'a' 'b'",
        "Resources ||",
        "'",
        "Resources | order name",
    ],
)
def test_a_query_that_is_not_understood_is_refused(world: World, call: Call, text: str) -> None:
    refused = query(world, call, text)
    assert (refused.status, refused.body["error"]["code"]) == (400, "BadRequest")


def test_no_body_breaks_what_is_around(world: World, call: Call) -> None:
    """Anything may come: it is refused or taken, and never fails within."""
    rng = random.Random(1)
    values: list[Any] = [None, [], {}, "x", 1, True, [1], {"a": 1}, {"properties": []}]
    keys = (
        "properties",
        "tags",
        "location",
        "query",
        "options",
        "subscriptions",
        "ids",
        "identity",
    )
    paths = (
        ("PUT", f"{sub(world)}/resourceGroups/new"),
        ("PUT", f"{group(world)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/a"),
        ("PUT", f"{group(world)}/providers/Microsoft.KeyVault/vaults/a"),
        ("PUT", f"{group(world)}/providers/Microsoft.Authorization/roleAssignments/a"),
        ("POST", "/providers/Microsoft.ResourceGraph/resources"),
        ("POST", "/v1.0/directoryObjects/getByIds"),
        (
            "PATCH",
            f"{sub(world)}/resourceGroups/MC_myResourceGroup_myAKSCluster_eastus/providers"
            "/Microsoft.Compute/virtualMachineScaleSets/akswspool",
        ),
    )
    for _ in range(600):
        method, path = rng.choice(paths)
        body: Any = {key: rng.choice(values) for key in rng.sample(keys, 3)}
        reply = call(world, method, path, rng.choice([body, body, rng.choice(values)]))
        assert reply.status < 500


def test_a_node_resource_group_goes_with_its_cluster_alone(world: World, call: Call) -> None:
    ids = world.arm.ids
    path = f"/subscriptions/{ids.subscription}/resourceGroups/{ids.node_group}"
    refused = call(world, "DELETE", path)
    assert (refused.status, refused.body["code"]) == (501, "NotSimulated")
    assert call(world, "GET", path).status == 200


def test_the_network_of_a_cluster_lists_what_is_in_use(world: World, call: Call) -> None:
    ids = world.arm.ids
    networks = f"{sub(world)}/resourceGroups/{ids.node_group}/providers/Microsoft.Network"
    [network] = call(world, "GET", f"{networks}/virtualNetworks").body["value"]
    [subnet] = network["properties"]["subnets"]
    assert subnet["properties"]["addressPrefix"] == world.arm.subnet
    used = len(subnet["properties"]["ipConfigurations"])
    assert used == world.arm.addresses.used() > 0
    assert call(world, "GET", subnet["id"]).body["properties"] == subnet["properties"]
    assert call(world, "GET", network["id"]).body["name"] == network["name"]
    assert call(world, "GET", f"{network['id']}/subnets/other").status == 404


def test_a_subnet_of_ones_own_lists_what_is_in_use(world: World, call: Call) -> None:
    network = f"{group(world)}/providers/Microsoft.Network/virtualNetworks/net"
    call(world, "PUT", network, {"properties": {"addressSpace": {}}})
    body = {"properties": {"addressPrefix": "10.9.0.0/24"}}
    call(world, "PUT", f"{network}/subnets/one", body)
    room = world.azure.addresses_in(f"{network}/subnets/one")
    assert room is not None
    assert "ipConfigurations" not in call(world, "GET", f"{network}/subnets/one").body["properties"]
    room.take(4)
    [read] = call(world, "GET", f"{network}/subnets").body["value"]
    assert len(read["properties"]["ipConfigurations"]) == 5
