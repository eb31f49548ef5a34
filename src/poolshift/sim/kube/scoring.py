"""How much the scheduler likes a node: the default plugins with their default weights."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from poolshift.semantics import podaffinity, spread
from poolshift.sim.kube.shapes import BEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from poolshift.semantics.fit import Incoming
    from poolshift.sim.kube.nodeviews import NodeViews, Peers
    from poolshift.sim.kube.shapes import Seat, Shape

# Weights of kube-scheduler's default plugins; allocation, balance and images weigh 1.
TAINT_WEIGHT = 3
AFFINITY_WEIGHT = 2
SPREAD_WEIGHT = 2
NEIGHBOUR_WEIGHT = 2

# The system's default spreading: skews of the hostname and the zone, never required.
_HOST_SKEW = 3
_ZONE_SKEW = 5
# Sizes between which an image that is on the node counts: kube-scheduler's constants.
_IMAGE_FLOOR = 23 * 1024 * 1024
_IMAGE_CEILING = 1000 * 1024 * 1024


class Scorer:
    """Scores the feasible seats of a pod."""

    def __init__(self, views: NodeViews, images: Mapping[str, Mapping[str, int]]) -> None:
        self._views = views
        self._images = images

    def best(self, pod: Incoming, shape: Shape, owner: str, seats: list[Seat]) -> list[Seat]:
        """The seats with the most points; plugins that say the same of all are not asked."""
        points = [seat.points for seat in seats]
        for weight, more in self._judgements(pod, shape, owner, seats):
            points = [have + weight * new for have, new in zip(points, more, strict=True)]
        most = max(points)
        return [seat for seat, have in zip(seats, points, strict=True) if have == most]

    def _judgements(
        self, pod: Incoming, shape: Shape, owner: str, seats: list[Seat]
    ) -> Iterable[tuple[int, list[int]]]:
        if self._views.soft_taints:
            yield TAINT_WEIGHT, _reversed([seat.unpreferred for seat in seats])
        if shape.prefers:
            yield AFFINITY_WEIGHT, _stretched([seat.preferred for seat in seats])
        around = self._views.around
        nodes = [seat.view.state.node for seat in seats] if not shape.plain else []
        if shape.spreads:
            if wishes := spread.wishes_of(pod.meta, pod.spec, nodes, around.census):
                yield SPREAD_WEIGHT, spread.points(wishes, nodes)
        elif peers := self._views.peers.get(owner):
            apart = _apart(peers, seats, zoned=len(self._views.zones) > 1)
            if apart:
                yield SPREAD_WEIGHT, apart
        if shape.social or around.stands:
            nodes = nodes or [seat.view.state.node for seat in seats]
            near = podaffinity.points(pod.meta, pod.spec, nodes, around.census, around.stands)
            if near:
                yield NEIGHBOUR_WEIGHT, near
        if any(image in self._images for image in shape.images):
            near = self._locality(shape, seats)
            if near:
                yield 1, near

    def _locality(self, shape: Shape, seats: list[Seat]) -> list[int]:
        """The pod's images that are there already, those on few nodes counting less."""
        total, names = len(self._views.views), [seat.name for seat in seats]
        sums: list[int] = []
        for image in shape.images:
            nodes = self._images.get(image)
            if not nodes:
                continue
            sizes = list(map(nodes.get, names, repeat(0)))
            there = len(sizes) - sizes.count(0)
            scaled = {size: size * there // total for size in set(sizes)}
            if sums:
                sums = [have + scaled[size] for have, size in zip(sums, sizes, strict=True)]
            else:
                sums = [scaled[size] for size in sizes]
        ceiling = _IMAGE_CEILING * len(shape.spec.containers)
        known = {size: _locality(size, ceiling) for size in set(sums)}
        return [known[size] for size in sums] if len(known) > 1 else []


def _locality(size: int, ceiling: int) -> int:
    if size <= _IMAGE_FLOOR:
        return 0
    return BEST * (min(size, ceiling) - _IMAGE_FLOOR) // (ceiling - _IMAGE_FLOOR)


def _reversed(counts: list[int]) -> list[int]:
    """The most counted gets 0, the uncounted 100."""
    most = max(counts)
    return [BEST - BEST * count // most if most else BEST for count in counts]


def _stretched(weights: list[int]) -> list[int]:
    """The most weighed gets 100."""
    most = max(weights)
    return [BEST * weight // most if most else 0 for weight in weights]


def _apart(peers: Peers, seats: list[Seat], *, zoned: bool) -> list[int]:
    """The system's default spreading over a controller's own pods.

    Rests on the selector that the real default takes from the controller, which finds its pods
    and no others. Nodes that are alike in pods and zone have the same points; nothing comes back
    where all are alike.
    """
    counts = list(map(peers.nodes.get, [seat.name for seat in seats], repeat(0)))
    names = [seat.view.zone for seat in seats] if zoned else [seats[0].view.zone] * len(seats)
    kinds = list(zip(counts, names, strict=True))
    known = set(kinds)
    if len(known) == 1:
        return []
    host = spread.wish("", {}, _HOST_SKEW, len(seats))
    zone = spread.wish("", {}, _ZONE_SKEW, len({name for _, name in known if name}))
    costs = {}
    for count, name in known:
        cost = count * host.weight + (host.skew - 1)
        if name:
            cost += peers.zones.get(name, 0) * zone.weight + (zone.skew - 1)
        costs[count, name] = round(cost)
    low, high = min(costs.values()), max(costs.values())
    points = {kind: BEST * (high + low - cost) // high for kind, cost in costs.items()}
    return [points[kind] for kind in kinds]
