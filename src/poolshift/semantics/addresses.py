"""How many addresses a node takes, by the way a cluster gives addresses to its pods."""

from __future__ import annotations

import ipaddress
import math
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.catalog import Catalog
    from poolshift.core.arm import NetworkProfile
    from poolshift.core.snapshot import PoolFacts


class Mode(StrEnum):
    """Where a pod's address comes from."""

    NODE_SUBNET = "node subnet"
    POD_SUBNET = "pod subnet"
    OVERLAY = "overlay"
    OTHER = "other"


def mode_of(network: NetworkProfile, pool: PoolFacts) -> Mode:
    """The way in which the pods of a pool get their addresses."""
    if pool.properties.get("podSubnetID"):
        return Mode.POD_SUBNET
    if (network.network_plugin_mode or "").lower() == "overlay":
        return Mode.OVERLAY
    return Mode.NODE_SUBNET if network.network_plugin.lower() == "azure" else Mode.OTHER


def of_node(mode: Mode, max_pods: int) -> int:
    """Addresses that a node takes of its own subnet."""
    return 1 + max_pods if mode is Mode.NODE_SUBNET else 1


def of_pods(max_pods: int, catalog: Catalog) -> int:
    """Addresses that a node takes of a subnet that is its pods' alone; whole blocks."""
    block = catalog.limit_number("pod-subnet-block", "size")
    return math.ceil(max_pods / block) * block


def usable(prefixes: Iterable[str], catalog: Catalog) -> int:
    """Addresses of a subnet less those that the service keeps; 0 where no range is readable."""
    kept = catalog.limit_number("subnet-reserved-addresses", "min")
    return max(sum(_size(text) for text in prefixes) - kept, 0)


def blocks_of(pod_cidr: str, catalog: Catalog) -> int | None:
    """Nodes that an overlay's pod range serves, one block each; None for what is no range."""
    prefix = catalog.limit_number("overlay-pod-cidr-per-node", "prefix")
    try:
        network = ipaddress.ip_network(pod_cidr, strict=False)
    except ValueError:
        return None
    if network.version != 4:
        return None
    return 2 ** (prefix - network.prefixlen) if network.prefixlen <= prefix else 0


def _size(text: str) -> int:
    try:
        return int(ipaddress.ip_network(text, strict=False).num_addresses)
    except ValueError:
        return 0
