from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.sim.arm.driving import DAY_S, Call, nodes, properties, put, run_to_end

if TYPE_CHECKING:
    from poolshift.sim.arm.request import ArmAnswer
    from poolshift.sim.world import World


def group(world: World) -> str:
    ids = world.arm.ids
    return (
        f"/subscriptions/{ids.subscription}/resourceGroups/{ids.group}"
        "/providers/Microsoft.ContainerService/snapshots"
    )


def take(world: World, call: Call, pool: str, name: str = "snap") -> ArmAnswer:
    body = {
        "location": world.arm.ids.location,
        "properties": {
            "creationData": {"sourceResourceId": f"{world.cluster_id}/agentPools/{pool}"}
        },
    }
    return call(world, "PUT", f"{group(world)}/{name}", body)


def test_a_snapshot_keeps_what_the_machines_are_made_of(world: World, call: Call) -> None:
    reply = take(world, call, "wspool")
    assert reply.status == 200
    assert "Azure-AsyncOperation" not in reply.headers
    pool = properties(world, call, "wspool")
    found = reply.body["properties"]
    assert found["kubernetesVersion"] == "1.23.8"
    assert found["nodeImageVersion"] == pool["nodeImageVersion"]
    assert (found["osType"], found["osSku"]) == ("Windows", "Windows2019")
    assert found["vmSize"] == pool["vmSize"]
    assert set(reply.body) >= {"id", "name", "type", "location", "systemData"}


def test_snapshots_are_read_tagged_listed_and_deleted(world: World, call: Call) -> None:
    take(world, call, "wspool")
    path = f"{group(world)}/snap"
    assert call(world, "PATCH", path, {"tags": {"a": "b"}}).body["tags"] == {"a": "b"}
    assert call(world, "GET", path).body["tags"] == {"a": "b"}
    assert len(call(world, "GET", group(world)).body["value"]) == 1
    sub = f"/subscriptions/{world.arm.ids.subscription}"
    everywhere = f"{sub}/providers/Microsoft.ContainerService/snapshots"
    assert len(call(world, "GET", everywhere).body["value"]) == 1
    assert call(world, "DELETE", path).status == 200
    assert call(world, "DELETE", path).status == 204
    assert call(world, "GET", path).status == 404


@pytest.mark.parametrize("pool", ["nope", ""])
def test_a_snapshot_is_of_a_pool(world: World, call: Call, pool: str) -> None:
    assert take(world, call, pool).status == 400


def test_a_pool_of_a_snapshot_has_its_image(newer: World, call: Call) -> None:
    kept = take(newer, call, "ws22").body
    newer.clock.run_until(30 * DAY_S)
    body = {
        "properties": {"count": 1, "vmSize": "", "creationData": {"sourceResourceId": kept["id"]}}
    }
    reply = call(newer, "PUT", "agentPools/again", body)
    assert reply.status == 201
    shown = reply.body["properties"]
    assert shown["nodeImageVersion"] == kept["properties"]["nodeImageVersion"]
    assert shown["osSKU"] == "Windows2022"
    assert shown["vmSize"] == kept["properties"]["vmSize"]
    assert shown["creationData"] == {"sourceResourceId": kept["id"]}
    run_to_end(newer, call, reply)
    [node] = nodes(newer, "again").values()
    image = node["metadata"]["labels"]["kubernetes.azure.com/node-image-version"]
    assert image == kept["properties"]["nodeImageVersion"]
    # The snapshot may go: the pool is changed all the same.
    call(newer, "DELETE", f"{group(newer)}/snap")
    assert put(newer, call, "again", nodeLabels={"a": "b"}).status == 200


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        pytest.param({"osSKU": "Windows2025"}, 400, id="another-os"),
        pytest.param({"vmSize": "Standard_D4s_v3"}, 400, id="another-family"),
    ],
)
def test_a_snapshot_goes_with_its_own_os_and_family(
    newer: World, call: Call, changed: dict[str, Any], status: int
) -> None:
    kept = take(newer, call, "ws22").body
    sent = {"creationData": {"sourceResourceId": kept["id"]}, **changed}
    assert call(newer, "PUT", "agentPools/again", {"properties": sent}).status == status


def test_a_snapshot_that_is_not_there_is_not_found(world: World, call: Call) -> None:
    sent = {"creationData": {"sourceResourceId": f"{group(world)}/none"}}
    assert call(world, "PUT", "agentPools/again", {"properties": sent}).status == 404
    assert put(world, call, "wspool", **sent).status == 404


def test_a_pool_is_brought_to_a_snapshots_image(newer: World, call: Call) -> None:
    kept = take(newer, call, "ws22").body
    newer.clock.run_until(30 * DAY_S)
    run_to_end(newer, call, call(newer, "POST", "agentPools/ws22/upgradeNodeImageVersion"))
    assert properties(newer, call, "ws22")["nodeImageVersion"].endswith(".261209")
    reply = put(newer, call, "ws22", creationData={"sourceResourceId": kept["id"]})
    assert reply.body["properties"]["provisioningState"] == "Upgrading"
    assert run_to_end(newer, call, reply) == "Succeeded"
    old = kept["properties"]["nodeImageVersion"]
    assert properties(newer, call, "ws22")["nodeImageVersion"] == old
