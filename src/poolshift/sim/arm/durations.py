"""How long the service takes: drawn from what was observed of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from poolshift.catalog.model.timings import (
    ControlTiming,
    DrainTiming,
    OperationTiming,
    TimingSummary,
)
from poolshift.core.errors import InvariantError

if TYPE_CHECKING:
    import random

    from poolshift.catalog import Catalog

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
        timing = self._catalog.timing(timing_id)
        if not isinstance(timing, TimingSummary | OperationTiming):
            raise InvariantError(f"the timing {timing_id} has percentiles")
        points = (timing.p10_s, timing.p50_s, timing.p90_s, timing.max_s)
        return percentile(self._rng.random(), points) * math.prod(self.slower)

    def drain_limit(self) -> float:
        """After how long the service gives up draining a pool that it deletes or scales in."""
        return self._figure("delete-drain-failure", self._drain("delete-drain-failure").observed_s)

    def drain_default(self, timing_id: str) -> float:
        """What the service takes when a client says nothing (`drain-timeout-rolling`)."""
        return self._figure(timing_id, self._drain(timing_id).default_s)

    def channel_limit(self) -> float:
        """Within how long a changed channel takes effect."""
        name = "auto-upgrade-channel-change"
        return self._figure(name, self._control(name).limit_s)

    def largest_upgraded(self) -> int:
        """Nodes of a pool above which the platform upgrades nothing by itself."""
        name = "auto-upgrade-large-pools"
        return int(self._figure(name, self._control(name).nodes_over))

    def _drain(self, timing_id: str) -> DrainTiming:
        timing = self._catalog.timing(timing_id)
        if not isinstance(timing, DrainTiming):
            raise InvariantError(f"{timing_id} is about drains")
        return timing

    def _control(self, timing_id: str) -> ControlTiming:
        timing = self._catalog.timing(timing_id)
        if not isinstance(timing, ControlTiming):
            raise InvariantError(f"{timing_id} is about the control plane")
        return timing

    @staticmethod
    def _figure(timing_id: str, figure: float | None) -> float:
        if figure is None:
            raise InvariantError(f"the catalog has the figure of {timing_id}")
        return float(figure)

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
