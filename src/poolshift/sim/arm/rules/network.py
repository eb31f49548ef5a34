"""Subnets, addresses and outbound ports."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.addresses import pod_block
from poolshift.sim.arm.problems import ArmProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.sim.arm.rules.ask import Ask
    from poolshift.sim.arm.state import ArmWorld

# Ports of one outbound address.
_PORTS_EACH = 64_000
_JOIN = "Microsoft.Network/virtualNetworks/subnets/join/action"


def subnets(ask: Ask) -> None:
    """Subnets that a new pool names: there, free to join, in the cluster's virtual network."""
    if ask.pool is not None:
        return
    networks = {
        network_of(str(pool.properties["vnetSubnetID"]))
        for pool in ask.world.pools.values()
        if pool.properties.get("vnetSubnetID")
    }
    for name in ("vnetSubnetID", "podSubnetID"):
        wanted = str(ask.props.get(name) or "")
        if not wanted:
            continue
        _check_subnet(ask, wanted)
        if networks and network_of(wanted) not in networks:
            # Wording not recorded.
            raise ask.invalid(name, "all agent pools are in one virtual network")


def _check_subnet(ask: Ask, wanted: str) -> None:
    spec = ask.world.azure.subnet(wanted)
    if spec is None:
        raise ask.refused(
            "InvalidResourceReference",
            f"Resource {wanted} referenced by resource {ask.world.ids.pool_id(ask.name)} was not "
            "found. Please make sure that the referenced resource exists, and that both resources "
            "are in the same region.",
        )
    if spec.delegated_to:
        # Wording not recorded.
        raise ask.refused(
            "SubnetIsDelegated",
            f"Subnet {wanted} is delegated to {spec.delegated_to} and cannot be used.",
            target="vnetSubnetID",
        )
    if spec.network_state != "Succeeded":
        raise ask.refused(
            "VirtualNetworkNotInSucceededState",
            "Set virtual network ownership failed. The virtual network of subnet "
            f"{wanted} is in {spec.network_state}, not in Succeeded state.",
        )
    if not spec.joinable:
        raise ArmProblem(
            403,
            "LinkedAuthorizationFailed",
            f"The client has permission to perform action "
            f"'Microsoft.ContainerService/managedClusters/agentPools/write' on scope "
            f"'{ask.world.ids.pool_id(ask.name)}'; however, it does not have permission to perform "
            f"action(s) '{_JOIN}' on the linked scope(s) '{wanted}' (respectively) or the linked "
            "scope(s) are invalid.",
            flat=False,
        )


def addresses(ask: Ask) -> None:
    """Addresses for the nodes that are added: the service counts them before it starts."""
    check_addresses(ask, ask.more, code="InsufficientSubnetSize")


def check_addresses(ask: Ask, nodes: int, *, code: str) -> None:
    """Refuse nodes that the subnets have no addresses for.

    Args:
        ask: the pool.
        nodes: how many more.
        code: InsufficientSubnetSize of the check before the start, SubnetIsFull of the network
            itself while machines are made.
    """
    if nodes <= 0:
        return
    wanted, left, cidr = nodes * _each(ask), _left(ask), _cidr(ask)
    if wanted > left:
        raise _no_room(ask, code, wanted, left, cidr)
    pods = str(ask.props.get("podSubnetID") or "")
    room, spec = ask.world.azure.addresses_in(pods), ask.world.azure.subnet(pods)
    if room is not None and spec is not None:
        wanted, left = nodes * pod_block(ask.props), room.left()
        if wanted > left:
            raise _no_room(ask, code, wanted, left, spec.cidr)


def _no_room(ask: Ask, code: str, wanted: int, left: int, cidr: str) -> ArmProblem:
    if code == "SubnetIsFull":
        subnet = str(ask.props.get("vnetSubnetID") or "aks-subnet").rpartition("/")[2]
        return ask.refused(code, name=subnet, p=cidr, n=wanted)
    return ask.refused(code, n=wanted, m=max(left, 0), c=cidr)


