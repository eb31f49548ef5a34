"""The service answers otherwise than it should: throttled, failed, not reached, not allowed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.rig import run_async
from tests.sim.faultrig import POOL, call, change, code_of, create, ended, pool, wait, world_with

from poolshift.core.errors import ServerError, UsageError
from poolshift.sim.arm.port import SimArm
from poolshift.sim.arm.request import ArmAnswer
from poolshift.sim.faults.fault import FaultSpec
from poolshift.sim.faults.schedule import schedule
from poolshift.sim.world import World

WRITES: dict[str, Callable[[World], ArmAnswer]] = {
    "change": lambda w: change(w, count=4),
    "create": create,
    "delete": lambda w: call(w, "DELETE", f"agentPools/{POOL}"),
    "upgrade": lambda w: call(w, "POST", f"agentPools/{POOL}/upgradeNodeImageVersion"),
}


@pytest.mark.parametrize("name", WRITES)
def test_writes_are_throttled_and_reads_are_not(name: str) -> None:
    world, write = world_with(), WRITES[name]
    schedule(world, (FaultSpec("throttled", for_s=300.0, value=45.0),))
    refused = write(world)
    assert (refused.status, code_of(refused)) == (429, "Throttled")
    assert refused.headers["Retry-After"] == "45"
    assert "code" in refused.body
    assert pool(world)["provisioningState"] == "Succeeded"
    assert call(world, "POST", "listClusterUserCredential").status == 200
    wait(world, 301)
    assert ended(world, write(world))["status"] == "Succeeded"


def test_a_throttled_subscription_lets_nobody_read_either() -> None:
    world = world_with(FaultSpec("subscription-throttled", for_s=300.0))
    refused = call(world, "GET", "agentPools")
    assert (refused.status, code_of(refused)) == (429, "SubscriptionRequestsThrottled")
    assert refused.headers["Retry-After"] == "60"
    assert "error" in refused.body
    wait(world, 301)
    assert call(world, "GET", "agentPools").status == 200


def test_so_many_writes_fail_in_the_service_and_change_nothing() -> None:
    world = world_with(FaultSpec("service-errors", value=3.0))
    before = pool(world)
    seen = [change(world, count=4) for _ in range(3)]
    assert [reply.status for reply in seen] == [500] * 3
    assert [code_of(reply) for reply in seen] == [
        "InternalOperationError",
        "InternalServerError",
        "GetSKUStoreError",
    ]
    # As recorded: the provider's own have a code and a message, the front door's are wrapped.
    assert seen[0].body == {"code": "InternalOperationError", "message": "Internal server error"}
    assert set(seen[1].body) == {"error"}
    assert pool(world) == before
    assert ended(world, change(world, count=4))["status"] == "Succeeded"


def test_service_errors_end_with_their_fault() -> None:
    world = world_with(FaultSpec("service-errors", for_s=60.0, value=100.0))
    assert change(world, count=4).status == 500
    wait(world, 61)
    assert change(world, count=4).status == 200


def test_a_gateway_answers_reads_with_a_page_now_and_then() -> None:
    world = world_with(FaultSpec("gateway-errors", for_s=600.0, value=3.0))
    seen = [call(world, "GET", "agentPools") for _ in range(9)]
    assert [reply.status for reply in seen] == [200, 200, 502, 200, 200, 504, 200, 200, 502]
    page = seen[2]
    assert page.headers["Content-Type"] == "text/html"
    assert page.body.startswith("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n")
    wait(world, 601)
    assert {call(world, "GET", "agentPools").status for _ in range(6)} == {200}


def test_a_client_reads_a_gateways_page_as_a_failure_of_the_server() -> None:
    world = world_with(FaultSpec("gateway-errors", value=1.0))
    with pytest.raises(ServerError) as caught:
        run_async(SimArm(world.azure).pools(world.cluster_id))
    assert caught.value.status == 502
    assert caught.value.retry_after_s


def test_a_lost_role_refuses_writes_until_it_is_back() -> None:
    world = world_with(FaultSpec("role-lost", for_s=600.0))
    refused = change(world, count=4)
    assert (refused.status, code_of(refused)) == (403, "AuthorizationFailed")
    action = "Microsoft.ContainerService/managedClusters/agentPools/write"
    assert action in refused.body["error"]["message"]
    assert pool(world)["count"] == 3
    wait(world, 601)
    assert change(world, count=4).status == 200


@pytest.mark.parametrize(
    ("level", "written"), [("CanNotDelete", (200, "")), ("ReadOnly", (409, "ScopeLocked"))]
)
def test_a_lock_that_somebody_sets_holds_until_it_is_taken_off(
    level: str, written: tuple[int, str]
) -> None:
    world = world_with(FaultSpec("lock-set", f"{level} cluster", for_s=600.0))
    refused = call(world, "DELETE", f"agentPools/{POOL}")
    assert (refused.status, code_of(refused)) == (409, "ScopeLocked")
    reply = change(world, nodeLabels={"a": "b"})
    assert (reply.status, code_of(reply)) == written
    listed = call(world, "GET", "providers/Microsoft.Authorization/locks").body["value"]
    assert [lock["properties"]["level"] for lock in listed] == [level]
    wait(world, 601)
    assert call(world, "DELETE", f"agentPools/{POOL}").status == 202
    assert call(world, "GET", "providers/Microsoft.Authorization/locks").body["value"] == []


def test_a_policy_that_somebody_assigns_denies_pools_without_a_tag() -> None:
    world = world_with(FaultSpec("policy-set", "properties.tags.owner", for_s=600.0))
    refused = create(world)
    assert (refused.status, code_of(refused)) == (403, "RequestDisallowedByPolicy")
    assert "require-properties.tags.owner" in refused.body["error"]["message"]
    assert create(world, tags={"owner": "me"}).status == 201
    wait(world, 601)
    assert create(world, "npwin2").status == 201


@pytest.mark.parametrize("target", ["CanNotDelete", "Never cluster"])
def test_a_lock_needs_a_level_and_a_scope(target: str) -> None:
    with pytest.raises(UsageError, match="no level with a scope"):
        world_with(FaultSpec("lock-set", target))


def test_two_faults_of_one_kind_end_each_by_itself() -> None:
    faults = (FaultSpec("throttled", for_s=100.0), FaultSpec("throttled", for_s=300.0, value=9.0))
    world = world_with(*faults)
    wait(world, 101)
    assert change(world, count=4).headers["Retry-After"] == "9"
    wait(world, 200)
    assert change(world, count=4).status == 200
