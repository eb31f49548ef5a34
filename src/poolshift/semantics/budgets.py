"""The arithmetic of a PodDisruptionBudget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.errors import UsageError

if TYPE_CHECKING:
    from poolshift.core.kube import BudgetSpec


def scaled(figure: int | str, total: int, *, up: bool) -> int:
    """A count, or a percentage of a total rounded up or down."""
    if isinstance(figure, int):
        return figure
    text = figure.strip()
    number = text.removesuffix("%")
    if not number.isdigit():
        raise UsageError(f"{figure!r} is neither a count nor a percentage", code="PSE311")
    if number == text:
        return int(number)
    whole = int(number) * total
    return -(-whole // 100) if up else whole // 100


class Resolved(msgspec.Struct, frozen=True):
    """A budget in whole pods: how many are expected, and how many must stay healthy.

    `min_available` or `max_unavailable` repeats the figure that the budget states; the other
    one is None.
    """

    expected: int
    desired_healthy: int
    min_available: int | None = None
    max_unavailable: int | None = None


def counts_pods(spec: BudgetSpec) -> bool:
    """Whether the pods that exist are what is expected; else their controllers' scale is.

    Only minAvailable as a count needs no scale.
    """
    return spec.max_unavailable is None and not isinstance(spec.min_available, str)


UNSCALED = frozenset(("DaemonSet", "Job"))
"""Kinds without a scale: a budget that counts by scale fails as a whole for one pod of theirs."""


def resolve(spec: BudgetSpec, expected: int) -> Resolved:
    """A budget against an expected count; percentages round up, both of them."""
    if spec.max_unavailable is not None:
        most = scaled(spec.max_unavailable, expected, up=True)
        return Resolved(expected, max(expected - most, 0), max_unavailable=most)
    least = scaled(spec.min_available if spec.min_available is not None else 1, expected, up=True)
    return Resolved(expected, least, min_available=least)


def disruptions_allowed(resolved: Resolved, healthy: int) -> int:
    """How many healthy pods may go now."""
    return max(healthy - resolved.desired_healthy, 0) if resolved.expected else 0


def unsatisfiable(spec: BudgetSpec, expected: int) -> bool:
    """Whether no pod could ever be evicted, even with all expected pods healthy."""
    resolved = resolve(spec, expected)
    return expected > 0 and disruptions_allowed(resolved, expected) == 0
