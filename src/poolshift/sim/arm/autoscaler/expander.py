"""Which pool grows when several could: the autoscaler's expanders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
import yaml

from poolshift.semantics import fit

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


class Choice(msgspec.Struct, frozen=True):
    """A way to help: so many nodes more in a pool, for so many pods.

    Attributes:
        group: name of the pool's scale set.
        pool: name of the pool.
        nodes: how many nodes more.
        pods: how many pods that helps.
        waste: unused share of the new nodes' cores and memory, summed.
    """

    group: str
    pool: str
    nodes: int
    pods: int
    waste: float


def estimate(
    pods: Sequence[fit.Incoming], template: fit.NodeState, most: int
) -> tuple[int, list[int], float]:
    """How many new nodes take which pods, first fit by size; and what they leave unused."""
    nodes: list[fit.NodeState] = []
    placed = []
    order = sorted(range(len(pods)), key=lambda n: (-_size(pods[n], template), n))
    for n in order:
        home = next((s for s in nodes if not fit.reasons(pods[n], s)), None)
        if home is None and len(nodes) < most and not fit.reasons(pods[n], template):
            home = copied(template)
            nodes.append(home)
        if home is not None:
            fit.occupy(home, pods[n])
            placed.append(n)
    return len(nodes), sorted(placed), sum(_waste(s) for s in nodes) / (len(nodes) or 1)


def copied(state: fit.NodeState) -> fit.NodeState:
    """A state of its own with the same sums."""
    ports = state.ports.copy()
    return msgspec.structs.replace(state, used=dict(state.used), ports=ports)


def _size(pod: fit.Incoming, template: fit.NodeState) -> float:
    """How much of a node a pod takes."""
    return sum(
        pod.requests.get(name, 0) / (template.allocatable.get(name) or 1)
        for name in ("cpu", "memory")
    )


def _waste(state: fit.NodeState) -> float:
    return sum(
        1 - state.used.get(name, 0) / (state.allocatable.get(name) or 1)
        for name in ("cpu", "memory")
    )


def pick(choices: list[Choice], expander: str, priorities: str, rng: random.Random) -> Choice:
    """One of the choices, by the expander's rule; what is left equal is drawn.

    Args:
        choices: at least one.
        expander: `random`, `least-waste`, `most-pods` or `priority`.
        priorities: the text of the priority expander's ConfigMap.
        rng: for what is equal.
    """
    best = choices
    if expander == "least-waste":
        least = min(c.waste for c in choices)
        best = [c for c in choices if c.waste == least]
    elif expander == "most-pods":
        most = max(c.pods for c in choices)
        best = [c for c in choices if c.pods == most]
    elif expander == "priority":
        best = _by_priority(choices, priorities)
    return best[0] if len(best) == 1 else rng.choice(best)


def _by_priority(choices: list[Choice], text: str) -> list[Choice]:
    """Those of the highest priority whose patterns match a group; all when none does."""
    try:
        read = yaml.safe_load(text) or {}
        ranks = sorted(((int(k), list(v)) for k, v in read.items()), reverse=True)
    except (yaml.YAMLError, AttributeError, TypeError, ValueError):
        return choices
    for _, patterns in ranks:
        found = [c for c in choices if any(_matches(str(p), c.group) for p in patterns)]
        if found:
            return found
    return choices


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False
