"""How a HorizontalPodAutoscaler decides: the controller's arithmetic, without I/O.

The rules are those of the autoscaling/v2 controller: a tolerance of a tenth, unready pods that
count as idle when more are wanted, the highest recommendation of the stabilisation window when
fewer are, and at most so much change in so many seconds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

TOLERANCE = 0.1
DOWN_WINDOW_S = 300.0
# Without a stated behaviour: at most double, or four pods, at once.
_UP_FACTOR, _UP_PODS = 2, 4
# What the server fills into a behaviour that states only part of itself.
_UP_POLICIES: tuple[dict[str, Any], ...] = (
    {"type": "Pods", "value": 4, "periodSeconds": 15},
    {"type": "Percent", "value": 100, "periodSeconds": 15},
)
_DOWN_POLICIES: tuple[dict[str, Any], ...] = (
    {"type": "Percent", "value": 100, "periodSeconds": 15},
)

History = list[tuple[float, int]]


class Reading(msgspec.Struct, frozen=True):
    """One metric: how far from its target, and what it is called."""

    ratio: float
    name: str
    current: dict[str, Any]


class Memory(msgspec.Struct):
    """What the controller remembers of one autoscaler: times with counts or changes."""

    recommended: History = msgspec.field(default_factory=list)
    ups: History = msgspec.field(default_factory=list)
    downs: History = msgspec.field(default_factory=list)


class Bound(msgspec.Struct, frozen=True):
    """A count within the bounds, and the ScalingLimited condition that says so."""

    replicas: int
    limited: bool
    reason: str
    message: str


def proposal(ratio: float, *, current: int, ready: int, unready: int) -> int:
    """The count that one metric asks for."""
    if not unready or ratio <= 1.0:
        if abs(1.0 - ratio) <= TOLERANCE:
            return current
        return math.ceil(ratio * ready - 1e-9)
    # More is wanted: pods that are not ready yet count as idle, so that nothing overshoots.
    everyone = ready + unready
    spread = ratio * ready / everyone
    if abs(1.0 - spread) <= TOLERANCE or spread < 1.0:
        return current
    return max(math.ceil(spread * everyone - 1e-9), current)


def stabilised(
    memory: Memory, desired: int, *, current: int, now: float, behaviour: dict[str, Any] | None
) -> int:
    """The recommendation after the stabilisation windows; it is remembered."""
    up_s = float(_rules(behaviour, "scaleUp").get("stabilizationWindowSeconds") or 0.0)
    stated = _rules(behaviour, "scaleDown").get("stabilizationWindowSeconds")
    down_s = DOWN_WINDOW_S if stated is None else float(stated)
    longest = max(up_s, down_s)
    memory.recommended = [e for e in memory.recommended if now - e[0] < longest]
    lowest, highest = desired, desired
    for at, count in memory.recommended:
        if now - at < up_s:
            lowest = min(lowest, count)
        if now - at < down_s:
            highest = max(highest, count)
    memory.recommended.append((now, desired))
    if current < lowest:
        return lowest
    return min(current, highest)


def _rules(behaviour: dict[str, Any] | None, side: str) -> dict[str, Any]:
    found: dict[str, Any] = (behaviour or {}).get(side) or {}
    return found


def bounded(
    memory: Memory,
    desired: int,
    *,
    current: int,
    least: int,
    most: int,
    now: float,
    behaviour: dict[str, Any] | None,
) -> Bound:
    """The count within minimum, maximum and the allowed rate."""
    if desired > current:
        fastest = _fastest_up(memory, current, now, behaviour)
        if desired > min(fastest, most):
            if most <= fastest:
                return _limited(most, "TooManyReplicas", "more than the maximum replica count")
            return _limited(
                fastest, "ScaleUpLimit", "increasing faster than the maximum scale rate"
            )
    elif desired < current:
        slowest = _fastest_down(memory, current, now, behaviour)
        if desired < max(slowest, least):
            if least >= slowest:
                return _limited(least, "TooFewReplicas", "less than the minimum replica count")
            return _limited(
                slowest, "ScaleDownLimit", "decreasing faster than the maximum scale rate"
            )
    if desired > most:
        return _limited(most, "TooManyReplicas", "more than the maximum replica count")
    if desired < least:
        return _limited(least, "TooFewReplicas", "less than the minimum replica count")
    text = "the desired count is within the acceptable range"
    return Bound(desired, False, "DesiredWithinRange", text)


def _limited(replicas: int, reason: str, text: str) -> Bound:
    return Bound(replicas, True, reason, f"the desired replica count is {text}")


def _fastest_up(memory: Memory, current: int, now: float, behaviour: dict[str, Any] | None) -> int:
    """The highest count that the rate of scaling up allows."""
    if behaviour is None:
        return max(_UP_FACTOR * current, _UP_PODS)
    rules = _rules(behaviour, "scaleUp")
    if rules.get("selectPolicy") == "Disabled":
        return current
    limits = []
    for policy in rules.get("policies") or _UP_POLICIES:
        start = current - _changed(memory.ups, policy, now)
        start += _changed(memory.downs, policy, now)
        value = policy["value"]
        limits.append(
            start + value if policy["type"] == "Pods" else math.ceil(start * (1 + value / 100))
        )
    # A rate that was used up by an earlier scale does not take replicas away.
    return max(_selected(limits, rules, most=max, least=min), current)


def _fastest_down(
    memory: Memory, current: int, now: float, behaviour: dict[str, Any] | None
) -> int:
    """The lowest count that the rate of scaling down allows."""
    if behaviour is None:
        return 0
    rules = _rules(behaviour, "scaleDown")
    if rules.get("selectPolicy") == "Disabled":
        return current
    limits = []
    for policy in rules.get("policies") or _DOWN_POLICIES:
        start = current + _changed(memory.downs, policy, now)
        start -= _changed(memory.ups, policy, now)
        value = policy["value"]
        limits.append(
            start - value if policy["type"] == "Pods" else math.floor(start * (1 - value / 100))
        )
    return min(max(_selected(limits, rules, most=min, least=max), 0), current)


def _changed(history: History, policy: dict[str, Any], now: float) -> int:
    return sum(count for at, count in history if now - at < policy["periodSeconds"])


def _selected(limits: Sequence[int], rules: dict[str, Any], *, most: Any, least: Any) -> int:
    chosen = least if rules.get("selectPolicy") == "Min" else most
    return int(chosen(limits))


def remember_scale(memory: Memory, change: int, now: float) -> None:
    """Note a scale that was carried out; those of more than half an hour ago are forgotten."""
    side = memory.ups if change > 0 else memory.downs
    side.append((now, abs(change)))
    # The API allows no longer period than 1800 s.
    memory.ups = [e for e in memory.ups if now - e[0] <= 1800]
    memory.downs = [e for e in memory.downs if now - e[0] <= 1800]
