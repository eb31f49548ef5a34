"""Rules on quota, addresses, ports and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.capacity.quota import VcpuQuota

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (VcpuQuota(),)
