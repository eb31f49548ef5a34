"""PSK201: a Windows template that matches nodes of every Windows version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.interface import Rule
from poolshift.semantics.pins import OS_SKU_KEY, is_windows, tells_versions_apart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.podspec import PodSpec
    from poolshift.rules.interface import Context


class SelectorSpansVersions(Rule):
    """A Windows pod template does not tell two Windows versions apart.

    What it finds:
        A workload on a pool to move, or a CronJob for Windows nodes, whose nodeSelector and
        required affinity name no Windows version: kubernetes.io/os: windows alone matches the
        nodes of every version.

    Why it matters:
        While both pools live, the scheduler may put an old image on a new node, where it does
        not start, or the moved pod back on an old one.

    How it is decided:
        The template requires none of the labels os-sku, windows-build, node-image-version or the
        pool's name. DaemonSets are left out: they are meant for every node.

    What to do:
        Add kubernetes.azure.com/os-sku to the nodeSelector when the workload moves. Until then
        poolshift guards the green pool with a taint while images are about that do not fit it.

    Example:
        nodeSelector has kubernetes.io/os: windows; it gets kubernetes.azure.com/os-sku too.
    """

    id = "PSK201"
    name = "selector-spans-versions"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/ambiguous-node-selector",
        "constraints/constraints/os-sku-label-windows",
    )
    pains = ("B24",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the template of every Windows workload on a pool to move."""
        seen: set[str] = set()
        for pool, to in context.moving_windows:
            for workload in context.workloads_on(pool):
                spec = workload.template.spec
                if workload.target in seen or workload.kind in ("DaemonSet", "Pod"):
                    continue
                seen.add(workload.target)
                if not tells_versions_apart(spec):
                    yield self._wide(workload.target, spec, to)
        for target in sorted({to for _, to in context.moving_windows})[:1]:
            for made in context.snapshot.templates:
                spec = made.template.spec
                cron = made.target.split("/")[1] == "CronJob"
                if cron and is_windows(spec) and not tells_versions_apart(spec):
                    yield self._wide(made.target, spec, target)

    def _wide(self, target: str, spec: PodSpec, to: str) -> Finding:
        selector = ", ".join(f"{k}={v}" for k, v in sorted(spec.node_selector.items()))
        return self.finding(
            target,
            what="its pods may land on nodes of any Windows version",
            why="no label of its nodeSelector or affinity tells the versions apart",
            fix=f"Add nodeSelector {OS_SKU_KEY}: {to} when it moves: "
            f"poolshift rewrite PATH --to {to} --write",
            evidence=(Evidence("spec/nodeSelector", selector or "none"),),
        )
