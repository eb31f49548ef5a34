"""PSK204: a template that names the pool or the node image to be replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.rules.workload.scope import keeps_its_name
from poolshift.semantics.pins import NODE_IMAGE_KEY, POOL_KEYS, required_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts, WorkloadFacts
    from poolshift.rules.interface import Context


class PinnedToPool(Rule):
    """A pod template names the pool, or the node image, that is to be replaced.

    What it finds:
        A workload whose nodeSelector or required affinity holds the name of a pool to move, or
        its node image.

    Why it matters:
        No node of the green pool carries those labels: after the move, and after any restart
        once blue is gone, the pods stay Pending.

    How it is decided:
        The template requires agentpool, kubernetes.azure.com/agentpool or
        kubernetes.azure.com/node-image-version, and green's nodes cannot have the value. Of a
        Linux pool that can change in place, which keeps its name, it is information.

    What to do:
        Take the label out of the template, or change it to green's, before the move. A label of
        your own on the pool moves with it.

    Example:
        nodeSelector has agentpool: wspool.
    """

    id = "PSK204"
    name = "pinned-to-pool"
    severity = Severity.REQUIRED
    sources = ("constraints/constraints/windows-inplace-breaks-pins",)
    pains = ("D10",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look for pins on each pool to move."""
        for pool, to in context.moving:
            for workload in context.snapshot.workloads:
                for key, value in _pins(workload, pool):
                    stays = key in POOL_KEYS and keeps_its_name(context, pool, to)
                    yield self._finding(workload, pool, key, value, stays=stays)

    def _finding(
        self, workload: WorkloadFacts, pool: PoolFacts, key: str, value: str, *, stays: bool
    ) -> Finding:
        return self.finding(
            workload.target,
            severity=Severity.INFO if stays else None,
            what=f"its template asks for nodes with {key}={value}",
            why="the pool keeps its name where it changes in place; a new pool has another one"
            if stays
            else f"only pool {pool.name} has that label; its pods stay Pending when the pool is "
            "gone",
            fix="Nothing for a change in place. Before a move to a new pool, take "
            f"{key} out of the template's nodeSelector or affinity"
            if stays
            else f"Take {key} out of the template's nodeSelector or affinity and apply it, before "
            "the move",
            evidence=(Evidence(f"spec/nodeSelector/{key}", value),),
            blocks=not stays,
        )


def _pins(workload: WorkloadFacts, pool: PoolFacts) -> Iterator[tuple[str, str]]:
    wanted = dict.fromkeys(POOL_KEYS, pool.name) | {NODE_IMAGE_KEY: pool.node_image_version}
    for key, value in wanted.items():
        if value and required_values(workload.template.spec, key) == frozenset({value}):
            yield key, value
