"""PSK212: pods that find no node when they move, by their hard rules about other pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.snapshot import images_of
from poolshift.rules.interface import Rule
from poolshift.semantics.forecast import Forecast, Succession
from poolshift.semantics.images import FITTING, verdict
from poolshift.semantics.pins import OS_SKU_KEY
from poolshift.semantics.placement import minds_others

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts, WorkloadFacts
    from poolshift.rules.interface import Context

GREEN = "the new pool of "


class StrandedPods(Rule):
    """A move leaves pods without a node, by their hard rules about where other pods are.

    What it finds:
        A Windows workload on a pool to move with hard topology spread or required affinity
        between pods, some of whose pods would find no node.

    Why it matters:
        A node that was cordoned and emptied is still a domain of the spread, with no pod on it, as
        long as it exists: by default a spread looks at the pod's selector and not at taints. Each
        new node then takes no more pods than maxSkew, and the last ones stay Pending for ever.

    How it is decided:
        The move is played through on the snapshot: as many new nodes as old ones in the same
        zones, the pods one at a time, with the scheduler's own predicates for spread and
        affinity. Room on the nodes is not looked at.

    What to do:
        Nothing where the image fits both versions: poolshift changes the template to select the
        new nodes, which takes the old ones out of the spread. Where that does not help, set
        nodeTaintsPolicy: Honor in the constraint, or ScheduleAnyway, for the move.

    Example:
        Six pods on three nodes with maxSkew 1 over kubernetes.io/hostname: three of them find no
        node among three new ones.
    """

    id = "PSK212"
    name = "stranded-by-spread"
    severity = Severity.RECOMMENDED
    sources = ("constraints/constraints/topology-spread-taints-ignored",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Play the move of every such workload through."""
        build = context.catalog.build_of
        forecast = Forecast(
            context.snapshot,
            (Succession(p, GREEN + p.name, to, build(to)) for p, to in context.moving_windows),
        )
        for pool, to in context.moving_windows:
            for workload in context.workloads_on(pool):
                if pool.name in workload.pools and minds_others(workload.template.spec):
                    yield from self._of(context, forecast, workload, pool, to)

    def _of(
        self,
        context: Context,
        forecast: Forecast,
        workload: WorkloadFacts,
        pool: PoolFacts,
        to: str,
    ) -> Iterator[Finding]:
        images = (context.snapshot.image(ref) for ref in images_of(workload.template))
        fits = all(verdict(image, to, context.catalog) in FITTING for image in images)
        drained = forecast.stranded_by_drain(workload) if fits else 0
        rolled = forecast.stranded_by_rollout(workload, {OS_SKU_KEY: to})
        blocks = bool(rolled) and (bool(drained) or not fits)
        if not drained and not blocks:
            return
        count = rolled if blocks else drained
        how = "a move" if blocks else "a drain"
        yield self.finding(
            workload.target,
            severity=Severity.REQUIRED if blocks else None,
            what=f"{how} of {pool.name} leaves {count} of its {workload.replicas} pods without a "
            "node",
            why="its hard rules about other pods count the emptied nodes, or are full on the new "
            "ones",
            fix="Set nodeTaintsPolicy: Honor in its topology spread, or make the rule a "
            "preference, for the move"
            if blocks
            else "Nothing must be done: poolshift lets its template select the new nodes; by hand: "
            f"nodeSelector {OS_SKU_KEY}: {to}",
            evidence=(
                Evidence("spec/replicas", str(workload.replicas)),
                Evidence(f"pool/{pool.name}/count", str(pool.count)),
            ),
            blocks=blocks,
        )
