"""Addresses and outbound ports of nodes, and the machines that a move adds."""

from __future__ import annotations

from typing import Any

import pytest

from poolshift.catalog import load_catalog
from poolshift.core.arm import (
    LoadBalancerProfile,
    ManagedAddresses,
    NetworkProfile,
    OutboundAddress,
)
from poolshift.core.snapshot import PoolFacts
from poolshift.semantics.addresses import Mode, blocks_of, mode_of, of_node, of_pods, usable
from poolshift.semantics.ports import (
    addresses_needed,
    automatic_ports,
    most_nodes,
    outbound_addresses,
)
from poolshift.semantics.surge import extra_nodes, surge_nodes

CATALOG = load_catalog()


def pool(count: int = 10, os_type: str = "Linux", **properties: Any) -> PoolFacts:
    raw = {"properties": properties}
    return PoolFacts("p", os_type, "Ubuntu2204", "User", count, "s", "1.34.1", raw=raw)


@pytest.mark.parametrize(
    ("plugin", "mode", "properties", "expected"),
    [
        ("azure", "overlay", {}, Mode.OVERLAY),
        ("azure", "Overlay", {"podSubnetID": "/s"}, Mode.POD_SUBNET),
        ("azure", None, {}, Mode.NODE_SUBNET),
        ("kubenet", None, {}, Mode.OTHER),
        ("none", "none", {}, Mode.OTHER),
    ],
)
def test_pods_take_addresses_by_plug_in_and_mode(
    plugin: str, mode: str | None, properties: dict[str, Any], expected: Mode
) -> None:
    assert mode_of(NetworkProfile(plugin, mode), pool(**properties)) is expected


def test_a_node_takes_addresses_for_its_pods_only_beside_them() -> None:
    assert of_node(Mode.NODE_SUBNET, 30) == 31
    assert {of_node(m, 30) for m in Mode if m is not Mode.NODE_SUBNET} == {1}


@pytest.mark.parametrize(("pods", "taken"), [(16, 16), (17, 32), (110, 112), (30, 32)])
def test_pods_of_their_own_subnet_come_in_blocks(pods: int, taken: int) -> None:
    assert of_pods(pods, CATALOG) == taken


@pytest.mark.parametrize(
    ("prefixes", "free"),
    [
        (("10.0.0.0/24",), 251),
        (("10.0.0.0/24", "10.1.0.0/24"), 507),
        (("10.0.0.0/30",), 0),
        (("nonsense",), 0),
        ((), 0),
    ],
)
def test_a_subnet_holds_less_than_its_size(prefixes: tuple[str, ...], free: int) -> None:
    assert usable(prefixes, CATALOG) == free


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("10.244.0.0/16", 256),
        ("10.0.0.0/24", 1),
        ("10.0.0.0/28", 0),
        ("fd00::/64", None),
        ("", None),
    ],
)
def test_a_pod_range_has_a_block_for_each_node(text: str, nodes: int | None) -> None:
    assert blocks_of(text, CATALOG) == nodes


@pytest.mark.parametrize(
    ("nodes", "ports"),
    [(1, 1024), (50, 1024), (51, 512), (100, 512), (101, 256), (1000, 32), (1001, 0)],
)
def test_ports_fall_with_the_nodes(nodes: int, ports: int) -> None:
    assert automatic_ports(nodes, CATALOG) == ports


def test_fixed_ports_reach_for_so_many_nodes() -> None:
    assert most_nodes(8000, 2, CATALOG) == 16
    assert addresses_needed(16, 8000, CATALOG) == 2
    assert addresses_needed(17, 8000, CATALOG) == 3


@pytest.mark.parametrize(
    ("profile", "count"),
    [
        (None, None),
        (LoadBalancerProfile(), None),
        (LoadBalancerProfile(managed_outbound_ips=ManagedAddresses(3)), 3),
        (
            LoadBalancerProfile(
                managed_outbound_ips=ManagedAddresses(3),
                effective_outbound_ips=(OutboundAddress(),),
            ),
            1,
        ),
    ],
)
def test_addresses_in_use_are_told_or_asked_for(
    profile: LoadBalancerProfile | None, count: int | None
) -> None:
    assert outbound_addresses(profile) == count


@pytest.mark.parametrize(
    ("count", "figure", "surge"),
    [
        (10, "33%", 4),
        (10, "2", 2),
        (10, 3, 3),
        (3, "1%", 1),
        (2, "5", 2),
        (10, "0", 0),
        (0, "1", 0),
    ],
)
def test_surge_is_a_count_or_a_share(count: int, figure: str | int, surge: int) -> None:
    asked = pool(count, upgradeSettings={"maxSurge": figure})
    assert surge_nodes(asked, CATALOG) == surge
    assert extra_nodes(asked, CATALOG) == surge


def test_windows_moves_to_a_pool_of_the_same_size() -> None:
    assert extra_nodes(pool(7, "Windows", upgradeSettings={"maxSurge": "1"}), CATALOG) == 7


def test_surge_without_a_setting_is_the_documented_default() -> None:
    assert surge_nodes(pool(30), CATALOG) == 3
