"""PSW117: a pool's node image is old."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.versions import image_day, parse_node_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context


class NodeImageAge(Rule):
    """A pool runs a node image that is older than the weeks you allow.

    What it finds:
        A pool whose node image was made more than `node_image_weeks` weeks before the day of the
        assessment, while the service offers a newer one.

    Why it matters:
        Nodes are patched by their image alone: no updates are installed on them. An old host is
        also a reason for images of the newest month not to start.

    How it is decided:
        By the day in the image's name, against `node_image_weeks` of the settings (8 unless set),
        and the newest image that the service offers the pool. Where the pool has the newest one,
        however old, nothing is found.

    What to do:
        Upgrade the node image. It does not touch the Kubernetes version, and needs no upgrade of
        the control plane first.

    Example:
        AKSWindows-2022-containerd-20348.4648.260109 in June.
    """

    id = "PSW117"
    name = "node-image-old"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/image-only-with-control-plane",
        "constraints/constraints/node-image-no-downgrade",
    )
    pains = ("B4",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Hold the day of each pool's image against the day of the assessment."""
        for pool in context.snapshot.pools:
            image = parse_node_image(pool.node_image_version, context.catalog)
            made = image_day(image) if image else None
            if made is None:
                yield self.not_checked(
                    f"pool/{pool.name}",
                    f"the day of the node image {pool.node_image_version or '(none)'} is not known",
                )
                continue
            weeks = (context.as_of - made) // timedelta(weeks=1)
            if weeks > context.thresholds.node_image_weeks and _is_behind(pool):
                yield self._finding(context, pool, weeks)

    def _finding(self, context: Context, pool: PoolFacts, weeks: int) -> Finding:
        newest = pool.latest_node_image
        return self.finding(
            f"pool/{pool.name}",
            what=f"the node image is {weeks} weeks old",
            why="nodes are patched by their image alone"
            + (f"; the service offers {newest}" if newest else ""),
            fix="Upgrade the image: az aks nodepool upgrade "
            f"{context.pool_arguments(pool.name)} --node-image-only",
            evidence=(
                Evidence(f"pools/{pool.name}/node_image_version", pool.node_image_version),
                Evidence(f"pools/{pool.name}/latest_node_image", newest or "not read"),
            ),
        )


def _is_behind(pool: PoolFacts) -> bool:
    """Whether there is a newer image; where the service did not say, age alone counts."""
    return pool.latest_node_image != pool.node_image_version
