"""How long the service takes: drawn from what was observed of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from poolshift.core.errors import invariant

if TYPE_CHECKING:
    import random

    from poolshift.catalog import Catalog
    from poolshift.catalog.model.timings import OperationTiming, TimingSummary

# The slowest tenth lies between the 90th percentile and the maximum, most of it near the former:
# the share of the (logarithmic) way to the maximum grows with this power of the position in it.
_TAIL_POWER = 3


class Durations:
    """Draws durations, in seconds, from the catalog's percentiles."""

    def __init__(self, catalog: Catalog, rng: random.Random) -> None:
        self._rng = rng
        self._catalog = catalog
        # How many times longer everything takes: one entry for each reason.
        self.slower: list[float] = []

    def draw(self, timing_id: str) -> float:
        """One duration, by the id of a summary (`sum-pool-add-windows`) or of an operation."""
        timings = self._catalog.timings
        known: list[TimingSummary | OperationTiming] = [*timings.summary, *timings.operations]
        found = [t for t in known if t.id == timing_id]
        invariant(len(found) == 1, f"the catalog has one timing {timing_id}")
        timing = found[0]
        points = (timing.p10_s, timing.p50_s, timing.p90_s, timing.max_s)
        return percentile(self._rng.random(), points) * math.prod(self.slower)

    def drain_limit(self) -> float:
        """After how long the service gives up draining a pool that it deletes or scales in."""
        found = [
            t for t in self._catalog.timings.drain_and_delete if t.id == "delete-drain-failure"
        ]
        invariant(found and found[0].observed_s, "the catalog has the delete drain limit")
        return float(found[0].observed_s or 0)

    def drain_default(self, timing_id: str) -> float:
        """What the service takes when a client says nothing (`drain-timeout-rolling`)."""
        found = [t for t in self._catalog.timings.drain_and_delete if t.id == timing_id]
        invariant(bool(found) and found[0].default_s is not None, f"the catalog has a {timing_id}")
        return float(found[0].default_s or 0)

    def spread(self, low: float, high: float) -> float:
        """A share between two bounds."""
        return self._rng.uniform(low, high)


def percentile(u: float, points: tuple[float, float, float, float]) -> float:
    """The value at position `u` (0 to 1) of a distribution known by its p10, p50, p90 and max."""
    p10, p50, p90, top = points
    if u <= 0.1:
        return float(p10)
    if u <= 0.5:
        return p10 + (p50 - p10) * (u - 0.1) / 0.4
    if u <= 0.9:
        return p50 + (p90 - p50) * (u - 0.5) / 0.4
    way = ((u - 0.9) / 0.1) ** _TAIL_POWER
    return float(p90 * (top / p90) ** way)
