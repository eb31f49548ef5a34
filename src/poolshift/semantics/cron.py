"""Cron schedules as the CronJob controller reads them: five fields, or a descriptor.

The rules are those of the parser that Kubernetes uses: day of month and day of week are
alternatives when both are restricted; an hour that a change of the clocks skips does not come, and
one that it repeats comes twice.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_UNITS = {"h": 3600, "m": 60, "s": 1}
_EVERY = re.compile(r"@every ((?:\d+[hms])+)")
# A schedule that does not come within so many years (30 February) never comes.
_HORIZON = timedelta(days=5 * 366)
_MINUTE = timedelta(minutes=1)


class CronProblem(ValueError):
    """Why a schedule cannot be read."""


class _Field(msgspec.Struct, frozen=True):
    """A field's values, and whether it was left open (`*`, `?`)."""

    values: frozenset[int]
    free: bool


class Schedule(msgspec.Struct, frozen=True):
    """A schedule that was read; `every_s` is set for `@every` alone."""

    minute: _Field
    hour: _Field
    day: _Field
    month: _Field
    weekday: _Field
    every_s: int = 0

    def next(self, after: datetime, zone: tzinfo = UTC) -> datetime | None:
        """The first time after a moment, in UTC; None when there is none for years."""
        if self.every_s:
            return after.replace(microsecond=0) + timedelta(seconds=self.every_s)
        found = after.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE
        end = found + _HORIZON
        while found < end:
            local = found.astimezone(zone)
            if local.month not in self.month.values or not self._day(local):
                found = _midnight_after(local)
            elif local.hour not in self.hour.values:
                found += timedelta(minutes=60 - local.minute)
            elif local.minute not in self.minute.values:
                found += _MINUTE
            else:
                return found
        return None

    def between(self, after: datetime, until: datetime, zone: tzinfo = UTC) -> Iterator[datetime]:
        """Every time after one moment up to and including another."""
        found = self.next(after, zone)
        while found is not None and found <= until:
            yield found
            found = self.next(found, zone)

    def _day(self, local: datetime) -> bool:
        in_month = local.day in self.day.values
        in_week = local.isoweekday() % 7 in self.weekday.values
        if self.day.free or self.weekday.free:
            return in_month and in_week
        return in_month or in_week


def _midnight_after(local: datetime) -> datetime:
    """Where the next local day begins, in UTC."""
    following = local.date() + timedelta(days=1)
    start = datetime(following.year, following.month, following.day, tzinfo=local.tzinfo)
    return start.astimezone(UTC)


def parse_cron(text: str) -> Schedule:
    """Read a schedule.

    Raises:
        CronProblem: it is none.
    """
    stated = text.strip()
    if stated.startswith(("TZ=", "CRON_TZ=")):
        raise CronProblem("cannot use TZ or CRON_TZ in schedule, use timeZone field instead")
    if stated.startswith("@every"):
        return _every(stated)
    if stated.startswith("@"):
        if stated not in _DESCRIPTORS:
            raise CronProblem(f"unrecognized descriptor: {stated}")
        stated = _DESCRIPTORS[stated]
    fields = stated.split()
    if len(fields) != 5:
        raise CronProblem(f"expected exactly 5 fields, found {len(fields)}: {fields}")
    return Schedule(
        minute=_field(fields[0], 0, 59),
        hour=_field(fields[1], 0, 23),
        day=_field(fields[2], 1, 31),
        month=_field(fields[3], 1, 12, _MONTHS, first=1),
        weekday=_field(fields[4], 0, 6, _DAYS),
    )


def _every(text: str) -> Schedule:
    found = _EVERY.fullmatch(text)
    if found is None:
        raise CronProblem(f"failed to parse duration {text}")
    parts = re.findall(r"(\d+)([hms])", found[1])
    seconds = sum(int(count) * _UNITS[unit] for count, unit in parts)
    none = _Field(frozenset(), free=True)
    return Schedule(none, none, none, none, none, every_s=max(seconds, 1))


def _field(
    text: str, low: int, high: int, names: tuple[str, ...] = (), *, first: int = 0
) -> _Field:
    values: set[int] = set()
    free = False
    for part in text.split(","):
        span, _, step_text = part.partition("/")
        step = _number(step_text, part) if "/" in part else 1
        if step == 0:
            raise CronProblem(f"step of range should be a positive number: {part}")
        if span in ("*", "?"):
            start, end, free = low, high, free or step == 1
        else:
            start_text, dash, end_text = span.partition("-")
            start = _number(start_text, part, names, first)
            end = _number(end_text, part, names, first) if dash else start
            end = high if "/" in part and not dash else end
        _check_span(start, end, low, high, part)
        values.update(range(start, end + 1, step))
    return _Field(frozenset(values), free)


def _check_span(start: int, end: int, low: int, high: int, part: str) -> None:
    if start < low:
        raise CronProblem(f"beginning of range ({start}) below minimum ({low}): {part}")
    if end > high:
        raise CronProblem(f"end of range ({end}) above maximum ({high}): {part}")
    if start > end:
        raise CronProblem(f"beginning of range ({start}) beyond end of range ({end}): {part}")


def _number(text: str, part: str, names: tuple[str, ...] = (), first: int = 0) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + first
    if not text.isdigit() or not text.isascii():
        raise CronProblem(f"failed to parse int from {text}: {part}")
    return int(text)
