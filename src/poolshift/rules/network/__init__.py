"""Rules on the network of a cluster and on what reaches its pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.network.plugin import NetworkWithoutWindows

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (NetworkWithoutWindows(),)
