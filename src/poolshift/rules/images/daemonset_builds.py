"""PSW148: a Windows DaemonSet whose image is not for both Windows versions of the move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity, Verdict
from poolshift.core.snapshot import images_of
from poolshift.rules.images.uses import is_shipped, strays, windows_moves
from poolshift.rules.interface import Rule
from poolshift.semantics.images import builds_of, is_hostless, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.image import ImageFacts
    from poolshift.rules.interface import Context, Move


class WindowsDaemonsetBuildBound(Rule):
    """A Windows DaemonSet's image is for one of the two Windows versions of the move only.

    What it finds:
        A DaemonSet on a pool to move, whose image does not run on the nodes of today and of the
        target alike.

    Why it matters:
        While both pools live, the DaemonSet puts a pod on every Windows node. Log agents,
        exporters and drivers crash on the nodes that their image is not for, and the new nodes
        are not what the old ones were.

    How it is decided:
        The builds in the registry's answer against the OS of each pool that it has pods on and
        the target's. Host-process containers are not tied to the build; what AKS ships
        itself is replaced by AKS. Images that nobody read are PSW104's.

    What to do:
        Take a version of the agent whose tag holds both builds, or run two DaemonSets that select
        by node.kubernetes.io/windows-build. Do it before the new pool is made.

    Example:
        monitoring/windows-exporter holds 17763 only, and the pool moves to Windows2022.
    """

    id = "PSW148"
    name = "windows-daemonset-build-bound"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/windows-daemonsets-both",)
    pains = ("B25",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the images of every Windows DaemonSet that moves."""
        for move in windows_moves(context):
            workload = move.workload
            if workload.kind != "DaemonSet" or is_shipped(workload):
                continue
            for ref in images_of(workload.template):
                facts = context.index.images.get(ref)
                if facts is None or is_hostless(ref) or strays(context, workload, ref):
                    continue
                yield from self._of_image(context, move, facts)

    def _of_image(self, context: Context, move: Move, facts: ImageFacts) -> Iterator[Finding]:
        pools = (context.index.pools.get(name) for name in move.workload.pools)
        today = {p.os_sku for p in pools if p is not None and p.os_type == "Windows"}
        lacking = [
            sku
            for sku in sorted({*today, move.pool.os_sku, move.to})
            if verdict(facts, sku, context.catalog) == Verdict.REBUILD
        ]
        if not lacking:
            return
        yield self.finding(
            move.workload.target,
            what=f"image {facts.ref} of a DaemonSet does not run on {' and '.join(lacking)} nodes",
            why="while both pools live it gets a pod on every Windows node, and those pods fail",
            fix="Take a version whose tag holds both builds, or two DaemonSets that select by "
            "node.kubernetes.io/windows-build, before the new pool is made",
            evidence=(
                Evidence("image", facts.ref),
                Evidence("os.version", ", ".join(builds_of(facts)) or "none"),
            ),
        )
