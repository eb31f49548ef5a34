"""Addresses of nodes in a subnet, and of their pods."""

from __future__ import annotations

import ipaddress
import math
from typing import TYPE_CHECKING, Any

from poolshift.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The service keeps the first addresses of every subnet for itself.
_RESERVED = 4
_OVERLAY_BLOCK = 256
# Pods in a subnet of their own take it in blocks of so many.
_POD_BLOCK = 16


def pod_block(props: Mapping[str, Any]) -> int:
    """Addresses that a node takes of a subnet that is its pods' alone."""
    return math.ceil(int(props["maxPods"]) / _POD_BLOCK) * _POD_BLOCK


class Addresses:
    """Gives out addresses in order; those given back only when there are no fresh ones.

    Args:
        cidr: of the subnet.
        taken: so many of its first ones are somebody else's.
        first_block: the overlay block of its first node, so that subnets of one cluster differ.
    """

    def __init__(self, cidr: str, *, taken: int = 0, first_block: int = 0) -> None:
        self._network = ipaddress.ip_network(cidr)
        self._next = _RESERVED + taken
        self._first_block = first_block
        self._back: dict[int, list[str]] = {}
        # How many others have taken meanwhile: one entry for each of them.
        self.others: list[int] = []

    def take(self, pods: int) -> str:
        """The address of a node that also takes one for each of its pods (0 with overlay)."""
        if self._next + pods >= self._network.num_addresses - 1:
            again = self._again(pods)
            if again:
                return again
        if self._next >= self._network.num_addresses:
            raise UsageError(
                f"subnet {self._network} is too small for the scenario's nodes",
                why="each node takes an address, and one for each pod that it may hold (maxPods)"
                if pods
                else "each node takes an address",
                fix="Give it a larger range, the pools a smaller max_pods, or the cluster overlay",
            )
        address = str(self._network[self._next])
        self._next += 1 + pods
        return address

    def _again(self, pods: int) -> str:
        """An address that was given back: of a node of the same size if there is one."""
        for size in (pods, *sorted(self._back, reverse=True)):
            if self._back.get(size):
                return self._back[size].pop(0)
        return ""

    def give_back(self, address: str, pods: int) -> None:
        """A node with so many pods of its own is gone for good."""
        self._back.setdefault(pods, []).append(address)

    def pods_of(self, node: str, pod_cidr: str) -> str:
        """The first address of a node's pods.

        With a pod CIDR (overlay) each node has a /24 of it; without one the pods take the
        addresses behind their node's own.
        """
        address = ipaddress.ip_address(node)
        if not pod_cidr:
            return str(address + 1)
        index = int(address) - int(self._network[_RESERVED]) + self._first_block
        pods = ipaddress.ip_network(pod_cidr)
        # Blocks are given anew once there is none that no node ever had.
        blocks = max(pods.num_addresses // _OVERLAY_BLOCK, 1)
        return str(pods[index % blocks * _OVERLAY_BLOCK + 1])

    def left(self) -> int:
        """Addresses that are free (the last one is the broadcast address); negative for none."""
        back = sum(len(nodes) * (1 + pods) for pods, nodes in self._back.items())
        return self._network.num_addresses - 1 - self._next + back - sum(self.others)

    def used(self) -> int:
        """Addresses that somebody has."""
        return self._network.num_addresses - 1 - _RESERVED - self.left()
