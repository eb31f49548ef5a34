"""The load of a workload as a function of time: straight lines between points, and noise."""

from __future__ import annotations

import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from poolshift.sim.behaviour import LoadSpec

DAY_S = 86_400.0
_NOISE_STEP_S = 60.0
_STEPS = 2**32 - 1


class LoadCurve(msgspec.Struct, frozen=True):
    """A curve that was read: `points` are second and load, ascending in time.

    Attributes:
        points: from the start of the world, or of each day.
        capacity: load that one pod carries at 100 %.
        daily: whether seconds count from midnight and start again every day.
        noise: share by which the load strays.
        salt: which noise it is.
    """

    points: tuple[tuple[float, float], ...]
    capacity: float
    daily: bool
    noise: float
    salt: int = 0

    def at(self, seconds: float, moment: datetime) -> float:
        """The load, so many seconds after the start of the world."""
        position = _seconds_of_day(moment) if self.daily else seconds
        return max(self._level(position) * self._stray(seconds), 0.0)

    def _level(self, position: float) -> float:
        before = self.points[-1] if self.daily else self.points[0]
        before = (before[0] - DAY_S, before[1]) if self.daily else before
        for point in self.points:
            if position < point[0]:
                return _between(before, point, position)
            before = point
        if not self.daily:
            return before[1]
        first = self.points[0]
        return _between(before, (first[0] + DAY_S, first[1]), position)

    def _stray(self, seconds: float) -> float:
        if not self.noise:
            return 1.0
        drawn = zlib.crc32(f"{self.salt}/{int(seconds // _NOISE_STEP_S)}".encode()) / _STEPS
        return 1.0 + self.noise * (2 * drawn - 1)


def _between(a: tuple[float, float], b: tuple[float, float], position: float) -> float:
    if b[0] <= a[0] or position <= a[0]:
        return a[1]
    return a[1] + (b[1] - a[1]) * (position - a[0]) / (b[0] - a[0])


def _seconds_of_day(moment: datetime) -> float:
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6


def read_curve(spec: LoadSpec, start: datetime, salt: int = 0) -> LoadCurve:
    """A scenario's curve; UsageError says what is wrong with it.

    Args:
        spec: the scenario's words.
        start: where the world's clock starts: a clock time counts from its midnight.
        salt: which noise the curve has.
    """
    if not spec.points or spec.capacity <= 0 or not 0 <= spec.noise <= 1:
        raise UsageError(
            f"load of {spec.workload}: points, a capacity above 0 and a noise of 0 to 1 are needed"
        )
    offset = 0.0 if spec.daily else _seconds_of_day(start)
    points = [(_second(spec, when, offset), float(load)) for when, load in spec.points]
    if any(b[0] <= a[0] for a, b in pairwise(points)):
        raise UsageError(f"load of {spec.workload}: its points must ascend in time")
    if spec.daily and points[-1][0] - points[0][0] > DAY_S:
        raise UsageError(f"load of {spec.workload}: a daily curve is longer than a day")
    return LoadCurve(tuple(points), spec.capacity, spec.daily, spec.noise, salt)


def _second(spec: LoadSpec, when: float | str, offset: float) -> float:
    if not isinstance(when, str):
        return float(when)
    hours, colon, minutes = when.partition(":")
    if not (colon and hours.isdigit() and minutes.isdigit() and int(minutes) < 60):
        raise UsageError(f"load of {spec.workload}: {when!r} is neither seconds nor HH:MM")
    # More than 24 hours name a time of a later day.
    return int(hours) * 3600.0 + int(minutes) * 60.0 - offset
