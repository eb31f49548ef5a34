"""How much the scheduler likes a node: the default plugins that decide most placements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.semantics.selectors import preferred_weight
from poolshift.semantics.taints import count_unpreferred

if TYPE_CHECKING:
    from poolshift.core.kube import Node
    from poolshift.semantics.fit import Incoming
    from poolshift.sim.kube.nodeviews import View

# Weights of kube-scheduler's default plugins.
TAINT_WEIGHT = 3
AFFINITY_WEIGHT = 2
SPREAD_WEIGHT = 2
LEAST_WEIGHT = 1
IMAGE_WEIGHT = 1
BEST = 100

# Requests that count for a container that states none, and the sizes between which an image on
# the node counts: kube-scheduler's own constants.
_ASSUMED_MILLICORES = 100
_ASSUMED_BYTES = 200 * 1024 * 1024
_IMAGE_FLOOR = 23 * 1024 * 1024
_IMAGE_CEILING = 1000 * 1024 * 1024


class Candidate:
    """A feasible node with what its score is made of."""

    __slots__ = ("images", "name", "view")

    def __init__(self, name: str, view: View, images: dict[str, int]) -> None:
        self.name = name
        self.view = view
        self.images = images

    @property
    def node(self) -> Node:
        """The node itself."""
        return self.view.state.node


def scores(pod: Incoming, owner: str, candidates: list[Candidate], total: int) -> list[int]:
    """One score a candidate, in order; `total` is the number of nodes of the cluster."""
    tolerations = pod.spec.tolerations
    unpreferred = _reversed(
        [count_unpreferred(tolerations, t) if (t := c.node.spec.taints) else 0 for c in candidates]
    )
    peers = _reversed([c.view.peers[owner] for c in candidates])
    preferred = _preferred(pod, candidates)
    free = _least_allocated(pod, candidates)
    local = _image_locality(pod, candidates, total)
    return [
        TAINT_WEIGHT * unpreferred[i]
        + SPREAD_WEIGHT * peers[i]
        + AFFINITY_WEIGHT * preferred[i]
        + LEAST_WEIGHT * free[i]
        + IMAGE_WEIGHT * local[i]
        for i in range(len(candidates))
    ]


def _reversed(counts: list[int]) -> list[int]:
    """The most counted gets 0, the uncounted 100."""
    most = max(counts)
    if not most:
        return [BEST] * len(counts)
    return [BEST * (most - count) // most for count in counts]


def _preferred(pod: Incoming, candidates: list[Candidate]) -> list[int]:
    """Preferred node affinity, the best node's weight being 100."""
    if pod.spec.affinity is None:
        return [0] * len(candidates)
    weights = [preferred_weight(pod.spec, c.node.metadata) for c in candidates]
    most = max(weights)
    return [BEST * weight // most if most else 0 for weight in weights]


def _least_allocated(pod: Incoming, candidates: list[Candidate]) -> list[int]:
    """The mean free share of cpu and memory after the pod."""
    containers = len(pod.spec.containers)
    cpu = pod.requests.get("cpu", 0) or _ASSUMED_MILLICORES * containers
    memory = pod.requests.get("memory", 0) or _ASSUMED_BYTES * containers
    return [(_free(c.view, "cpu", cpu) + _free(c.view, "memory", memory)) // 2 for c in candidates]


def _free(view: View, name: str, wanted: int) -> int:
    """The share of a resource that is left, in percent."""
    room = view.state.allocatable.get(name, 0)
    free = room - view.state.used.get(name, 0) - wanted
    return BEST * free // room if free > 0 else 0


def _image_locality(pod: Incoming, candidates: list[Candidate], total: int) -> list[int]:
    """The pod's images that are there already, those that lie on few nodes counting less."""
    result = [0] * len(candidates)
    for image in {container.image for container in pod.spec.containers}:
        sizes = [c.images.get(image, 0) for c in candidates]
        spread = sum(size > 0 for size in sizes)
        if spread:
            result = [
                sum_ + size * spread // total for sum_, size in zip(result, sizes, strict=True)
            ]
    ceiling = _IMAGE_CEILING * len(pod.spec.containers)
    return [
        BEST * (min(size, ceiling) - _IMAGE_FLOOR) // (ceiling - _IMAGE_FLOOR)
        if size > _IMAGE_FLOOR
        else 0
        for size in result
    ]
