"""PSK360: an API server that not everybody reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context

_FACT = "api-server-reach"


class ApiServerReach(Rule):
    """The API server answers only from some places.

    What it finds:
        A cluster with pools to move that is private, or whose API server takes calls from listed
        addresses alone.

    Why it matters:
        From elsewhere the steps of Azure work and those of Kubernetes do not: half a plan.

    How it is decided:
        By the access profile of the API server.

    What to do:
        Run the move where the API server is reachable, for its whole length; check before.

    Example:
        A private cluster that a pipeline outside of its network should move.
    """

    id = "PSK360"
    name = "api-server-reach"
    severity = Severity.INFO
    sources = (f"constraints/constraints/{_FACT}",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the access profile when pools move."""
        cluster = context.snapshot.cluster
        if not context.moving or not (cluster.private or cluster.authorized_ranges):
            return
        yield self.finding(
            "cluster",
            what="its API server answers inside its network alone"
            if cluster.private
            else f"its API server takes calls from {cluster.authorized_ranges} listed ranges alone",
            why=context.catalog.constraint(_FACT).statement,
            fix="Run every step from such a place; try it there: kubectl get --raw /readyz",
            evidence=(
                Evidence("cluster/private", str(cluster.private).lower()),
                Evidence("cluster/authorized_ranges", str(cluster.authorized_ranges)),
            ),
        )
