"""PSW143: an image that runs on the newer nodes only, while pods are on older ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from poolshift.core.finding import Evidence, Severity, Verdict
from poolshift.core.snapshot import images_of
from poolshift.rules.interface import Rule
from poolshift.semantics.images import FITTING, builds_of, is_hostless, verdict
from poolshift.semantics.pins import is_host_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.image import ImageFacts
    from poolshift.core.snapshot import PoolFacts, WorkloadFacts
    from poolshift.rules.interface import Context

Judged: TypeAlias = dict[tuple[str, str], Verdict]
"""Verdicts by image and OS SKU."""


class RollbackNeedsOldImage(Rule):
    """A workload's image runs on newer Windows nodes only, and it has pods on older ones.

    What it finds:
        A workload with pods on a Windows pool whose nodes do not run its image, while nodes of
        the target, or of another pool that it is on, do.

    Why it matters:
        Each pod that starts anew on the older nodes fails. Taking only the pool back, without the
        image's old tag, breaks every pod. So the rebuild and the move have an order: first the
        image for both, or image and pool together.

    How it is decided:
        The builds of the image against the OS of each pool that the workload has pods on. Images
        that nobody read, or whose index leaves it open, are PSW104's and PSW105's.

    What to do:
        Push one tag whose index holds both builds, or keep a tag for each Windows version and
        name it together with the pool; keep the old tag until the old pool is gone.

    Example:
        shop/cart:10-ltsc2025 has pods on a Windows2022 pool.
    """

    id = "PSW143"
    name = "rollback-needs-old-image"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/image-2025-on-2022",
        "base_images/manifest_facts/multi-version-tag",
    )
    pains = ("B1",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every image of every Windows workload with pods."""
        judged: Judged = {}
        for workload in context.windows_workloads:
            if is_host_process(workload.template.spec):
                continue
            for ref in images_of(workload.template):
                facts = context.index.images.get(ref)
                if facts is not None and not is_hostless(ref):
                    yield from self._of_image(context, workload, facts, judged)

    def _of_image(
        self, context: Context, workload: WorkloadFacts, facts: ImageFacts, judged: Judged
    ) -> Iterator[Finding]:
        pools = _windows_pools(context, workload)
        today = {p.os_sku: _verdict(context, facts, p.os_sku, judged) for p in pools}
        if Verdict.REBUILD not in today.values():
            return
        targets = {to for pool, to in context.moving_windows if pool in pools}
        fitting = [
            sku
            for sku in sorted({*today, *targets})
            if _verdict(context, facts, sku, judged) in FITTING
        ]
        for pool in pools:
            newer = [s for s in fitting if _is_newer(context, s, pool.os_sku)]
            if today[pool.os_sku] != Verdict.REBUILD or not newer:
                continue
            yield self.finding(
                workload.target,
                what=f"image {facts.ref} runs on {newer[0]} only, and it has pods on "
                f"{pool.os_sku} nodes",
                why="pods that start anew on the older nodes fail (0xc0370101), and taking back "
                "the pool alone breaks the rest",
                fix="Push a tag whose index holds both builds, or give the pods on "
                f"pool {pool.name} the image's old tag until they move",
                evidence=(
                    Evidence("os.version", ", ".join(builds_of(facts))),
                    Evidence(
                        f"workloads/{workload.target}/pools/{pool.name}", _pods(workload, pool)
                    ),
                ),
            )
            return


def _verdict(context: Context, facts: ImageFacts, sku: str, judged: Judged) -> Verdict:
    """A verdict, looked up once for an image and an OS SKU."""
    key = (facts.ref, sku)
    if key not in judged:
        judged[key] = verdict(facts, sku, context.catalog)
    return judged[key]


def _pods(workload: WorkloadFacts, pool: PoolFacts) -> str:
    return f"{workload.pools[pool.name]} pods"


def _windows_pools(context: Context, workload: WorkloadFacts) -> tuple[PoolFacts, ...]:
    found = (context.index.pools.get(name) for name in sorted(workload.pools))
    return tuple(p for p in found if p is not None and p.os_type == "Windows")


def _is_newer(context: Context, sku: str, than: str) -> bool:
    return context.catalog.build_of(sku) > context.catalog.build_of(than)
