"""What stands before the service: locks, policies, deny assignments, throttling."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.arm.rules.bench import Setup, call, change, made, windows

from poolshift.sim.scenarioparts import GovernanceSpec, LockSpec, PolicySpec
from poolshift.sim.world import World

POOLS = "Microsoft.ContainerService/managedClusters/agentPools"


def governed(**parts: Any) -> World:
    return made(Setup(parts={"governance": GovernanceSpec(**parts)}))


def error(reply: Any) -> tuple[int, str]:
    return reply.status, reply.body.get("error", reply.body)["code"]


def pool_body(world: World) -> Any:
    return call(world, "GET", "agentPools/ws22").body


@pytest.mark.parametrize("scope", ["subscription", "group", "cluster"])
def test_a_lock_against_deletion_lets_changes_pass(scope: str) -> None:
    world = governed(locks=(LockSpec("CanNotDelete", scope),))
    assert call(world, "PUT", "agentPools/ws22", pool_body(world)).status == 200
    world.clock.run_until(3600)
    reply = call(world, "DELETE", "agentPools/ws22")
    assert error(reply) == (409, "ScopeLocked")
    assert "cannot perform delete operation" in reply.body["error"]["message"]
    assert "ws22" in world.arm.pools


def test_a_lock_against_changes_leaves_a_readers_rights() -> None:
    world = governed(locks=(LockSpec("ReadOnly"),))
    assert call(world, "GET", "").status == 200
    assert error(call(world, "PUT", "agentPools/ws22", pool_body(world))) == (409, "ScopeLocked")
    assert error(call(world, "POST", "listClusterUserCredential")) == (409, "ScopeLocked")
    other = f"/subscriptions/{world.azure.home.subscription}/providers/Microsoft.Compute/register"
    assert call(world, "POST", other).status == 200


def test_a_lock_on_the_node_group_fails_the_deletion_of_a_pool() -> None:
    world = governed(locks=(LockSpec("CanNotDelete", "node-group"),))
    reply = call(world, "DELETE", "agentPools/ws22")
    assert error(reply)[1] == "DeleteVMSSAgentPoolFailed"
    assert "ScopeLocked" in reply.body["message"]
    assert windows()(world).status == 201


def test_a_lock_against_changes_of_the_node_group_fails_every_new_machine() -> None:
    world = governed(locks=(LockSpec("ReadOnly", "node-group"),))
    assert error(windows()(world))[1] == "CreateVMSSAgentPoolFailed"
    reply = change("ws22", count=4)(world)
    assert error(reply)[1] == "ReconcileVMSSAgentPoolFailed"
    assert change("ws22", nodeLabels={"a": "b"})(world).status == 200


def test_locks_can_be_read_before() -> None:
    world = governed(locks=(LockSpec("CanNotDelete", "group", name="prod"),))
    home = world.azure.home
    group = f"/subscriptions/{home.subscription}/resourceGroups/{home.group}"
    for scope in (group, world.cluster_id, f"/subscriptions/{home.subscription}"):
        found = call(world, "GET", f"{scope}/providers/Microsoft.Authorization/locks").body
        assert [lock["name"] for lock in found["value"]] == ["prod"]
        assert found["value"][0]["properties"]["level"] == "CanNotDelete"
    node_group = f"/subscriptions/{home.subscription}/resourceGroups/{home.node_group}"
    found = call(world, "GET", f"{node_group}/providers/Microsoft.Authorization/locks").body
    assert found["value"] == []


POLICIES = [
    pytest.param(
        PolicySpec("tag", "properties.tags.e", required=True),
        {"properties": {"tags": {"e": "x"}}},
        {},
        id="tag",
    ),
    pytest.param(
        PolicySpec("skus", f"{POOLS}/osSKU", allowed=("Windows2025", "Windows2022")),
        {},
        {"properties": {"osSKU": "Windows2019"}},
        id="alias-allowed",
    ),
    pytest.param(
        PolicySpec("sizes", "properties.vmSize", denied=("Standard_D8s_v5",)),
        {},
        {"properties": {"vmSize": "Standard_D8s_v5"}},
        id="denied",
    ),
]


@pytest.mark.parametrize(("policy", "good", "bad"), POLICIES)
def test_a_policy_denies_and_says_so_before(
    policy: PolicySpec, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    world = governed(policies=(policy,))
    base = {"osType": "Windows", "osSKU": "Windows2022", "vmSize": "Standard_D4s_v5", "count": 1}
    home = world.azure.home
    check = (
        f"/subscriptions/{home.subscription}/resourceGroups/{home.group}"
        "/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"
    )
    for body, denied in ((bad, True), (good, False)):
        whole = {**body, "properties": {**base, **body.get("properties", {})}}
        content = {"type": POOLS, **whole}
        asked = {"resourceDetails": {"resourceContent": content, "apiVersion": "2026-06-01"}}
        told = call(world, "POST", check, asked)
        assert told.status == 200
        found = told.body["contentEvaluationResult"]["policyEvaluations"]
        assert [e["policyInfo"]["policyAssignmentName"] for e in found] == [policy.name] * denied
        reply = call(world, "PUT", "agentPools/ws", whole)
        if denied:
            assert error(reply) == (403, "RequestDisallowedByPolicy")
            assert policy.name in reply.body["error"]["message"]
            assert reply.body["error"]["additionalInfo"][0]["type"] == "PolicyViolation"
        else:
            assert reply.status == 201


def test_fields_that_are_pending_are_told_their_values() -> None:
    world = governed(policies=(PolicySpec("skus", f"{POOLS}/osSKU", allowed=("Windows2025",)),))
    check = (
        f"/subscriptions/{world.azure.home.subscription}"
        "/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"
    )
    asked = {
        "resourceDetails": {"resourceContent": {"type": POOLS}},
        "pendingFields": [{"field": "properties.osSKU"}, {"field": "tags"}],
    }
    told = call(world, "POST", check, asked).body["fieldRestrictions"]
    assert [(f["field"], f["restrictions"][0]["values"]) for f in told] == [
        ("properties.osSKU", ["Windows2025"])
    ]
    assert error(call(world, "POST", check, {})) == (400, "InvalidCheckRestrictionsRequest")


def test_a_node_group_under_lockdown_takes_nobodys_changes() -> None:
    setup = Setup(properties={"nodeResourceGroupProfile": {"restrictionLevel": "ReadOnly"}})
    closed, free = made(setup), made(Setup())
    for world, status in ((closed, 403), (free, 200)):
        named: dict[str, dict[str, str]] = {world.arm.ids.identity_id("i"): {}}
        patch = {"identity": {"type": "UserAssigned", "userAssignedIdentities": named}}
        scale_set = world.arm.ids.scale_set_id(world.arm.pools["ws22"].scale_set)
        assert call(world, "GET", scale_set).status == 200
        assert call(world, "PATCH", scale_set, patch).status == status
    reply = call(closed, "PATCH", closed.arm.ids.scale_set_id("x"), patch)
    assert error(reply) == (403, "DenyAssignmentAuthorizationFailed")
    # The service itself is not kept out.
    assert windows()(closed).status == 201


def test_changes_of_one_pool_are_throttled_and_come_back_one_a_minute() -> None:
    world = made(Setup())
    body = pool_body(world)
    answers = [call(world, "PUT", "agentPools/ws22", body).status for _ in range(20)]
    assert 429 not in answers
    refused = call(world, "PUT", "agentPools/ws22", body)
    assert (refused.status, refused.body["code"]) == (429, "Throttled")
    assert refused.headers["Retry-After"] == "60"
    # Another pool has a bucket of its own, and reading is free.
    assert windows()(world).status == 201
    assert call(world, "GET", "agentPools/ws22").status == 200
    world.clock.run_until(world.clock.t + 59)
    again = call(world, "PUT", "agentPools/ws22", body)
    assert (again.status, again.headers["Retry-After"]) == (429, "1")
    world.clock.run_until(world.clock.t + 1)
    assert call(world, "PUT", "agentPools/ws22", body).status != 429
    assert call(world, "PUT", "agentPools/ws22", body).status == 429


def test_reads_are_throttled_where_the_scenario_says_so() -> None:
    world = governed(throttled_reads=True)
    assert {call(world, "GET", "").status for _ in range(60)} == {200}
    refused = call(world, "GET", "")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    world.clock.run_until(world.clock.t + 2)
    assert call(world, "GET", "").status == 200
    assert {call(world, "GET", "agentPools").status for _ in range(60)} == {200}
    assert call(world, "GET", "agentPools").status == 429


def test_nothing_is_throttled_where_the_scenario_says_so() -> None:
    world = governed(throttled=False)
    body = pool_body(world)
    assert 429 not in {call(world, "PUT", "agentPools/ws22", body).status for _ in range(30)}
