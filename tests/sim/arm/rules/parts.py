"""Worlds and bodies that the cases of several areas share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sim.arm.rules.bench import Setup

from poolshift.sim.scenarioparts import (
    ServiceSpec,
    SubnetSpec,
    VmSizeSpec,
)

if TYPE_CHECKING:
    from poolshift.sim.world import World

INVALID = "InvalidParameter"
W25: dict[str, Any] = {"osSKU": "Windows2025", "enableFIPS": True}
W19: dict[str, Any] = {"osSKU": "Windows2019"}
TRUSTED = {"enableSecureBoot": True, "enableVTPM": True}
GUARD: dict[str, Any] = {
    "osSKU": "AzureLinuxOSGuard",
    "enableFIPS": True,
    "securityProfile": TRUSTED,
    "osDiskType": "Managed",
}
OLD = Setup(version="1.32.6", start="2025-07-01")
# Node and pods share the subnet here, and it is small.
FLAT = Setup(scenario="stranded")


def service(**parts: Any) -> dict[str, Any]:
    return {"service": ServiceSpec(**parts)}


def sizes(**parts: Any) -> Setup:
    return Setup(parts={"vm_sizes": (VmSizeSpec(name="Standard_D4s_v5", **parts),)})


def registered(feature: str) -> dict[str, Any]:
    return {"features": {feature: "Registered"}}


def stopped(world: World) -> None:
    world.arm.cluster.properties["powerState"] = {"code": "Stopped"}


def pool_stopped(world: World) -> None:
    world.arm.pools["ws22"].properties["powerState"] = {"code": "Stopped"}


def automatic(world: World) -> None:
    world.arm.cluster.body["sku"] = {"name": "Automatic", "tier": "Standard"}


def of_a_set(world: World) -> None:
    for pool in world.arm.pools.values():
        pool.properties["type"] = "AvailabilitySet"


def many_pools(world: World) -> None:
    pool = world.arm.pools["ws22"]
    for n in range(98):
        world.arm.pools[f"p{n}"] = pool


def many_nodes(world: World) -> None:
    for pool in world.arm.pools.values():
        pool.properties["count"] = 2499


def by_principal(**more: Any) -> Setup:
    return Setup(
        properties={
            "servicePrincipalProfile": {"clientId": "11111111-1111-1111-1111-111111111111"}
        },
        parts=service(**more),
    )


def subnet_id(name: str, network: str = "vnet") -> str:
    from poolshift.sim.arm.ids import ids_of
    from poolshift.sim.scenario import load_scenario

    scenario = load_scenario("reference-2025")
    ids = ids_of(scenario.name, scenario.cluster)
    return (
        f"/subscriptions/{ids.subscription}/resourceGroups/{ids.group}/providers"
        f"/Microsoft.Network/virtualNetworks/{network}/subnets/{name}"
    )


SUBNETS = Setup(
    parts={
        "subnets": (
            SubnetSpec("nodes", "10.1.0.0/24"),
            SubnetSpec("small", "10.1.1.0/29"),
            SubnetSpec("pods", "10.1.2.0/26"),
            SubnetSpec("web", "10.1.3.0/24", delegated_to="Microsoft.Web/serverFarms"),
            SubnetSpec("closed", "10.1.4.0/24", joinable=False),
            SubnetSpec("busy", "10.1.5.0/24", network_state="Updating"),
            SubnetSpec("far", "10.2.0.0/24", network="othernet"),
        )
    }
)
FLAT_SUBNETS = Setup(parts=SUBNETS.parts, network={"networkPluginMode": None, "podCidr": None})
# Two system nodes and three Windows nodes, each with one of surge.
PORTS = Setup(network={"loadBalancerProfile": {"allocatedOutboundPorts": 8000}})
