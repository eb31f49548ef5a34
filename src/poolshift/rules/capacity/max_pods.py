"""PSC414: nodes that are full by the number of pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_LIMIT = "pods-per-node"


class MaxPods(Rule):
    """A pool has hardly more places for pods than pods.

    What it finds:
        Windows pools to move whose pods would not find a place, by their number, with one node
        less; and pools with more pods for each node than is advised on Windows.

    Why it matters:
        maxPods is fixed when a pool is created: the copy has the same places. A drained node's
        pods then wait for a new node, and in a full subnet they get no address.

    How it is decided:
        By maxPods, the number of nodes and the pods that the snapshot has on them.

    What to do:
        Raise maxPods, or the number of nodes, when the new pool is created.

    Example:
        Three nodes with maxPods 30 and 75 pods.
    """

    id = "PSC414"
    name = "max-pods-too-low"
    severity = Severity.RECOMMENDED
    sources = (f"limits/limits/{_LIMIT}", "constraints/constraints/immutable-fields")
    pains = ("C5",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the pods of each pool to move."""
        if context.moving_windows:
            yield from self.unread(context, "pods")
        advised = context.catalog.limit(_LIMIT).windows["recommended_max"]
        for pool, to in context.moving_windows:
            nodes = context.index.nodes_by_pool.get(pool.name, ())
            placed = [context.index.pods_by_node.get(n.name, ()) for n in nodes]
            daemons = max((sum(p.daemon for p in pods) for pods in placed), default=0)
            pods = sum(1 for found in placed for p in found if not p.daemon)
            room = (len(nodes) - 1) * (pool.max_pods - daemons)
            add = f"az aks nodepool add {context.pool_arguments('NEWPOOL')} --os-sku {to}"
            if len(nodes) > 1 and pods > room:
                yield self.finding(
                    f"pool/{pool.name}",
                    what=f"its {pods} pods do not find a place with one node less (maxPods "
                    f"{pool.max_pods})",
                    why="maxPods is fixed at creation: a copy of the pool has the same places",
                    fix=f"Raise it in the new pool: {add} --max-pods COUNT, or add a node",
                    evidence=(
                        Evidence(f"pools/{pool.name}/maxPods", str(pool.max_pods)),
                        Evidence(f"pools/{pool.name}/nodes", str(len(nodes))),
                        Evidence(f"pools/{pool.name}/pods", f"{pods}, and {daemons} daemons each"),
                    ),
                )
            busiest = max((len(found) for found in placed), default=0)
            if busiest > advised:
                yield self.finding(
                    f"pool/{pool.name}",
                    severity=Severity.INFO,
                    what=f"a node of it runs {busiest} pods; up to {advised} are advised on "
                    "Windows",
                    why="Windows nodes with many pods are slow to start and to stop them",
                    fix=f"Have fewer on each new node: {add} --max-pods {advised}",
                    evidence=(Evidence(f"pools/{pool.name}/maxPods", str(pool.max_pods)),),
                )