def _each(ask: Ask) -> int:
    """Addresses that a node takes of its subnet, with its pods where they are beside it."""
    apart = ask.world.overlay or bool(ask.props.get("podSubnetID"))
    kubenet = str(ask.world.network.get("networkPlugin")).lower() != "azure"
    return 1 + (0 if apart or kubenet else int(ask.props["maxPods"]))


def _left(ask: Ask) -> int:
    own = ask.world.azure.addresses_in(str(ask.props.get("vnetSubnetID") or ""))
    return (own or ask.world.addresses).left()


def _cidr(ask: Ask) -> str:
    spec = ask.world.azure.subnet(str(ask.props.get("vnetSubnetID") or ""))
    return spec.cidr if spec is not None else ask.world.subnet


def outbound_ports(ask: Ask) -> None:
    """Fixed outbound ports for every node that there may be, surge included."""
    if ask.pool is None or ask.more > 0 or ask.props.get("enableAutoScaling"):
        check_outbound(ask)


def check_outbound(ask: Ask) -> None:
    """Refuse more nodes than the load balancer's fixed ports reach for."""
    problem = outbound_problem(ask.world, ask.world.network, ask)
    if problem is not None:
        raise problem


def outbound_problem(
    world: ArmWorld, network: Mapping[str, Any], ask: Ask | None = None
) -> ArmProblem | None:
    """The refusal of fixed ports that do not reach for all nodes; None when they do.

    The code is known from public threads, its wording only in part.

    Args:
        world: the cluster.
        network: its networkProfile as it shall be.
        ask: the pool that is made or changed.
    """
    profile = network.get("loadBalancerProfile") or {}
    ports = int(profile.get("allocatedOutboundPorts") or 0)
    if not ports or str(network.get("outboundType") or "loadBalancer") != "loadBalancer":
        return None
    changed = ask.pool if ask is not None else None
    nodes = sum(_most(pool.properties) for pool in world.pools.values() if pool is not changed)
    nodes += _most(ask.props) if ask is not None else 0
    top = _PORTS_EACH * _addresses(profile)
    if ports * nodes <= top:
        return None
    return ArmProblem(
        400,
        "InvalidLoadBalancerProfileAllocatedOutboundPorts",
        f"Load balancer profile allocated ports {ports} is not in an allowable range given the "
        f"number of nodes and IPs provisioned. Total node count {nodes} requires {ports * nodes} "
        f"ports, {top} are available.",
        target="networkProfile.loadBalancerProfile.allocatedOutboundPorts",
    )


def surge_of(props: Mapping[str, Any], nodes: int) -> int:
    """Extra machines of an upgrade: a count, or a share rounded up; one by default's 10 %."""
    text = str((props.get("upgradeSettings") or {}).get("maxSurge") or "10%")
    if text.endswith("%"):
        return math.ceil(nodes * int(text[:-1]) / 100)
    return int(text)


def _most(props: Mapping[str, Any]) -> int:
    """The most nodes that a pool comes to: the autoscaler's bound, and its surge."""
    nodes = int(props["count"])
    if props.get("enableAutoScaling"):
        nodes = max(nodes, int(props.get("maxCount") or 0))
    return nodes + surge_of(props, nodes)


def _addresses(profile: Mapping[str, Any]) -> int:
    """Outbound addresses of the load balancer, one where nothing says otherwise."""
    effective = len(profile.get("effectiveOutboundIPs") or ())
    managed = int((profile.get("managedOutboundIPs") or {}).get("count") or 0)
    own = len((profile.get("outboundIPs") or {}).get("publicIPs") or ())
    return max(effective, managed, own, 1)


def public_addresses(ask: Ask) -> None:
    """Public addresses of nodes, where the scenario bounds them."""
    top = ask.world.scenario.service.public_addresses
    if top is None or ask.more <= 0 or not ask.props.get("enableNodePublicIP"):
        return
    used = sum(
        pool.count
        for world in ask.world.azure.clusters()
        for pool in world.pools.values()
        if pool.properties.get("enableNodePublicIP")
    )
    if used + ask.more > top:
        raise ask.refused("PublicIPCountLimitReached", n=top)


def network_of(subnet: str) -> str:
    """The virtual network's id of a subnet's."""
    return subnet.lower().partition("/subnets/")[0]
