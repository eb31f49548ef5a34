"""How much the scheduler likes a node: the default plugins with their default weights."""

from __future__ import annotations

from itertools import compress, repeat
from operator import add, itemgetter
from typing import TYPE_CHECKING

from poolshift.semantics import podaffinity, spread
from poolshift.sim.kube.shapes import BEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from poolshift.semantics.fit import Incoming
    from poolshift.sim.kube.nodeviews import NodeViews, Peers
    from poolshift.sim.kube.shapes import Shape

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
    """Scores the seats that take a pod."""

    def __init__(self, views: NodeViews, images: Mapping[str, Mapping[str, int]]) -> None:
        self._views = views
        self._images = images

    def best(self, pod: Incoming, shape: Shape, owner: str, rows: list[int]) -> list[str]:
        """The nodes of the rows with the most points, of two or more.

        Plugins that say the same of all are not asked.
        """
        seats, pick = shape.seats, _picker(rows)
        points: Sequence[int] = pick(seats.points)
        for weight, more in self._judgements(pod, shape, rows):
            points = [have + weight * new for have, new in zip(points, more, strict=True)]
        names: tuple[str, ...] = pick(seats.names)
        for said in (self._apart(shape, owner, names, pick), self._locality(shape, names)):
            if said is not None:
                slots, worth = said
                points = list(map(add, points, map(worth.__getitem__, slots)))
        return list(compress(names, map(max(points).__eq__, points)))

    def _judgements(
        self, pod: Incoming, shape: Shape, rows: list[int]
    ) -> Iterable[tuple[int, list[int]]]:
        seats = shape.seats
        if self._views.soft_taints:
            yield TAINT_WEIGHT, _reversed([seats.unpreferred[row] for row in rows])
        if shape.prefers:
            yield AFFINITY_WEIGHT, _stretched([seats.preferred[row] for row in rows])
        around = self._views.around
        if shape.plain and not around.stands:
            return
        nodes = [seats.views[row].state.node for row in rows]
        if shape.spreads and (wishes := spread.wishes_of(pod.meta, pod.spec, nodes, around.census)):
            yield SPREAD_WEIGHT, spread.points(wishes, nodes)
        if shape.social or around.stands:
            near = podaffinity.points(pod.meta, pod.spec, nodes, around.census, around.stands)
            if near:
                yield NEIGHBOUR_WEIGHT, near

    def _apart(
        self, shape: Shape, owner: str, names: tuple[str, ...], pick: Callable[[Any], Any]
    ) -> Said | None:
        """The system's default spreading over a controller's own pods.

        Rests on the selector that the real default takes from the controller, which finds its pods
        and no others. Nodes that are alike in pods and zone have the same points; nothing comes
        back where all are alike.
        """
        peers = None if shape.spreads else self._views.peers.get(owner)
        if peers is None:
            return None
        counts = map(peers.nodes.get, names, repeat(0))
        slots = list(zip(counts, pick(shape.seats.zones), strict=True))
        known = set(slots)
        if len(known) == 1:
            return None
        return slots, _spread_points(peers, known, len(names))

    def _locality(self, shape: Shape, names: tuple[str, ...]) -> Said | None:
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


def _picker(rows: list[int]) -> itemgetter[Any]:
    """What takes the rows out of a column; rows in one piece are copied as one."""
    first, end = rows[0], rows[-1] + 1
    return itemgetter(slice(first, end)) if len(rows) == end - first else itemgetter(*rows)


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
