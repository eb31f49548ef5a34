"""Refusals have the shape in which the service was recorded to make them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.sim.arm.replay import comparing, recording

from poolshift.sim.arm.request import ArmAnswer
from poolshift.sim.scenarioparts import Denials
from poolshift.sim.world import World

Call = Callable[..., ArmAnswer]
pytestmark = pytest.mark.skipif(not recording.there(), reason=recording.ABSENT)
_ROLE = "/providers/Microsoft.Authorization/roleAssignments/a"
_READER = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"


def deny(world: World, action: str) -> None:
    azure = world.azure
    azure.scenario = msgspec.structs.replace(azure.scenario, denied=Denials(arm=(action,)))


def role(world: World, call: Call, **properties: str) -> ArmAnswer:
    scope = f"/subscriptions/{world.azure.home.subscription}"
    sent = {"principalId": "p", "roleDefinitionId": f"{scope}{_READER}", **properties}
    return call(world, "PUT", f"{scope}{_ROLE}", {"properties": sent})


def missing(world: World, call: Call) -> ArmAnswer:
    return call(world, "GET", world.cluster_id.replace("myAKSCluster", "nope"))


def assigned_twice(world: World, call: Call) -> ArmAnswer:
    assert role(world, call, principalType="User").status == 201
    return role(world, call, principalType="User")


def assigned_to_nobody(world: World, call: Call) -> ArmAnswer:
    return role(world, call)


def assigned_without_the_right(world: World, call: Call) -> ArmAnswer:
    deny(world, "Microsoft.Authorization/roleAssignments/write")
    return role(world, call, principalType="User")


def looked_up_without_the_right(world: World, call: Call) -> ArmAnswer:
    deny(world, "Microsoft.Graph/servicePrincipals/read")
    return call(world, "GET", "/v1.0/servicePrincipals")


def tainted(world: World, call: Call) -> ArmAnswer:
    sent = {"properties": {"nodeTaints": ["a=b:NoSchedule"], "mode": "System"}}
    return call(world, "PUT", "agentPools/system", sent)


def managed_twice(world: World, call: Call) -> ArmAnswer:
    preview = {"api-version": "2025-07-02-preview"}
    sent = {"properties": {"mode": "ManagedSystem"}}
    assert call(world, "PUT", "agentPools/one", sent, query=preview).status == 201
    world.clock.run_until(world.clock.t + 3600)
    return call(world, "PUT", "agentPools/two", sent, query=preview)


def of_an_unknown_principal(world: World, call: Call) -> ArmAnswer:
    azure = world.azure
    service = msgspec.structs.replace(azure.scenario.service, principal="missing")
    azure.scenario = msgspec.structs.replace(azure.scenario, service=service)
    sent: dict[str, Any] = {
        "location": "eastus",
        "properties": {
            "dnsPrefix": "x",
            "servicePrincipalProfile": {"clientId": "c", "secret": "s"},
            "agentPoolProfiles": [{"name": "one", "mode": "System", "count": 1}],
        },
    }
    return call(world, "PUT", world.cluster_id.replace("myAKSCluster", "more"), sent)


@pytest.mark.parametrize(
    ("code", "provoke"),
    [
        ("ResourceNotFound", missing),
        ("RoleAssignmentExists", assigned_twice),
        ("PrincipalNotFound", assigned_to_nobody),
        ("AuthorizationFailed", assigned_without_the_right),
        ("Authorization_RequestDenied", looked_up_without_the_right),
        ("SystemPoolHasRestrictedTaint", tainted),
        ("InvalidParameter", managed_twice),
    ],
)
def test_a_refusal_has_the_recorded_shape(
    newer: World, call: Call, code: str, provoke: Callable[[World, Call], ArmAnswer]
) -> None:
    check(recording.error(code), provoke(newer, call))


def test_an_unknown_service_principal_is_refused_as_of_late(newer: World, call: Call) -> None:
    """Until 2020 it was a 400 with code and message alone; the newer one is the service's now."""
    rows = [row for row in recording.errors() if row["status"] == 404 and row["method"] == "PUT"]
    row = next(r for r in rows if recording.bodies(r)["code"] == "ServicePrincipalNotFound")
    check(row, of_an_unknown_principal(newer, call))


def check(row: recording.Row, reply: ArmAnswer) -> None:
    headers = {name.lower(): value for name, value in reply.headers.items()}
    assert comparing.problems(row, reply.status, headers, reply.body) == [], reply.body
