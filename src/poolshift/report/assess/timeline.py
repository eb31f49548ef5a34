"""The days on which something stops, seen from the day of the assessment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.core.finding import Assessment, Deadline, DeadlineClaim, PoolReport


@dataclass(frozen=True)
class Stop:
    """What stops on a day for which pools of one OS SKU.

    `source` is the one that counts; `dissent` what others say, where they name another day.
    """

    whats: tuple[str, ...]
    os_sku: str
    pools: tuple[str, ...]
    source: str
    dissent: tuple[DeadlineClaim, ...]


@dataclass(frozen=True)
class Day:
    """A day on which something stops; `left` are the days until then, below zero for past ones."""

    on: date
    left: int
    stops: tuple[Stop, ...]

    @property
    def past(self) -> bool:
        """What stops on a day is gone on that day."""
        return self.left <= 0


@dataclass(frozen=True)
class Mark:
    """What stops for a lane on a day, and of which of it the sources name different days."""

    on: date
    left: int
    whats: tuple[str, ...]
    disputed: tuple[str, ...]

    @property
    def past(self) -> bool:
        """What stops on a day is gone on that day."""
        return self.left <= 0


@dataclass(frozen=True)
class Lane:
    """Pools of one OS SKU that have the same deadlines."""

    pools: tuple[str, ...]
    os_sku: str
    marks: tuple[Mark, ...]


def when(left: int) -> str:
    """`in 12 days`, `today`, `3 days ago`."""
    days = f"{abs(left)} day" + ("" if abs(left) == 1 else "s")
    if left == 0:
        return "today"
    return f"in {days}" if left > 0 else f"{days} ago"


def lanes(assessment: Assessment) -> tuple[Lane, ...]:
    """Every pool that has a deadline, those with the same ones together, the nearest first."""
    return tuple(
        Lane(tuple(p.name for p in pools), os_sku, _marks(deadlines, assessment))
        for (os_sku, deadlines), pools in _alike(assessment).items()
        if deadlines
    )


def endless(assessment: Assessment) -> tuple[str, ...]:
    """The pools for which no day is published."""
    return tuple(p.name for p in assessment.pools if not p.deadlines)


def days(assessment: Assessment) -> tuple[Day, ...]:
    """The same by day, earliest first."""
    found: dict[str, list[Stop]] = {}
    for (os_sku, deadlines), pools in _alike(assessment).items():
        names = tuple(p.name for p in pools)
        for on in dict.fromkeys(d.on for d in deadlines):
            same = [d for d in deadlines if d.on == on]
            found.setdefault(on, []).extend(_stops(same, os_sku, names))
    today = date.fromisoformat(assessment.as_of)
    return tuple(
        Day(day, (day - today).days, tuple(found[day.isoformat()]))
        for day in sorted(date.fromisoformat(on) for on in found)
    )


def _stops(deadlines: list[Deadline], os_sku: str, pools: tuple[str, ...]) -> list[Stop]:
    """Deadlines of one day, those together of which the sources say the same."""
    found: dict[tuple[str, tuple[DeadlineClaim, ...]], list[str]] = {}
    for d in deadlines:
        dissent = tuple(dict.fromkeys(c for c in d.claims if c.on != d.on))
        found.setdefault((d.source, dissent), []).append(d.what)
    return [Stop(tuple(whats), os_sku, pools, *said) for said, whats in found.items()]


def _marks(deadlines: tuple[Deadline, ...], assessment: Assessment) -> tuple[Mark, ...]:
    today = date.fromisoformat(assessment.as_of)
    marks = []
    for on in dict.fromkeys(d.on for d in deadlines):
        same = [d for d in deadlines if d.on == on]
        day = date.fromisoformat(on)
        whats = tuple(d.what for d in same)
        disputed = tuple(d.what for d in same if d.claims)
        marks.append(Mark(day, (day - today).days, whats, disputed))
    return tuple(marks)


def _alike(
    assessment: Assessment,
) -> dict[tuple[str, tuple[Deadline, ...]], list[PoolReport]]:
    found: dict[tuple[str, tuple[Deadline, ...]], list[PoolReport]] = {}
    for pool in sorted(assessment.pools, key=_nearest_first):
        key = (pool.os_sku or pool.os_type, tuple(sorted(pool.deadlines, key=lambda d: d.on)))
        found.setdefault(key, []).append(pool)
    return found


def _nearest_first(pool: PoolReport) -> tuple[bool, list[str], str]:
    return (not pool.deadlines, [d.on for d in pool.deadlines], pool.name)
