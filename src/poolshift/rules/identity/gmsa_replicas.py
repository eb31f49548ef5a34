"""PSI310: several pods with one gMSA on old node images."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.identity.gmsa import some, users_on
from poolshift.rules.interface import Rule
from poolshift.semantics.versions import image_day, parse_node_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context


class GmsaReplicas(Rule):
    """Several pods share a gMSA on nodes of an old image.

    What it finds:
        A Windows pool to move with a node image older than `node_image_weeks` of the settings (8
        unless set), and on it a workload with a gMSA and more than one replica.

    Why it matters:
        Containers with one account lost their trust with the domain on some builds (event 5720
        of NETLOGON), when several logged on at once. Later builds have the cure, so an old image
        may show on the old pool what is gone on the new one: the two must not be confused.

    How it is decided:
        By the templates and replicas, and the day in the node image's name. Which build has the
        cure is not in the catalog, so age stands for it.

    What to do:
        Give the new pool the newest image (poolshift does), and look at the events of one pod on
        each side before you judge the move.

    Example:
        24 replicas with the spec tills, on an image of ten months ago.
    """

    id = "PSI310"
    name = "gmsa-many-replicas"
    severity = Severity.INFO
    sources = (
        "constraints/constraints/gmsa-prerequisites",
        "errors/errors/NETLOGON 5720",
    )
    pains = ("C9",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the age of the image where pods share an account."""
        for pool, _ in context.moving_windows:
            found = users_on(context, pool.name)
            shared = [w for items in found.values() for w in items if w.replicas > 1]
            if not shared:
                continue
            weeks = _weeks(context, pool)
            if weeks is None:
                yield self.not_checked(
                    f"pool/{pool.name}", "the day of its node image is not known"
                )
            elif weeks > context.thresholds.node_image_weeks:
                yield self.finding(
                    f"pool/{pool.name}",
                    what=f"pods share a gMSA on a node image of {weeks} weeks",
                    why="on older builds several containers with one account lost their trust with "
                    "the domain",
                    fix="Look for event 5720 of NETLOGON in one pod of the old and of the new "
                    "pool, and hold the two apart: kubectl exec POD -- powershell Get-WinEvent "
                    "-LogName System -MaxEvents 50",
                    evidence=(
                        Evidence(f"pools/{pool.name}/node_image_version", pool.node_image_version),
                        Evidence("workloads", some(tuple(w.target for w in shared))),
                    ),
                )


def _weeks(context: Context, pool: PoolFacts) -> int | None:
    image = parse_node_image(pool.node_image_version, context.catalog)
    made = image_day(image) if image else None
    return None if made is None else (context.as_of - made) // timedelta(weeks=1)
