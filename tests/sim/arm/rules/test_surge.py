"""Machines beyond a pool's own: of upgrades, of the autoscaler, of pools that are made anew."""

from __future__ import annotations

import msgspec
import pytest
from tests.sim.arm.rules.bench import Setup, call, linux, made, windows
from tests.sim.arm.rules.parts import FLAT_SUBNETS, subnet_id

from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.rules.checks import (
    check_delete_machines,
    check_reimage,
    check_scale,
    check_surge,
)
from poolshift.sim.arm.upgrades.inplace import generation_after
from poolshift.sim.kube.resources import NODES
from poolshift.sim.scenario import load_scenario
from poolshift.sim.scenarioparts import QuotaSpec, VmSizeSpec
from poolshift.sim.world import World


def refusal(world: World, pool: str, nodes: int) -> str:
    with pytest.raises(ArmProblem) as raised:
        check_surge(world.arm, world.arm.pools[pool], nodes)
    return raised.value.code


def test_a_surge_needs_quota() -> None:
    world = made(Setup(parts={"quota": (QuotaSpec(limit=24),)}))
    check_surge(world.arm, world.arm.pools["ws22"], 1)
    assert refusal(world, "ws22", 2) == "QuotaExceeded"


def test_a_surge_needs_addresses() -> None:
    world = made(Setup(scenario="stranded", parts={"quota": (QuotaSpec(limit=400),)}))
    check_surge(world.arm, world.arm.pools["win19"], 1)
    assert refusal(world, "win19", 20) == "SubnetIsFull"


def test_a_surge_stays_within_the_pools_bound() -> None:
    world = made(Setup(parts={"quota": (QuotaSpec(limit=9999),)}))
    assert refusal(world, "ws22", 998) == "InvalidParameter"


def test_a_surge_needs_machines_of_the_region() -> None:
    world = made(Setup(parts={"vm_sizes": (VmSizeSpec("Standard_D4s_v5", left=1),)}))
    check_surge(world.arm, world.arm.pools["ws22"], 1)
    assert refusal(world, "ws22", 2) == "ZonalAllocationFailed"


def test_nodes_without_images_are_neither_added_nor_made_anew() -> None:
    world = made(Setup(scenario="linux"))
    old, new = world.arm.pools["azl2"], world.arm.pools["ubuntu22"]
    check_scale(world.arm, new, 5)
    check_scale(world.arm, old, 3)
    check_reimage(world.arm, new)
    with pytest.raises(ArmProblem, match="InvalidTemplateDeployment"):
        check_scale(world.arm, old, 5)
    with pytest.raises(ArmProblem, match="InvalidTemplateDeployment"):
        check_reimage(world.arm, old)


def test_a_pool_made_again_from_what_was_read_of_it_is_of_generation_1() -> None:
    world = made(Setup())
    headers = {"usewindowsgen2vm": "true"}
    first = windows("one", headers=headers)(world).body["properties"]
    assert "gen2" in first["nodeImageVersion"]
    again = call(world, "PUT", "agentPools/two", {"properties": first}).body["properties"]
    assert "gen2" not in again["nodeImageVersion"]


def test_a_gen2_only_size_takes_no_pool_that_is_made_again() -> None:
    world = made(Setup())
    headers = {"usewindowsgen2vm": "true"}
    first = windows("one", headers=headers, vmSize="Standard_D4ds_v6")(world).body
    again = call(world, "PUT", "agentPools/two", {"properties": first["properties"]})
    assert again.body["code"] == "BadRequest"


@pytest.mark.parametrize(
    ("size", "generation"), [("Standard_D4_v3", "V1"), ("Standard_D4s_v5", "V2")]
)
def test_a_change_in_place_takes_the_generation_of_its_size(size: str, generation: str) -> None:
    world = made(Setup())
    pool = world.arm.pools["ws22"]
    pool.properties["vmSize"] = size
    assert generation_after(world.arm, pool, "Windows2025") == generation


def test_machines_of_a_system_pool_go_as_far_as_budgets_let_them() -> None:
    world = made(Setup())
    pool = world.arm.pools["system"]
    with pytest.raises(ArmProblem, match="keeps one machine"):
        check_delete_machines(world.arm, pool, tuple(pool.machines))
    check_delete_machines(world.arm, pool, tuple(pool.machines[:1]))
    held = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "held", "namespace": "kube-system"},
        "spec": {"maxUnavailable": 0, "selector": {"matchLabels": _system_labels(world)[0]}},
    }
    world.kube.apply(held, by="user:kubectl")
    world.clock.run_until(world.clock.t + 60)
    refused = []
    for machine in pool.machines:
        try:
            check_delete_machines(world.arm, pool, (machine,))
        except ArmProblem as problem:
            refused.append(problem.code)
    assert "OperationNotAllowed" in refused


def _system_labels(world: World) -> list[dict[str, str]]:
    pods = [p for m in world.arm.pools["system"].machines for p in world.kube.pods_on(m)]
    owned = [p for p in pods if p.key[0] == "kube-system" and "k8s-app" in p["metadata"]["labels"]]
    return [{"k8s-app": p["metadata"]["labels"]["k8s-app"]} for p in owned]


def test_the_scenario_is_not_changed_by_what_is_asked() -> None:
    before = load_scenario("reference-2025")
    made(Setup(network={"networkPlugin": "none"}))
    assert msgspec.to_builtins(load_scenario("reference-2025").cluster) == msgspec.to_builtins(
        before.cluster
    )


def test_nodes_and_pods_take_the_addresses_of_the_subnets_that_a_pool_names() -> None:
    world = made(FLAT_SUBNETS)
    body = linux(vnetSubnetID=subnet_id("nodes"), podSubnetID=subnet_id("pods"))(world).body
    assert body["properties"]["vnetSubnetID"] == subnet_id("nodes")
    world.clock.run_until(world.clock.t + 3600)
    [machine] = world.arm.pools["apps"].machines
    node = world.kube.store.get(NODES, "", machine)
    assert {"type": "InternalIP", "address": "10.1.0.4"} in node["status"]["addresses"]
    assert world.arm.pools["apps"].pod_addresses[machine] == "10.1.2.4"
    room = world.azure.addresses_in(subnet_id("nodes"))
    assert room is not None
    left = room.left()
    call(world, "DELETE", "agentPools/apps")
    world.clock.run_until(world.clock.t + 3600)
    assert room.left() == left + 1


def test_subnets_that_clients_made_are_as_good_as_the_scenarios() -> None:
    world = made(Setup())
    home = subnet_id("own", "mynet")
    wanted = linux(vnetSubnetID=home, count=4)
    assert wanted(world).body["code"] == "InvalidResourceReference"
    network = home.partition("/subnets/")[0]
    inside = {"name": "own", "properties": {"addressPrefix": "10.3.0.0/29"}}
    call(world, "PUT", network, {"location": "eastus", "properties": {"subnets": [inside]}})
    assert wanted(world).body["code"] == "InsufficientSubnetSize"
    call(world, "PUT", home, {"properties": {"addressPrefix": "10.3.0.0/28"}})
    assert wanted(world).status == 201
    shown = call(made(FLAT_SUBNETS), "GET", subnet_id("web")).body
    assert shown["properties"]["addressPrefix"] == "10.1.3.0/24"
