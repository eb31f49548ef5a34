"""What the region, its networks and its machines do not have."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from tests.rig import deployment
from tests.sim.faultrig import (
    POOL,
    call,
    change,
    code_of,
    create,
    ended,
    pool,
    settled,
    upgrade_image,
    wait,
    world_with,
)

from poolshift.core.errors import UsageError
from poolshift.sim.arm.subnets import subnet_id
from poolshift.sim.faults.fault import FaultSpec
from poolshift.sim.faults.schedule import schedule
from poolshift.sim.scenario import load_scenario
from poolshift.sim.scenarioparts import PoolSpec, SubnetSpec
from poolshift.sim.world import World

SIZE = "Standard_D2s_v3"
FAMILY = "standardDSv3Family"
SUBNET = SubnetSpec(name="nodes", cidr="10.1.0.0/24")


def machines(world: World, name: str) -> list[str]:
    found = call(world, "GET", f"agentPools/{name}/machines").body["value"]
    return [machine["name"] for machine in found]


def usage(world: World, family: str) -> tuple[int, int]:
    azure = world.azure.home
    path = f"/subscriptions/{azure.subscription}/providers/Microsoft.Compute/locations/"
    rows = call(world, "GET", f"{path}{azure.location}/usages").body["value"]
    row = next(r for r in rows if r["name"]["value"].lower() == family.lower())
    return row["currentValue"], row["limit"]


@pytest.mark.parametrize(("family", "words"), [(FAMILY, "for family"), ("cores", "Total Regional")])
def test_quota_that_others_hold_is_short_until_they_give_it_back(family: str, words: str) -> None:
    before = usage(world_with(), family)
    world = world_with(FaultSpec("quota-short", family, for_s=1000.0, value=2.0))
    used, limit = usage(world, family)
    assert limit - used == 2
    refused = change(world, count=5)
    assert code_of(refused) == "QuotaExceeded"
    assert words in refused.body["message"]
    # One node has two vCPUs: it fits.
    assert ended(world, change(world, count=4))["status"] == "Succeeded"
    assert code_of(create(world)) == "QuotaExceeded"
    wait(world, 1001)
    assert usage(world, family) == (before[0] + 2, before[1])
    assert ended(world, create(world))["status"] == "Succeeded"


def test_surge_finds_no_quota_either() -> None:
    world = world_with(FaultSpec("quota-short", FAMILY))
    wait(world, 30 * 86_400)
    failed = ended(world, upgrade_image(world))
    assert (failed["status"], failed["error"]["code"]) == ("Failed", "QuotaExceeded")
    assert pool(world)["provisioningState"] == "Failed"
    assert pool(world)["status"]["provisioningError"] == failed["error"]


@pytest.mark.parametrize(("target", "given"), [("cluster", {}), ("nodes", {"own": True})])
def test_a_full_subnet_takes_no_nodes(target: str, given: dict[str, Any]) -> None:
    fault = FaultSpec("subnet-full", target, for_s=600.0, value=30.0)
    world = world_with(fault, subnets=(SUBNET,))
    extra = {"vnetSubnetID": _subnet_id(world)} if given else {}
    refused = create(world, maxPods=30, **extra)
    assert code_of(refused) == "InsufficientSubnetSize"
    wait(world, 601)
    assert ended(world, create(world, maxPods=30, **extra))["status"] == "Succeeded"


def _subnet_id(world: World) -> str:
    return subnet_id(world.azure.home, SUBNET)


def test_surge_finds_a_full_subnet_while_it_runs() -> None:
    world = world_with(FaultSpec("subnet-full", "cluster"))
    wait(world, 30 * 86_400)
    failed = ended(world, upgrade_image(world))
    assert (failed["status"], failed["error"]["code"]) == ("Failed", "SubnetIsFull")


def test_outbound_ports_are_short_until_they_are_fewer_again() -> None:
    world = world_with(FaultSpec("outbound-ports-short", for_s=600.0))
    refused = change(world, count=5)
    assert code_of(refused) == "InvalidLoadBalancerProfileAllocatedOutboundPorts"
    # What there is may be changed: the nodes of today have their ports.
    assert ended(world, change(world, nodeLabels={"a": "b"}))["status"] == "Succeeded"
    wait(world, 601)
    profile = call(world, "GET", "").body["properties"]["networkProfile"]
    assert not (profile.get("loadBalancerProfile") or {}).get("allocatedOutboundPorts")
    assert ended(world, change(world, count=5))["status"] == "Succeeded"


def test_a_size_that_is_sold_out_is_refused_at_once() -> None:
    world = world_with(FaultSpec("size-sold-out", SIZE, for_s=600.0))
    refused = create(world)
    assert (refused.status, code_of(refused)) == (409, "SKUNotAvailable")
    wait(world, 601)
    assert ended(world, create(world))["status"] == "Succeeded"


@pytest.mark.parametrize(
    ("zones", "code"), [((), "AllocationFailed"), (("1",), "ZonalAllocationFailed")]
)
def test_a_size_that_is_gone_fails_the_operation_and_the_pool(
    zones: tuple[str, ...], code: str
) -> None:
    world = world_with(FaultSpec("size-gone", SIZE, for_s=4000.0))
    given: dict[str, Any] = {"availabilityZones": list(zones)} if zones else {}
    reply = create(world, count=2, **given)
    assert reply.status == 201
    failed = ended(world, reply)
    assert (failed["status"], failed["error"]["code"]) == ("Failed", code)
    shown = pool(world, "npwin")
    assert shown["provisioningState"] == "Failed"
    assert shown["status"]["provisioningError"]["code"] == code
    assert machines(world, "npwin") == []
    assert world.kube.nodes_of("npwin") == ()
    left = world.arm.addresses.left()
    wait(world, 4001)
    assert settled(world, "npwin") == "Succeeded"
    assert len(world.kube.nodes_of("npwin")) == 2
    assert "status" not in pool(world, "npwin")
    # What the machines that never came had taken had been given back.
    assert left - world.arm.addresses.left() == 2 * 31


def test_a_scale_out_fails_that_finds_no_machine() -> None:
    world = world_with(FaultSpec("size-gone", SIZE, for_s=4000.0))
    failed = ended(world, change(world, count=5))
    assert failed["error"]["code"] == "AllocationFailed"
    assert (pool(world)["count"], len(world.kube.nodes_of(POOL))) == (5, 3)
    wait(world, 4001)
    assert settled(world) == "Succeeded"
    assert len(world.kube.nodes_of(POOL)) == 5


def test_an_upgrade_fails_that_finds_no_machine_for_its_surge() -> None:
    world = world_with(FaultSpec("size-gone", SIZE))
    wait(world, 30 * 86_400)
    failed = ended(world, upgrade_image(world))
    assert (failed["status"], failed["error"]["code"]) == ("Failed", "AllocationFailed")
    assert len(machines(world, POOL)) == 3


@pytest.mark.parametrize(
    ("exit_code", "name"),
    [
        (None, "WINDOWS_CSE_ERROR_CHECK_API_SERVER_CONNECTIVITY"),
        (38.0, "WINDOWS_CSE_ERROR_DOWNLOAD_GMSA_PACKAGE"),
        (50.0, "WINDOWS_CSE_ERROR_NO_CSE_RESULT_LOG"),
    ],
)
def test_machines_whose_start_script_fails_become_no_nodes(
    exit_code: float | None, name: str
) -> None:
    world = world_with(FaultSpec("node-start-fails", "npwin", for_s=4000.0, value=exit_code))
    failed = ended(world, create(world, count=2))
    assert failed["status"] == "Failed"
    assert failed["error"]["code"] == "VMExtensionProvisioningError"
    number = 5 if exit_code is None else int(exit_code)
    assert f"ExitCode: |{number}|, Output: |{name}|" in failed["error"]["message"]
    assert pool(world, "npwin")["provisioningState"] == "Failed"
    # The machines are there, and cost; no node ever comes of them.
    assert len(machines(world, "npwin")) == 2
    wait(world, 1000)
    assert world.kube.nodes_of("npwin") == ()
    # Others start as ever.
    assert ended(world, change(world, count=4))["status"] == "Succeeded"
    wait(world, 4001)
    assert settled(world, "npwin") == "Succeeded"
    assert len(world.kube.nodes_of("npwin")) == 2
    assert len(machines(world, "npwin")) == 2


def test_a_node_that_is_reimaged_into_a_failing_start_is_lost_and_mended() -> None:
    world = world_with()
    wait(world, 30 * 86_400)
    reply = upgrade_image(world)
    # The surge node comes; then the start script begins to fail.
    while len(world.kube.nodes_of(POOL)) < 4:
        wait(world, 5)
    schedule(world, (FaultSpec("node-start-fails", "Windows", for_s=20_000.0),))
    assert ended(world, reply)["error"]["code"] == "VMExtensionProvisioningError"
    assert len(world.kube.nodes_of(POOL)) == 3
    wait(world, 20_001)
    assert settled(world) == "Succeeded"
    assert len(world.kube.nodes_of(POOL)) == 3
    assert len(machines(world, POOL)) == 3


def test_a_linux_start_script_has_codes_of_its_own() -> None:
    world = world_with(FaultSpec("node-start-fails", "Linux", value=51.0))
    failed = ended(world, change(world, "agentpool", count=2))
    assert failed["error"]["code"] == "K8SAPIServerConnFailVMExtensionError"
    assert "exit status 51" in failed["error"]["message"]


@pytest.mark.parametrize("fault", ["size-gone", "node-start-fails"])
def test_a_pool_does_not_start_again_without_machines(fault: str) -> None:
    world = world_with(FaultSpec(fault, SIZE if fault == "size-gone" else POOL, at_s=3000.0))
    assert ended(world, change(world, powerState={"code": "Stopped"}))["status"] == "Succeeded"
    wait(world, 3000)
    failed = ended(world, change(world, powerState={"code": "Running"}))
    assert failed["status"] == "Failed"
    assert world.kube.nodes_of(POOL) == ()


def test_the_autoscaler_gives_up_machines_that_become_no_nodes() -> None:
    scenario = load_scenario("reference")
    grows = {"enableAutoScaling": True, "minCount": 1, "maxCount": 5}

    def scaled(spec: PoolSpec) -> PoolSpec:
        return replace(spec, properties=grows) if spec.name == POOL else spec

    pools = tuple(scaled(spec) for spec in scenario.pools)
    world = world_with(FaultSpec("size-gone", SIZE, for_s=7200.0), pools=pools)
    heavy = {"requests": {"cpu": "1500m", "memory": "100Mi"}}
    image = "myacr.azurecr.io/catalog:7"
    containers = [{"name": "c", "image": image, "resources": heavy}]
    world.kube.apply(
        deployment("heavy", image, replicas=5, containers=containers), by="user:kubectl"
    )
    wait(world, 3600)
    assert len(world.kube.nodes_of(POOL)) == 3
    wait(world, 7200)
    assert len(world.kube.nodes_of(POOL)) == 5
    assert pool(world)["count"] == len(machines(world, POOL)) == 5


@pytest.mark.parametrize(
    ("sku", "act"),
    [
        pytest.param("Windows2022", create, id="create"),
        pytest.param("Windows2019", upgrade_image, id="upgrade"),
    ],
)
def test_an_image_that_is_not_in_the_region_makes_no_nodes(sku: str, act: Any) -> None:
    world = world_with(FaultSpec("image-missing", sku, for_s=31 * 86_400.0))
    wait(world, 30 * 86_400)
    refused = act(world)
    assert code_of(refused) == "InvalidTemplateDeployment"
    assert f"{sku} are not in eastus" in refused.body["message"]
    wait(world, 86_401)
    assert ended(world, act(world))["status"] == "Succeeded"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (FaultSpec("quota-short", "nope"), "no pool is of the family"),
        (FaultSpec("subnet-full", "nope"), "no subnet"),
        (FaultSpec("size-gone", "nope"), "no VM size"),
        (FaultSpec("size-sold-out", "nope"), "no VM size"),
        (FaultSpec("node-start-fails", "Windows", value=999.0), "no start script"),
        (FaultSpec("image-missing", "nope"), "no OS SKU"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_is_not_there_cannot_be_short(fault: FaultSpec, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        world_with(fault)


def test_a_machine_in_trouble_says_nothing_of_the_operations_of_others() -> None:
    world = world_with(FaultSpec("node-start-fails", "npwin"))
    reply = create(world)
    other = change(world, count=4)
    assert ended(world, other)["status"] == "Succeeded"
    assert ended(world, reply)["status"] == "Failed"
