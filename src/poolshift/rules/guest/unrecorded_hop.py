"""PSW174: a move between OSes whose differences the catalog does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.hops import unrecorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class UnrecordedHop(Rule):
    """What changes for workloads between the pool's OS and its target is not recorded.

    What it finds:
        A pool to move, where a step from its OS to the target is not among the hops whose changes
        the catalog lists.

    Why it matters:
        The rules on what the guest sees (PSW160 to PSW171) ask the catalog what a hop changes.
        Where it has no list, they say nothing, and that does not mean that nothing changes.

    How it is decided:
        By who follows whom in the catalog, from the OS that the pool really runs to the target.

    What to do:
        Read the release notes of the target, and try each workload on one new node.

    Example:
        A WindowsAnnual pool that moves to Windows2025; an Ubuntu pool that becomes AzureLinux3.
    """

    id = "PSW174"
    name = "unrecorded-hop"
    severity = Severity.INFO
    sources = (
        "constraints/constraints/windows-annual-retired",
        "constraints/constraints/linux-ossku-in-place",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the way of each pool to move."""
        for pool, to in context.moving:
            step = unrecorded(pool, to, context.catalog)
            if step is None:
                continue
            yield self.finding(
                f"pool/{pool.name}",
                what=f"what changes for workloads from {step[0]} to {step[1]} is not recorded",
                why="the rules on what the guest sees have nothing to go by, so their silence "
                "means nothing for this pool",
                fix=f"Read the release notes of {step[1]}, and try each workload on one new node",
                evidence=(
                    Evidence(f"pools/{pool.name}/os_sku", pool.os_sku),
                    Evidence(f"pools/{pool.name}/node_image_version", pool.node_image_version),
                ),
            )
