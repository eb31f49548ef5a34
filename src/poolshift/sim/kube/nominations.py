"""Room that preempting pods were promised: it is kept free for them until they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.semantics import fit

if TYPE_CHECKING:
    from poolshift.sim.kube.nodeviews import NodeViews
    from poolshift.sim.kube.objects import Key
    from poolshift.sim.kube.parking import Waiting


class Nominations:
    """Which pods wait for which node to become free for them.

    Attributes:
        by_node: who waits, by the node promised; a node that nobody waits for is not in it.
    """

    def __init__(self, views: NodeViews) -> None:
        self._views = views
        self.by_node: dict[str, dict[Key, Waiting]] = {}
        self._nodes: dict[Key, str] = {}

    def of(self, key: Key) -> str | None:
        """The node that a pod was promised."""
        return self._nodes.get(key)

    def add(self, waiting: Waiting, node: str) -> list[Key]:
        """Promise a node to a pod; gives the lesser pods that lose their promise by it."""
        self.drop(waiting.key)
        others = self.by_node.get(node, {})
        lesser = [key for key, other in others.items() if other.priority < waiting.priority]
        for key in lesser:
            self.drop(key)
        self.by_node.setdefault(node, {})[waiting.key] = waiting
        self._nodes[waiting.key] = node
        return lesser

    def drop(self, key: Key) -> None:
        """A pod waits no more."""
        node = self._nodes.pop(key, None)
        if node is None:
            return
        del self.by_node[node][key]
        if not self.by_node[node]:
            del self.by_node[node]

    def beside(self, waiting: Waiting, node: str) -> tuple[fit.Reason, ...]:
        """Why no room is left beside the pods that have been promised room on a node."""
        others = [
            other.pod
            for key, other in self.by_node.get(node, {}).items()
            if key != waiting.key and other.priority >= waiting.priority
        ]
        if not others:
            return ()
        state = self._views.views[node].state
        for other in others:
            fit.occupy(state, other)
        refused = fit.dynamic_reasons(waiting.pod, state)
        for other in others:
            fit.occupy(state, other, sign=-1)
        return refused
