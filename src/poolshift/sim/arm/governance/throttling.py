"""Token buckets of the AKS service: so many calls at once, then as fast as they fill again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from poolshift.core.errors import invariant
from poolshift.sim.arm.problems import ArmProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from poolshift.catalog import Catalog
    from poolshift.sim.arm.request import ArmRequest
    from poolshift.sim.clock import VirtualClock

_PERIODS = {"second": 1.0, "minute": 60.0}
_CLUSTER = "/providers/microsoft.containerservice/managedclusters"
# Sums of fractions of a call stray by less than this.
_ROUNDING = 1e-9
PUT_POOL = "arm-put-agentpool"
PUT_CLUSTER = "arm-put-managedcluster"
_WRITES = frozenset({PUT_POOL, PUT_CLUSTER})


class Throttle:
    """The buckets of a subscription, each with what is left in it and since when."""

    def __init__(self, catalog: Catalog, clock: VirtualClock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._left: dict[tuple[str, str], tuple[float, float]] = {}

    def check(self, request: ArmRequest, names: Mapping[str, str], *, reads: bool) -> None:
        """Take one out of every bucket that a call falls into, or refuse it (429).

        Args:
            request: the call.
            names: found in its path.
            reads: whether more than the writes of clusters and pools are counted.
        """
        wanted = [b for b in _buckets(request, names) if reads or b[0] in _WRITES]
        waits = [self._wait_s(*bucket) for bucket in wanted]
        if any(waits):
            # The code and the header are documented, the wording is not. Refused calls cost none.
            wait_s = math.ceil(round(max(waits), 6))
            raise ArmProblem(
                429,
                "Throttled",
                f"The request is throttled. Please try again after {wait_s} seconds.",
                wait_s=wait_s,
            )
        for limit_id, key, _ in wanted:
            left, at = self._left[limit_id, key]
            self._left[limit_id, key] = (left - 1, at)

    def _wait_s(self, limit_id: str, key: str, burst_key: str) -> float:
        """Seconds until the bucket has one for this call; it is filled up to now by the way."""
        burst, rate = self._figures(limit_id, burst_key)
        left, at = self._left.get((limit_id, key), (float(burst), self._clock.t))
        left = min(float(burst), left + (self._clock.t - at) * rate)
        self._left[limit_id, key] = (left, self._clock.t)
        return 0.0 if left >= 1 - _ROUNDING else (1 - left) / rate

    def _figures(self, limit_id: str, burst_key: str) -> tuple[int, float]:
        """Calls at once, and how many a second come back (`1 per minute`)."""
        current = self._catalog.limit(limit_id).current
        text = str(current.get("refill")) if isinstance(current, dict) else ""
        count, _, period = text.partition(" per ")
        invariant(period in _PERIODS, f"the limit {limit_id} says how fast it fills: {text}")
        return self._catalog.limit_number(limit_id, burst_key), int(count) / _PERIODS[period]


def _buckets(request: ArmRequest, names: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The buckets of a call: limit of the catalog, what it is counted for, key of its burst.

    What is neither of these and goes to AKS falls into one bucket a cluster; calls of other
    providers into none, since nobody says how those are throttled.
    """
    path = request.path.lower().rstrip("/")
    whole, burst = request.method in ("GET", "PUT"), "burst"
    if "/providers/microsoft.containerservice" not in path:
        return
    if "/operations/" in path or "/operationresults/" in path:
        yield "arm-get-operation-status", "", burst
    elif path.endswith(_CLUSTER) and request.method == "GET":
        yield "arm-list-managedclusters", "", "burst_subscription"
        if "group" in names:
            yield "arm-list-managedclusters", names["group"].lower(), "burst_resource_group"
    elif "pool" in names and request.method == "PUT" and path.endswith(_pool_end(names)):
        yield PUT_POOL, path, burst
    elif "cluster" in names and whole and path.endswith(f"{_CLUSTER}/{names['cluster'].lower()}"):
        yield PUT_CLUSTER if request.method == "PUT" else "arm-get-managedcluster", path, burst
    else:
        yield "arm-other", path.partition(_CLUSTER)[2].split("/")[0], burst


def _pool_end(names: Mapping[str, str]) -> str:
    return f"/agentpools/{names['pool'].lower()}"
