"""PSK315: a pool whose nodes are kept out of the load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "exclude-from-external-lb"
_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers"


class ExcludedNodes(Rule):
    """A pool to move keeps its nodes out of the load balancers by a label.

    What it finds:
        Pools to move with the label node.kubernetes.io/exclude-from-external-load-balancers.

    Why it matters:
        Copied to the new pool, its nodes get no traffic from Services, whatever the label's
        value is: its presence decides. Left over from an earlier attempt, it does so unseen.

    How it is decided:
        By the labels of the pool.

    What to do:
        Keep it if the nodes are to be left out; else take it off before the move.

    Example:
        A pool that was taken out of rotation and put back only half.
    """

    id = "PSK315"
    name = "excluded-from-load-balancers"
    severity = Severity.RECOMMENDED
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the labels of the pools to move."""
        for pool, _ in context.moving:
            if _LABEL not in pool.labels:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what="its label keeps its nodes out of the load balancers, and a copy of the pool "
                "as well",
                why=context.catalog.constraint(_FACT).statement,
                fix="If that is not meant, set the pool's labels anew without it: "
                f"az aks nodepool update {context.pool_arguments(pool.name)} --labels KEY=VALUE",
                evidence=(Evidence(f"pools/{pool.name}/nodeLabels/{_LABEL}", pool.labels[_LABEL]),),
            )
