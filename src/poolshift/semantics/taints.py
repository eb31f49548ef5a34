"""Taints and tolerations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import UsageError
from poolshift.core.kube import Taint, Toleration

if TYPE_CHECKING:
    from collections.abc import Iterable

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
HARD_EFFECTS = ("NoSchedule", "NoExecute")

UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
CORDONED = Taint(key=UNSCHEDULABLE, effect="NoSchedule")
"""What the node lifecycle controller puts on every node that is unschedulable."""

NOT_READY = "node.kubernetes.io/not-ready"


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """Whether one toleration tolerates a taint; an empty effect or key stands for all."""
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator == "Exists":
        return True
    return bool(toleration.key) and toleration.value == taint.value


def tolerated(tolerations: Iterable[Toleration], taint: Taint) -> bool:
    """Whether any toleration tolerates a taint."""
    return any(tolerates(t, taint) for t in tolerations)


def first_untolerated(
    tolerations: tuple[Toleration, ...],
    taints: Iterable[Taint],
    effects: tuple[str, ...] = HARD_EFFECTS,
) -> Taint | None:
    """The first taint of those effects that nothing tolerates."""
    for taint in taints:
        if taint.effect in effects and not tolerated(tolerations, taint):
            return taint
    return None


def count_unpreferred(tolerations: tuple[Toleration, ...], taints: Iterable[Taint]) -> int:
    """How many PreferNoSchedule taints nothing tolerates."""
    return sum(
        taint.effect == "PreferNoSchedule" and not tolerated(tolerations, taint) for taint in taints
    )


def parse_taint(text: str) -> Taint:
    """A taint as kubectl and ARM write it: `key=value:Effect` or `key:Effect`."""
    head, colon, effect = text.rpartition(":")
    key, _, value = head.partition("=")
    if not colon or not key or effect not in EFFECTS:
        raise UsageError(
            f"taint {text!r} is not of the form key=value:Effect",
            fix=f"Effect is one of {', '.join(EFFECTS)}",
            code="PSE311",
        )
    return Taint(key=key, value=value, effect=effect)


def format_taint(taint: Taint) -> str:
    """A taint as kubectl and ARM write it."""
    value = f"={taint.value}" if taint.value else ""
    return f"{taint.key}{value}:{taint.effect}"
