from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from poolshift.sim.arm.request import ArmAnswer
from poolshift.sim.world import World

Call = Callable[..., ArmAnswer]


def cluster_path(world: World, name: str) -> str:
    ids = world.arm.ids
    return (
        f"/subscriptions/{ids.subscription}/resourceGroups/{ids.group}"
        f"/providers/Microsoft.ContainerService/managedClusters/{name}"
    )


def body(**properties: Any) -> dict[str, Any]:
    pool = {"name": "nodepool1", "count": 2, "vmSize": "Standard_D2s_v3", "mode": "System"}
    return {
        "location": "eastus",
        "properties": {"dnsPrefix": "other", "agentPoolProfiles": [pool], **properties},
    }


def until_done(world: World, answer: ArmAnswer, call: Call) -> dict[str, Any]:
    """Let the operation end; its last poll."""
    path = answer.headers["Azure-AsyncOperation"].partition("?")[0]
    while call(world, "GET", path).body["status"] not in ("Succeeded", "Failed", "Canceled"):
        world.clock.run_until(world.clock.t + 30)
    last: dict[str, Any] = call(world, "GET", path).body
    return last


@pytest.fixture
def other(world: World, call: Call) -> str:
    """The path of a second cluster, made in the world."""
    path = cluster_path(world, "other")
    made = call(world, "PUT", path, body())
    assert made.status == 201
    assert "Location" not in made.headers
    assert made.body["properties"]["provisioningState"] == "Creating"
    assert until_done(world, made, call)["status"] == "Succeeded"
    return path


def test_a_cluster_is_made_with_its_nodes_and_its_system(
    world: World, call: Call, other: str
) -> None:
    made = call(world, "GET", other).body["properties"]
    assert made["provisioningState"] == "Succeeded"
    assert made["nodeResourceGroup"] == "MC_myResourceGroup_other_eastus"
    assert [p["provisioningState"] for p in made["agentPoolProfiles"]] == ["Succeeded"]
    found = world.azure.cluster("MYRESOURCEGROUP", "OTHER")
    assert found is not None
    assert len(found.kube.nodes_of("nodepool1")) == 2
    world.clock.run_until(world.clock.t + 120)
    pods = [pod for node in found.kube.nodes_of("nodepool1") for pod in found.kube.pods_on(node)]
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}
    names = [c["name"] for c in call(world, "GET", other.rpartition("/")[0]).body["value"]]
    assert names == ["myAKSCluster", "other"]


def test_clusters_know_nothing_of_each_other(world: World, call: Call, other: str) -> None:
    before = call(world, "GET", "agentPools").body
    assert call(world, "GET", f"{other}/agentPools/wspool").status == 404
    gone = call(world, "DELETE", other)
    assert gone.status == 202
    assert until_done(world, gone, call)["status"] == "Succeeded"
    assert call(world, "GET", other).status == 404
    assert call(world, "DELETE", other).status == 204
    assert call(world, "GET", "agentPools").body == before
    assert "mc_myresourcegroup_other_eastus" not in world.azure.groups


def test_events_of_a_second_cluster_name_it(world: World, other: str) -> None:
    named = [e for e in world.trace.events if e.get("cluster")]
    assert {e["kind"] for e in named} >= {"pool-added", "node-added"}
    assert all(e["cluster"].endswith("/other") for e in named)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(body(agentPoolProfiles=[]), "InvalidParameter", id="no-pools"),
        pytest.param(body(kubernetesVersion="1.2.3"), "K8sVersionNotSupported", id="version"),
        pytest.param(
            body(agentPoolProfiles=[{"name": "TOO-LONG-A-NAME"}]), "InvalidParameter", id="name"
        ),
    ],
)
def test_a_refused_cluster_leaves_nothing(
    world: World, call: Call, sent: dict[str, Any], code: str
) -> None:
    refused = call(world, "PUT", cluster_path(world, "other"), sent)
    assert (refused.status, refused.body["code"]) == (400, code)
    assert call(world, "GET", cluster_path(world, "other")).status == 404
    assert len(world.azure.groups) == 2


def credentials(world: World, call: Call, which: str = "User") -> dict[str, Any]:
    answer = call(world, "POST", f"listCluster{which}Credential")
    loaded: dict[str, Any] = yaml.safe_load(
        base64.b64decode(answer.body["kubeconfigs"][0]["value"])
    )
    return loaded


def test_a_cluster_of_entra_names_kubelogin(world: World, call: Call) -> None:
    world.arm.cluster.properties["aadProfile"] = {"managed": True}
    user = credentials(world, call)["users"][0]["user"]
    assert user["exec"]["command"] == "kubelogin"
    assert "token" in credentials(world, call, "Admin")["users"][0]["user"]
    world.arm.cluster.properties["disableLocalAccounts"] = True
    refused = call(world, "POST", "listClusterAdminCredential")
    assert (refused.status, refused.body["code"]) == (400, "BadRequest")
    assert "disable local accounts" in refused.body["message"]


def test_a_private_cluster_has_a_name_that_resolves_to_nothing(world: World, call: Call) -> None:
    private = {"enablePrivateCluster": True}
    made = call(world, "PUT", cluster_path(world, "hidden"), body(apiServerAccessProfile=private))
    until_done(world, made, call)
    answer = call(world, "POST", cluster_path(world, "hidden") + "/listClusterUserCredential")
    config = yaml.safe_load(base64.b64decode(answer.body["kubeconfigs"][0]["value"]))
    assert config["clusters"][0]["cluster"]["server"].endswith(".privatelink.eastus.azmk8s.io:443")
