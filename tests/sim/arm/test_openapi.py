"""What the ARM face answers is what the published descriptions of the provider say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.sim.arm import openapi
from tests.sim.arm.replay import recording

from poolshift.sim.arm.request import ArmAnswer
from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import World, build_world

Call = Callable[..., ArmAnswer]
pytestmark = pytest.mark.skipif(not openapi.there(), reason=openapi.ABSENT)
SCENARIOS = ("reference", "reference-2025", "retail", "linux")
_VERSION = "2026-06-01"
# Where the service itself was recorded to answer otherwise than it is described, and so do we.
AS_RECORDED = frozenset(
    {
        ".properties.networkProfile.loadBalancerProfile.backendPoolType is 'nodeIPConfiguration'",
        ".properties.networkProfile.loadBalancerSku is 'Standard'",
        ".properties.networkProfile.dockerBridgeCidr is not known",
        ".sku.name is 'Basic'",
    }
)


def wrong(method: str, path: str, body: Any) -> list[str]:
    """What no description knows and no recording has."""
    found = openapi.problems(openapi.answer_of(method, path), body)
    return [one for one in found if one.removeprefix(".value[]") not in AS_RECORDED]


@pytest.fixture(scope="module", params=SCENARIOS)
def any_world(request: pytest.FixtureRequest) -> World:
    return build_world(load_scenario(request.param), seed=1)


def reads(world: World) -> Iterator[str]:
    """Every GET of the AKS provider that a scenario's world can be asked."""
    sub = f"/subscriptions/{world.azure.home.subscription}"
    provider = "providers/Microsoft.ContainerService"
    group = f"{sub}/resourceGroups/{world.azure.home.group}/{provider}"
    yield f"{sub}/{provider}/managedClusters"
    yield f"{sub}/{provider}/locations/{world.azure.home.location}/kubernetesVersions"
    yield f"{group}/managedClusters"
    yield f"{group}/snapshots"
    for below in ("", "/agentPools", "/upgradeProfiles/default", "/maintenanceConfigurations"):
        yield f"{world.cluster_id}{below}"
    for pool in world.arm.pools.values():
        for below in ("", "/upgradeProfiles/default", "/machines"):
            yield f"{world.cluster_id}/agentPools/{pool.name}{below}"


def test_what_is_read_is_as_described(any_world: World, call: Call) -> None:
    asked = 0
    for path in reads(any_world):
        assert openapi.answer_of("GET", path), path
        reply = call(any_world, "GET", path, query={"api-version": _VERSION})
        assert reply.status == 200, reply.body
        assert wrong("GET", path, reply.body) == []
        asked += 1
    assert asked >= 11


def test_what_changes_answer_is_as_described(newer: World, call: Call) -> None:
    sent: dict[str, Any] = {"properties": {"count": 1, "osType": "Windows", "osSKU": "Windows2022"}}
    path = f"{newer.cluster_id}/agentPools/more"
    made = call(newer, "PUT", path, sent, query={"api-version": _VERSION})
    assert made.status == 201
    assert wrong("PUT", path, made.body) == []
    newer.clock.run_until(newer.clock.t + 3600)
    body = call(newer, "GET", newer.cluster_id, query={"api-version": _VERSION}).body
    body["tags"] = {"a": "b"}
    changed = call(newer, "PUT", newer.cluster_id, body, query={"api-version": _VERSION})
    assert changed.status == 200, changed.body
    assert wrong("PUT", newer.cluster_id, changed.body) == []


@pytest.mark.skipif(not recording.there(), reason=recording.ABSENT)
def test_what_is_tolerated_was_recorded() -> None:
    seen: set[str] = set()
    for name in recording.names():
        for row in recording.rows(name):
            kinds = openapi.answer_of(row["method"], row["path"])
            body = recording.bodies(row)
            if kinds and body is not None and row["status"] < 300:
                seen.update(openapi.problems(kinds, body))
    assert seen >= AS_RECORDED


def test_what_is_read_can_be_written_back(any_world: World, call: Call) -> None:
    """Who reads a cluster or a pool and sends it as it is changes nothing and is heard."""
    query = {"api-version": _VERSION}
    paths = [
        any_world.cluster_id,
        *(f"{any_world.cluster_id}/agentPools/{pool}" for pool in any_world.arm.pools),
    ]
    for path in paths:
        body = call(any_world, "GET", path, query=query).body
        reply = call(any_world, "PUT", path, body, query=query)
        assert reply.status == 200, reply.body
        any_world.clock.run_until(any_world.clock.t + 2 * 3600)
        again = call(any_world, "GET", path, query=query).body
        assert shown(again) == shown(body)


def shown(body: Any) -> Any:
    """A body without what every change makes new."""
    if isinstance(body, dict):
        return {k: shown(v) for k, v in body.items() if k not in ("eTag", "nodeImageVersion")}
    return [shown(one) for one in body] if isinstance(body, list) else body


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"properties": {"count": 1}}, []),
        ({"properties": {"count": "1"}}, [".properties.count is '1'"]),
        ({"properties": {"osType": "Plan9"}}, [".properties.osType is 'Plan9'"]),
        ({"properties": {"osSKU": "Windows2025"}}, []),
        ({"properties": {"odd": 1}}, [".properties.odd is not known"]),
        ({"properties": {"nodeLabels": {"a": 1}}}, [".properties.nodeLabels.* is 1"]),
        ({"properties": {"nodeTaints": "x"}}, [".properties.nodeTaints is 'x'"]),
        (
            {"properties": {"upgradeSettings": {"maxSurge": 1}}},
            [".properties.upgradeSettings.maxSurge is 1"],
        ),
        ({"properties": []}, [".properties is a list"]),
    ],
)
def test_the_checker_finds_what_is_wrong(value: Any, found: list[str]) -> None:
    path = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService"
    kinds = openapi.answer_of("GET", f"{path}/managedClusters/c/agentPools/p")
    assert openapi.problems(kinds, value) == found
