"""Subnets that pools may name: the scenario's, and those that clients have made."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.ids import stable_guid
from poolshift.sim.scenarioparts import SubnetSpec

if TYPE_CHECKING:
    from poolshift.sim.arm.addresses import Addresses
    from poolshift.sim.arm.ids import Ids
    from poolshift.sim.arm.state import ArmWorld
    from poolshift.sim.scenario import Scenario

_NETWORK = "Microsoft.Network/virtualNetworks"
_MANAGED_SUBNET = "aks-subnet"


def subnet_id(home: Ids, spec: SubnetSpec) -> str:
    """The resource id of one of the scenario's subnets."""
    return f"{_network_id(home, spec.network)}/subnets/{spec.name}"


def resources_of(home: Ids, scenario: Scenario) -> dict[str, dict[str, Any]]:
    """The scenario's networks and subnets as resources, by id in lower case."""
    found: dict[str, dict[str, Any]] = {}
    for spec in scenario.subnets:
        network = _network_id(home, spec.network)
        found[network.lower()] = _body(
            network, _NETWORK, {"provisioningState": spec.network_state}, home.location
        )
        services = [{"name": "0", "properties": {"serviceName": spec.delegated_to}}]
        properties = {
            "addressPrefix": spec.cidr,
            "delegations": services if spec.delegated_to else [],
            "provisioningState": "Succeeded",
        }
        id_ = subnet_id(home, spec)
        found[id_.lower()] = _body(id_, f"{_NETWORK}/subnets", properties, home.location)
    return found


def managed_network(world: ArmWorld) -> dict[str, Any] | None:
    """The network that the service made in a cluster's node group; None where no pool is in it."""
    if world.pools and all(p.properties.get("vnetSubnetID") for p in world.pools.values()):
        return None
    ids = world.ids
    number = int(stable_guid(ids.cluster_id, "network")[:8], 16) % 10**8
    id_ = (
        f"/subscriptions/{ids.subscription}/resourceGroups/{ids.node_group}"
        f"/providers/{_NETWORK}/aks-vnet-{number:08d}"
    )
    subnet = f"{id_}/subnets/{_MANAGED_SUBNET}"
    properties = {
        "addressPrefix": world.subnet,
        "delegations": [],
        "provisioningState": "Succeeded",
        **in_use(subnet, world.addresses),
    }
    inner = {"id": subnet, "name": _MANAGED_SUBNET, "properties": properties}
    made = {"provisioningState": "Succeeded", "subnets": [inner]}
    return _body(id_, _NETWORK, made, ids.location)


def in_use(subnet: str, addresses: Addresses | None) -> dict[str, Any]:
    """The interfaces with an address in a subnet, as the service lists them; absent without any."""
    used = addresses.used() if addresses is not None else 0
    if not used:
        return {}
    interface = f"{subnet.partition('/virtualNetworks/')[0]}/networkInterfaces"
    listed = [{"id": f"{interface}/nic{n}/ipConfigurations/ipconfig1"} for n in range(used)]
    return {"ipConfigurations": listed}


def made_by_client(resources: Mapping[str, Mapping[str, Any]], id_: str) -> SubnetSpec | None:
    """A subnet among the kept resources, also one that came with its network; None without."""
    network, _, name = id_.lower().partition("/subnets/")
    parent = resources.get(network)
    own = resources.get(id_.lower())
    if own is None and parent is not None and name:
        inside = _properties(parent).get("subnets")
        listed = [s for s in inside if isinstance(s, Mapping)] if isinstance(inside, list) else []
        own = next((s for s in listed if str(s.get("name")).lower() == name), None)
    if own is None:
        return None
    properties = _properties(own)
    cidr = _cidr(properties)
    if not cidr:
        return None
    return SubnetSpec(
        name=name,
        cidr=cidr,
        network=network.rpartition("/")[2],
        delegated_to=_delegated_to(properties),
        network_state=str(_properties(parent or {}).get("provisioningState") or "Succeeded"),
    )


def _network_id(home: Ids, name: str) -> str:
    group = f"/subscriptions/{home.subscription}/resourceGroups/{home.group}"
    return f"{group}/providers/{_NETWORK}/{name}"


def _body(id_: str, kind: str, properties: dict[str, Any], location: str) -> dict[str, Any]:
    return {
        "id": id_,
        "name": id_.rpartition("/")[2],
        "type": kind,
        "location": location,
        "tags": {},
        "properties": properties,
    }


def _properties(body: Mapping[str, Any]) -> Mapping[str, Any]:
    value = body.get("properties")
    return value if isinstance(value, Mapping) else {}


def _cidr(properties: Mapping[str, Any]) -> str:
    """The first address range of a subnet; empty when it has none that is one."""
    several = properties.get("addressPrefixes")
    text = properties.get("addressPrefix") or (
        several[0] if isinstance(several, list) and several else ""
    )
    try:
        return str(ipaddress.ip_network(str(text), strict=False))
    except ValueError:
        return ""


def _delegated_to(properties: Mapping[str, Any]) -> str:
    for one in properties.get("delegations") or ():
        if isinstance(one, Mapping) and _properties(one).get("serviceName"):
            return str(_properties(one)["serviceName"])
    return ""
