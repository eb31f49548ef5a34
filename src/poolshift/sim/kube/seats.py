"""What a kind of pod finds on the nodes that are willing to take it, in columns.

The scheduler looks at a hundred nodes for every pod. A row is judged when it is looked at and its
node has changed since; all else reads columns from end to end and touches no node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.semantics.fit import NodeState

# In place of points: the node has changed since it was judged, or has no room.
STALE, FULL = -2, -1


class View:
    """A node's state; `cpu` and `memory` are what its pods take with the assumptions of scores."""

    __slots__ = ("cpu", "memory", "name", "state", "zone")

    def __init__(self, state: NodeState, zone: str) -> None:
        self.state = state
        self.name = state.node.metadata.name
        self.zone = zone
        self.cpu = 0
        self.memory = 0


class Seats:
    """One row a node, in the order in which the scheduler goes round them.

    Attributes:
        epoch: of the set of nodes, which the owner of the views counts up.
        seen: how many changes of nodes the rows know of.
        points: the node's own points; STALE or FULL where there are none.
    """

    __slots__ = (
        "_rows",
        "epoch",
        "names",
        "points",
        "preferred",
        "seen",
        "unpreferred",
        "views",
        "zones",
    )

    def __init__(self) -> None:
        self.epoch = -1
        self.seen = 0
        self.views: list[View] = []
        self.names: list[str] = []
        self.zones: list[str] = []
        self.points: list[int] = []
        self.preferred: list[int] = []
        self.unpreferred: list[int] = []
        self._rows: dict[str, int] = {}

    def fill(self, views: list[View]) -> None:
        """Other nodes are willing; rows of nodes that were so before keep their judgement."""
        old = self._rows
        rows = [old.get(view.name) for view in views]
        self.points = [STALE if r is None else self.points[r] for r in rows]
        self.preferred = [0 if r is None else self.preferred[r] for r in rows]
        self.unpreferred = [0 if r is None else self.unpreferred[r] for r in rows]
        self.views = views
        self.names = [view.name for view in views]
        self.zones = [view.zone for view in views]
        self._rows = {name: row for row, name in enumerate(self.names)}

    def mark(self, changed: Iterable[str]) -> None:
        """Nodes have changed: they are judged anew when they are next looked at."""
        rows, points = self._rows, self.points
        for name in changed:
            row = rows.get(name)
            if row is not None:
                points[row] = STALE

    def mark_all(self) -> None:
        """Nobody knows any more which nodes have changed."""
        self.points = [STALE] * len(self.points)
