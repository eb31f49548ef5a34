"""Upgrade settings of a pool as figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from poolshift.sim.arm.state import ArmWorld, SimPool

CORDON = "Cordon"
BLUE_GREEN = "BlueGreen"
_MINUTE = 60.0


class Rolling(msgspec.Struct, frozen=True):
    """How a pool is upgraded node by node.

    Attributes:
        surge: machines that are added first.
        unavailable: nodes that may be missing on top of what the added ones make up for.
        drain_s: after so long a node could not be drained.
        soak_s: pause between a node's drain and its reimage.
        quarantine: whether a node that could not be drained is set aside; else all stops.
        blocked: how many may be set aside; None for no limit but the added machines.
    """

    surge: int
    unavailable: int
    drain_s: float
    soak_s: float
    quarantine: bool
    blocked: int | None


class BlueGreen(msgspec.Struct, frozen=True):
    """How a pool is upgraded with as many new machines: batch by batch, with soaks."""

    batch: int
    drain_s: float
    batch_soak_s: float
    final_soak_s: float


def rolling_of(world: ArmWorld, pool: SimPool) -> Rolling:
    """A pool's rolling settings; at least one node can be worked at."""
    settings = pool.properties.get("upgradeSettings") or {}
    nodes = len(pool.machines)
    surge = amount(settings.get("maxSurge") or _default(world, "max-surge"), nodes)
    unavailable = amount(
        settings.get("maxUnavailable") or _default(world, "max-unavailable"), nodes
    )
    blocked = settings.get("maxBlockedNodes")
    return Rolling(
        surge=surge if surge or unavailable else 1,
        unavailable=unavailable,
        drain_s=_minutes(
            settings.get("drainTimeoutInMinutes"),
            world.durations.drain_default("drain-timeout-rolling"),
        ),
        soak_s=_minutes(
            settings.get("nodeSoakDurationInMinutes"),
            world.durations.drain_default("node-soak-rolling"),
        ),
        quarantine=settings.get("undrainableNodeBehavior") == CORDON,
        blocked=None if blocked in (None, "") else amount(blocked, nodes),
    )


def blue_green_of(world: ArmWorld, pool: SimPool) -> BlueGreen:
    """A pool's blue-green settings."""
    settings = pool.properties.get("upgradeSettingsBlueGreen") or {}
    usual = world.catalog.limit("native-blue-green").current
    batch = settings.get("drainBatchSize") or _part(usual, "drainBatchSize")
    durations = world.durations
    return BlueGreen(
        batch=max(amount(batch, len(pool.machines)), 1),
        drain_s=_minutes(
            settings.get("drainTimeoutInMinutes"),
            durations.drain_default("drain-timeout-blue-green"),
        ),
        batch_soak_s=_minutes(
            settings.get("batchSoakDurationInMinutes"),
            durations.drain_default("batch-soak-blue-green"),
        ),
        final_soak_s=_minutes(
            settings.get("finalSoakDurationInMinutes"),
            durations.drain_default("final-soak-blue-green"),
        ),
    )


def amount(text: Any, whole: int) -> int:
    """A count or a percentage of a whole, rounded up: `3`, `33%`."""
    words = str(text).strip()
    if not words.endswith("%"):
        return int(words) if words.isdigit() else 0
    share = words[:-1]
    return math.ceil(whole * int(share) / 100) if share.isdigit() else 0


def _minutes(given: Any, default_s: float) -> float:
    return default_s if given is None else float(given) * _MINUTE


def _default(world: ArmWorld, limit: str) -> str:
    return str(_part(world.catalog.limit(limit).current, "default"))


def _part(current: Any, key: str) -> Any:
    """A part of a limit that has several."""
    return current.get(key) if isinstance(current, dict) else None
