"""PSW118: the nodes of a pool run different node images."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context


class MixedImages(Rule):
    """A pool's nodes do not all run the same node image.

    What it finds:
        A pool with nodes of more than one node image.

    Why it matters:
        An upgrade stopped half-way, or machines were quarantined: pods behave differently by the
        node that they land on, and images of the newest month may start on some nodes only.

    How it is decided:
        By the label kubernetes.azure.com/node-image-version of the nodes. On Windows, where a node
        has no such label, by its build.

    What to do:
        Finish the upgrade of the node image before the move.

    Example:
        Two of three nodes run the image of January, the third the one of December.
    """

    id = "PSW118"
    name = "mixed-node-images"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/undrainable-node-behaviour",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count the images of each pool's nodes."""
        for pool in context.snapshot.pools:
            nodes = context.index.nodes_by_pool.get(pool.name, ())
            images = Counter(
                n.image_version or n.build for n in nodes if n.image_version or n.build
            )
            if len(images) > 1:
                yield self._finding(context, pool, images)

    def _finding(self, context: Context, pool: PoolFacts, images: Counter[str]) -> Finding:
        return self.finding(
            f"pool/{pool.name}",
            what=f"its nodes run {len(images)} different node images",
            why="an upgrade did not reach every node; what starts on one may not start on another",
            fix="Finish it before the move: az aks nodepool upgrade "
            f"{context.pool_arguments(pool.name)} --node-image-only",
            evidence=tuple(
                Evidence(f"pools/{pool.name}/nodes", f"{count} of {image}")
                for image, count in images.most_common()
            ),
        )
