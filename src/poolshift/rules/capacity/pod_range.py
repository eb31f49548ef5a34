"""PSC404: a pod range without blocks for the new nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule, in_batches
from poolshift.semantics.addresses import Mode, blocks_of, mode_of
from poolshift.semantics.surge import extra_nodes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class PodRangeTooSmall(Rule):
    """The overlay's pod range has no block for every node of blue and green.

    What it finds:
        Overlay clusters whose pod range serves fewer nodes than there are during the move.

    Why it matters:
        Each node takes a block of its own. A node without one has no pods, and with Windows nodes
        the range cannot be made larger.

    How it is decided:
        The range's size in blocks against all nodes and those that the move adds.

    What to do:
        Move in batches that fit.

    Example:
        A /19 serves 32 nodes; 20 and 15 more do not fit.
    """

    id = "PSC404"
    name = "pod-range-too-small"
    severity = Severity.RECOMMENDED
    sources = (
        "limits/limits/overlay-pod-cidr-per-node",
        "limits/limits/subnet-ip-need",
        "constraints/constraints/overlay-windows-skus",
    )
    pains = ("B16",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Count blocks and nodes of an overlay cluster."""
        network, pools = context.snapshot.cluster.network, context.snapshot.pools
        overlay = [p for p in pools if mode_of(network, p) is Mode.OVERLAY]
        more = sum(extra_nodes(p, context.catalog) for p, _ in context.moving if p in overlay)
        text = network.pod_cidr or next((c for c in network.pod_cidrs if ":" not in c), "")
        if not more or not text:
            return
        blocks = blocks_of(text, context.catalog)
        if blocks is None:
            yield self.not_checked("cluster", f"the pod range {text} is not readable")
            return
        now = sum(p.count for p in overlay)
        if now + more <= blocks:
            return
        left = max(blocks - now, 0)
        yield self.finding(
            "cluster",
            severity=Severity.RECOMMENDED if left else Severity.REQUIRED,
            what=f"its pod range serves {blocks} nodes; there are {now}, and the move adds {more}",
            why="a node without a block has no pods; with Windows nodes the range cannot grow",
            fix=f"Keep within the range: {in_batches(left)}"
            if left
            else "Make room first: remove nodes, or move to a cluster with a larger range",
            evidence=(
                Evidence("cluster/network/podCidr", text),
                Evidence("pools/count", f"{now} now, {now + more} during the move"),
            ),
            blocks=not left and bool(context.moving_windows),
        )
