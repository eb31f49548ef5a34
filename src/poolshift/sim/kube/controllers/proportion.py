"""How a changed replica count is shared out while two templates run.

Each ReplicaSet remembers, as an annotation, the count that it was sized for; where that differs
from the Deployment's, every set grows or shrinks by its share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube.objects import Object, annotations_of, with_meta

if TYPE_CHECKING:
    from poolshift.semantics.rollout import Pace

DESIRED = "deployment.kubernetes.io/desired-replicas"
MOST = "deployment.kubernetes.io/max-replicas"


def annotated(deployment: Object, rs: Object, pace: Pace) -> Object:
    """The set with the count that it is sized for."""
    replicas = deployment["spec"]["replicas"]
    sizes = {DESIRED: str(replicas), MOST: str(replicas + pace.surge)}
    return with_meta(rs, annotations={**annotations_of(rs), **sizes})


def wanted(deployment: Object, sets: list[Object]) -> bool:
    """Whether the replica count changed since the sets were sized."""
    replicas = str(deployment["spec"]["replicas"])
    return any(
        rs["spec"]["replicas"] and annotations_of(rs).get(DESIRED, replicas) != replicas
        for rs in sets
    )


def shares(
    deployment: Object, sets: list[Object], new: Object | None, pace: Pace
) -> list[tuple[Object, int]]:
    """What each set should have; the newest takes what rounding leaves."""
    running = [rs for rs in sets if rs["spec"]["replicas"]]
    replicas = deployment["spec"]["replicas"]
    if len(running) <= 1:
        only = running[0] if running else new
        return [(only, replicas)] if only is not None else []
    most = replicas + pace.surge if replicas else 0
    total = sum(rs["spec"]["replicas"] for rs in running)
    result = []
    left = most - total
    # The largest sets come first, so that what is left over goes to where most pods are.
    for rs in sorted(running, key=lambda rs: -rs["spec"]["replicas"]):
        before = int(annotations_of(rs).get(MOST, total)) or total
        change = round(rs["spec"]["replicas"] * most / before) - rs["spec"]["replicas"]
        change = min(change, left) if left > 0 else max(change, left) if left < 0 else 0
        left -= change
        result.append([rs, rs["spec"]["replicas"] + change])
    if left:
        result[0][1] = max(result[0][1] + left, 0)
    return [(rs, count) for rs, count in result]
