"""Maintenance configurations: what they must look like, and when they are open."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from poolshift.sim.arm.problems import ArmProblem

# The names that there are: for the platform's own weekly upkeep, and for the two channels.
DEFAULT = "default"
CLUSTER = "aksManagedAutoUpgradeSchedule"
NODE_OS = "aksManagedNodeOSUpgradeSchedule"
NAMES = (DEFAULT, CLUSTER, NODE_OS)

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKS = ("First", "Second", "Third", "Fourth", "Last")
_SCHEDULES: Mapping[str, str] = {
    "daily": "intervalDays",
    "weekly": "intervalWeeks",
    "absoluteMonthly": "intervalMonths",
    "relativeMonthly": "intervalMonths",
}
_HOURS = (4, 24)
_DAYS_AHEAD = 800
_HOUR = dt.timedelta(hours=1)
_DAY = dt.timedelta(days=1)

Config = Mapping[str, Any]
Window = tuple[dt.datetime, dt.datetime]


def checked(name: str, properties: Config, today: dt.date) -> dict[str, Any]:
    """The properties as the service keeps them; refused when they are no maintenance.

    Args:
        name: of the configuration; it decides which of the two forms it has.
        properties: as sent.
        today: the start date of a window that names none.
    """
    known = {candidate.lower(): candidate for candidate in NAMES}
    if name.lower() not in known:
        raise _invalid("name", f"'{name}' is none of {', '.join(NAMES)}")
    if known[name.lower()] == DEFAULT and not properties.get("maintenanceWindow"):
        return _checked_default(properties)
    window = properties.get("maintenanceWindow")
    if not isinstance(window, Mapping):
        raise _invalid("maintenanceWindow", f"{name} needs one")
    _check_window(window)
    return {
        "maintenanceWindow": {"startDate": today.isoformat()}
        | {key: value for key, value in window.items() if value is not None}
    }


def openings(properties: Config, since: dt.datetime) -> Iterator[Window]:
    """The windows that end after a moment, in order, as far as two years ahead."""
    window = properties.get("maintenanceWindow")
    if window:
        yield from _scheduled(window, since)
    else:
        yield from _weekly_slots(properties, since)


def next_window(properties: Config, since: dt.datetime) -> Window | None:
    """When the platform may next act, and until when: at once within a window; None when never."""
    found = next(openings(properties, since), None)
    return None if found is None else (max(found[0], since), found[1])


def _scheduled(window: Config, since: dt.datetime) -> Iterator[Window]:
    zone = _zone(str(window.get("utcOffset") or "+00:00"))
    hours, minutes = (int(part) for part in str(window["startTime"]).split(":"))
    time = dt.time(hours, minutes, tzinfo=zone)
    length = int(window["durationHours"]) * _HOUR
    first = dt.date.fromisoformat(str(window["startDate"])[:10])
    day = max(first, since.astimezone(zone).date() - 2 * _DAY)
    (kind, schedule) = next(iter(window["schedule"].items()))
    for _ in range(_DAYS_AHEAD):
        if _falls_on(kind, schedule, first, day) and not _forbidden(window, day):
            start = dt.datetime.combine(day, time)
            if start + length > since:
                yield start.astimezone(dt.UTC), (start + length).astimezone(dt.UTC)
        day += _DAY


def _falls_on(kind: str, schedule: Config, first: dt.date, day: dt.date) -> bool:
    interval = int(schedule[_SCHEDULES[kind]])
    if kind == "daily":
        return (day - first).days % interval == 0
    if kind == "weekly":
        monday = first - first.weekday() * _DAY
        weeks = (day - monday).days // 7
        return _DAYS[day.weekday()] == schedule["dayOfWeek"] and weeks % interval == 0
    months = (day.year - first.year) * 12 + day.month - first.month
    if months % interval:
        return False
    last = calendar.monthrange(day.year, day.month)[1]
    if kind == "absoluteMonthly":
        return day.day == min(int(schedule["dayOfMonth"]), last)
    if _DAYS[day.weekday()] != schedule["dayOfWeek"]:
        return False
    if schedule["weekIndex"] == "Last":
        return day.day + 7 > last
    return (day.day - 1) // 7 == _WEEKS.index(str(schedule["weekIndex"]))


def _forbidden(window: Config, day: dt.date) -> bool:
    spans = window.get("notAllowedDates") or ()
    return any(
        dt.date.fromisoformat(str(span["start"])[:10])
        <= day
        <= dt.date.fromisoformat(str(span["end"])[:10])
        for span in spans
    )


def _weekly_slots(properties: Config, since: dt.datetime) -> Iterator[Window]:
    """Hours of the week, in UTC, each a window of its own."""
    slots = {
        (_DAYS.index(slot["day"]), int(hour))
        for slot in properties.get("timeInWeek") or ()
        for hour in slot.get("hourSlots") or ()
    }
    forbidden = [
        (_moment(span["start"]), _moment(span["end"]))
        for span in properties.get("notAllowedTime") or ()
    ]
    hour = since.replace(minute=0, second=0, microsecond=0)
    for _ in range(_DAYS_AHEAD * 24 if slots else 0):
        held = any(start <= hour < end for start, end in forbidden)
        if (hour.weekday(), hour.hour) in slots and not held:
            yield hour, hour + _HOUR
        hour += _HOUR


def _checked_default(properties: Config) -> dict[str, Any]:
    slots = properties.get("timeInWeek") or []
    spans = properties.get("notAllowedTime") or []
    if not isinstance(slots, list) or not isinstance(spans, list) or not (slots or spans):
        raise _invalid("timeInWeek", "a list of days with their hours is needed")
    for slot in slots:
        hours = slot.get("hourSlots") if isinstance(slot, Mapping) else None
        if not isinstance(hours, list) or slot.get("day") not in _DAYS:
            raise _invalid("timeInWeek", "each entry needs a day and its hourSlots")
        if not all(isinstance(hour, int) and 0 <= hour < 24 for hour in hours):
            raise _invalid("timeInWeek.hourSlots", "hours are whole numbers from 0 to 23")
    kept = [_kept_span(span) for span in spans]
    given = {"timeInWeek": slots, "notAllowedTime": kept}
    return {key: value for key, value in given.items() if value}


def _kept_span(span: Any) -> dict[str, str]:
    try:
        moments = {key: _moment(span[key]) for key in ("start", "end")}
    except (KeyError, TypeError, ValueError) as error:
        raise _invalid("notAllowedTime", "each entry needs a start and an end") from error
    return {key: at.strftime("%Y-%m-%dT%H:%M:%SZ") for key, at in moments.items()}


def _check_window(window: Config) -> None:
    schedule = window.get("schedule")
    named = [key for key in (schedule or {}) if schedule and schedule[key] is not None]
    if not isinstance(schedule, Mapping) or len(named) != 1 or named[0] not in _SCHEDULES:
        raise _invalid("maintenanceWindow.schedule", f"one of {', '.join(_SCHEDULES)} is needed")
    part = schedule[named[0]]
    interval = part.get(_SCHEDULES[named[0]]) if isinstance(part, Mapping) else None
    if not _whole(interval, 1, 366):
        raise _invalid(f"maintenanceWindow.schedule.{named[0]}", "its interval is missing")
    wanted = {
        "weekly": (("dayOfWeek", _DAYS),),
        "relativeMonthly": (("dayOfWeek", _DAYS), ("weekIndex", _WEEKS)),
    }
    for key, values in wanted.get(named[0], ()):
        if part.get(key) not in values:
            raise _invalid(f"maintenanceWindow.schedule.{named[0]}.{key}", f"one of {values}")
    if named[0] == "absoluteMonthly" and not _whole(part.get("dayOfMonth"), 1, 31):
        raise _invalid("maintenanceWindow.schedule.absoluteMonthly.dayOfMonth", "1 to 31")
    if not _whole(window.get("durationHours"), *_HOURS):
        raise _invalid("maintenanceWindow.durationHours", f"{_HOURS[0]} to {_HOURS[1]} hours")
    try:
        dt.time.fromisoformat(str(window.get("startTime")))
        dt.date.fromisoformat(str(window.get("startDate") or "2000-01-01")[:10])
        _zone(str(window.get("utcOffset") or "+00:00"))
        _forbidden(window, dt.date.min)
    except (KeyError, TypeError, ValueError) as error:
        raise _invalid("maintenanceWindow", f"a date or time in it is none: {error}") from error


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _moment(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


def _zone(offset: str) -> dt.tzinfo:
    zone = dt.datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo
    if zone is None:
        raise ValueError(offset)
    return zone


def _invalid(field: str, why: str) -> ArmProblem:
    # The code is the service's for a bad field; its wording here was not recorded.
    return ArmProblem(
        400,
        "InvalidParameter",
        f"The value of parameter maintenanceConfiguration.{field} is invalid: {why}.",
        target=f"maintenanceConfiguration.{field}",
    )
