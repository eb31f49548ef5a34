"""How much the scheduler likes a node: the default plugins with their default weights."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from poolshift.semantics import podaffinity, spread
from poolshift.sim.kube.shapes import BEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from poolshift.semantics.fit import Incoming
    from poolshift.sim.kube.nodeviews import NodeViews, Peers
    from poolshift.sim.kube.shapes import Seat, Shape

    # What each seat is looked up by, and the points behind it.
    Said: TypeAlias = tuple[Sequence[Any], Mapping[Any, int]]

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
        for weight, more in self._judgements(pod, shape, seats):
            points = [have + weight * new for have, new in zip(points, more, strict=True)]
        names = [seat.name for seat in seats]
        for said in (self._apart(shape, owner, names, seats), self._locality(shape, names)):
            if said is not None:
                slots, worth = said
                points = [have + worth[slot] for have, slot in zip(points, slots, strict=True)]
        most = max(points)
        return [seat for seat, have in zip(seats, points, strict=True) if have == most]

    def _judgements(
        self, pod: Incoming, shape: Shape, seats: list[Seat]
    ) -> Iterable[tuple[int, list[int]]]:
        if self._views.soft_taints:
            yield TAINT_WEIGHT, _reversed([seat.unpreferred for seat in seats])
        if shape.prefers:
            yield AFFINITY_WEIGHT, _stretched([seat.preferred for seat in seats])
        around = self._views.around
        nodes = [seat.view.state.node for seat in seats] if not shape.plain else []
        if shape.spreads and (wishes := spread.wishes_of(pod.meta, pod.spec, nodes, around.census)):
            yield SPREAD_WEIGHT, spread.points(wishes, nodes)
        if shape.social or around.stands:
            nodes = nodes or [seat.view.state.node for seat in seats]
            near = podaffinity.points(pod.meta, pod.spec, nodes, around.census, around.stands)
            if near:
                yield NEIGHBOUR_WEIGHT, near

    def _apart(self, shape: Shape, owner: str, names: list[str], seats: list[Seat]) -> Said | None:
        """The system's default spreading over a controller's own pods.

        Rests on the selector that the real default takes from the controller, which finds its pods
        and no others. Nodes that are alike in pods and zone have the same points; nothing comes
        back where all are alike.
        """
        peers = None if shape.spreads else self._views.peers.get(owner)
        if peers is None:
            return None
        counts = map(peers.nodes.get, names, repeat(0))
        if len(self._views.zones) > 1:
            slots = list(zip(counts, [seat.view.zone for seat in seats], strict=True))
        else:
            slots = list(zip(counts, repeat(seats[0].view.zone)))
        known = set(slots)
        if len(known) == 1:
            return None
        return slots, _spread_points(peers, known, len(seats))

    def _locality(self, shape: Shape, names: list[str]) -> Said | None:
        """The pod's images that are there already, those on few nodes counting less."""
        found = [nodes for image in shape.images if (nodes := self._images.get(image))]
        if not found:
            return None
        total = len(self._views.views)
        ceiling = _IMAGE_CEILING * len(shape.spec.containers)
        if len(found) == 1:
            sizes = list(map(found[0].get, names, repeat(0)))
            scaled = _scaled(sizes, total)
            if len(scaled) == 1:
                return None
            return sizes, {size: _locality(worth, ceiling) for size, worth in scaled.items()}
        columns = [list(map(nodes.get, names, repeat(0))) for nodes in found]
        tables = [_scaled(sizes, total) for sizes in columns]
        slots = list(zip(*columns, strict=True))
        worth = {
            slot: _locality(
                sum(table[size] for table, size in zip(tables, slot, strict=True)), ceiling
            )
            for slot in set(slots)
        }
        return slots, worth


def _scaled(sizes: list[int], total: int) -> dict[int, int]:
    """What an image of a size counts, by the share of the nodes that have it."""
    there = len(sizes) - sizes.count(0)
    return {size: size * there // total for size in set(sizes)}


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


def _spread_points(
    peers: Peers, known: set[tuple[int, str]], count: int
) -> dict[tuple[int, str], int]:
    """Weighted points by how many of the controller's pods a node has, and by its zone."""
    by_host = spread.weight_of(count)
    by_zone = spread.weight_of(len({name for _, name in known if name}))
    costs = {}
    for there, name in known:
        cost = there * by_host + (_HOST_SKEW - 1)
        if name:
            cost += peers.zones.get(name, 0) * by_zone + (_ZONE_SKEW - 1)
        costs[there, name] = round(cost)
    low, high = min(costs.values()), max(costs.values())
    return {
        slot: SPREAD_WEIGHT * (BEST * (high + low - cost) // high) for slot, cost in costs.items()
    }
