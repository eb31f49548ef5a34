"""How long things take, by the catalog's observations, with their sample sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.catalog.model.timings import DrainTiming, NodeTiming, OperationTiming, TimingSummary
from poolshift.core.errors import invariant
from poolshift.core.plan import Estimate, PlanPool, PlanWorkload, Step, StepKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.catalog import Catalog
    from poolshift.core.snapshot import Snapshot

POD_START_S = 30
"""From scheduling to ready of a Windows pod whose image is there; reckoned, nobody published it."""

MEGABYTE = 1_000_000


class Durations:
    """Expected seconds and the number of samples behind each (0 = reckoned)."""

    def __init__(self, snapshot: Snapshot, catalog: Catalog) -> None:
        self._snapshot = snapshot
        self._catalog = catalog

    def _observed(self, timing_id: str) -> tuple[float, int]:
        timing = self._catalog.timing(timing_id)
        invariant(isinstance(timing, OperationTiming | TimingSummary), timing_id)
        return float(timing.p50_s), int(timing.n)  # type: ignore[attr-defined]

    def create_pool(self, pool: PlanPool) -> tuple[float, int]:
        """Creation of a pool, by its own SKU where ten observations are known."""
        for timing in self._catalog.timings.operations:
            same = timing.command == "aks nodepool add" and timing.os_sku == pool.to
            if same and timing.n >= 10:
                return float(timing.p50_s), timing.n
        windows = pool.to.startswith("Windows")
        return self._observed("sum-pool-add-windows" if windows else "sum-pool-add-linux")

    def delete_pool(self, keep_s: float) -> tuple[float, int]:
        """Deletion of an empty pool, after the time that it is kept."""
        seconds, samples = self._observed("sum-pool-delete")
        return seconds + keep_s, samples

    def update_pool(self) -> tuple[float, int]:
        """A pool update that replaces no node."""
        return self._observed("sum-pool-update-linux")

    def daemons(self) -> tuple[float, int]:
        """From node Ready to DaemonSets ready: one report of a system image pull."""
        timing = self._catalog.timing("windows-system-image-pull")
        invariant(isinstance(timing, NodeTiming), "windows-system-image-pull")
        return float(timing.observed_s or 0), 1  # type: ignore[attr-defined]

    def pull(self, references: Iterable[str]) -> tuple[float, int]:
        """First pull of images on a fresh node, by the one reported rate."""
        timing = self._catalog.timing("windows-12-gb-image-pull")
        invariant(isinstance(timing, NodeTiming), "windows-12-gb-image-pull")
        rate = (timing.derived_rate_mb_s or 1.0) * MEGABYTE  # type: ignore[attr-defined]
        size = 0
        for ref in references:
            facts = self._snapshot.image(ref)
            windows = [p.size_bytes for p in facts.platforms if p.os == "windows"] if facts else []
            size += max(windows, default=0)
        return size / rate + POD_START_S, 1 if size else 0

    def pod_s(self) -> float:
        """Start of one pod."""
        return float(POD_START_S)

    def rollout(self, workload: PlanWorkload) -> tuple[float, int]:
        """A rollout with the images already pulled, one surge pod at a time."""
        return workload.replicas * float(POD_START_S), 0

    def drain(self, workloads: Iterable[PlanWorkload]) -> tuple[float, int]:
        """Evictions one at a time in each workload, workloads side by side; pulls included."""
        listed = list(workloads)
        longest = max((w.replicas for w in listed), default=0) * float(POD_START_S)
        pulls = self.pull(dict.fromkeys(w.old_image for w in listed)) if listed else (5.0, 0)
        return longest + pulls[0], pulls[1]

    def final_soak_s(self) -> int:
        """AKS's own default for the soak before blue goes."""
        return self._default("final-soak-blue-green")

    def batch_soak_s(self) -> int:
        """AKS's own default for the soak after a batch; the canary is the first batch."""
        return self._default("batch-soak-blue-green")

    def _default(self, timing_id: str) -> int:
        timing = self._catalog.timing(timing_id)
        invariant(isinstance(timing, DrainTiming) and timing.default_s is not None, timing_id)
        return int(timing.default_s or 0)  # type: ignore[attr-defined]


def estimate(steps: Iterable[Step], pools: Iterable[PlanPool]) -> Estimate:
    """Sum of the steps; extra nodes live from green's creation to blue's deletion."""
    listed = list(steps)
    duration = sum(s.expected_s for s in listed)
    counts = {p.blue: p.count for p in pools}
    extra = node_s = 0
    for step in listed:
        count = counts.get(str(step.parameters.get("pool", "")), 0)
        extra += count if step.kind is StepKind.GREEN_READY else 0
        node_s += extra * step.expected_s
        extra -= count if step.kind is StepKind.DELETE_BLUE else 0
    return Estimate(
        duration_s=duration,
        peak_extra_nodes=sum(counts.values()),
        extra_node_hours=round(node_s / 3600, 2),
    )
