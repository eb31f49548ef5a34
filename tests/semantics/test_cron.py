"""Cron schedules: what they mean and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from poolshift.semantics.cron import CronProblem, parse_cron

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("*/5 * * * *", "2026-01-01T00:00:30", "2026-01-01T00:05:00"),
        ("*/5 * * * *", "2026-01-01T00:05:00", "2026-01-01T00:10:00"),
        ("30 2 * * *", "2026-01-31T02:30:00", "2026-02-01T02:30:00"),
        ("0 0 1 jan *", "2026-01-01T00:00:00", "2027-01-01T00:00:00"),
        ("0 9-17/4 * * MON-FRI", "2026-01-02T17:30:00", "2026-01-05T09:00:00"),
        ("0 0 13 * 5", "2026-02-10T00:00:00", "2026-02-13T00:00:00"),
        ("0 0 13 * 5", "2026-02-13T00:00:00", "2026-02-20T00:00:00"),
        ("0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00"),
        ("10/20 * * * *", "2026-01-01T00:31:00", "2026-01-01T00:50:00"),
        ("15,45 0 ? * ?", "2026-01-01T00:20:00", "2026-01-01T00:45:00"),
        ("@hourly", "2026-01-01T00:20:00", "2026-01-01T01:00:00"),
        ("@weekly", "2026-01-01T00:20:00", "2026-01-04T00:00:00"),
        ("@every 1h30m", "2026-01-01T00:20:00", "2026-01-01T01:50:00"),
    ],
)
def test_the_next_time_of_a_schedule(text: str, after: str, expected: str) -> None:
    found = parse_cron(text).next(datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_day_that_never_comes_gives_none() -> None:
    assert parse_cron("0 0 30 2 *").next(datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_a_time_zone_moves_with_its_clocks() -> None:
    schedule = parse_cron("30 8 * * *")
    winter = schedule.next(datetime(2026, 3, 28, 0, tzinfo=UTC), BERLIN)
    summer = schedule.next(datetime(2026, 3, 29, 0, tzinfo=UTC), BERLIN)
    assert winter == datetime(2026, 3, 28, 7, 30, tzinfo=UTC)
    assert summer == datetime(2026, 3, 29, 6, 30, tzinfo=UTC)


def test_a_skipped_hour_does_not_come_and_a_repeated_one_comes_twice() -> None:
    schedule = parse_cron("30 2 * * *")
    skipped = schedule.next(datetime(2026, 3, 28, 12, tzinfo=UTC), BERLIN)
    assert skipped == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)
    day = datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)
    assert [found.hour for found in schedule.between(*day, BERLIN)] == [0, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("* * * *", "expected exactly 5 fields, found 4"),
        ("60 * * * *", "above maximum (59)"),
        ("* * 0 * *", "below minimum (1)"),
        ("* * * * 7", "above maximum (6)"),
        ("*/0 * * * *", "positive number"),
        ("5-3 * * * *", "beyond end of range"),
        ("a * * * *", "failed to parse int"),
        ("@often", "unrecognized descriptor"),
        ("@every soon", "failed to parse duration"),
        ("TZ=UTC * * * * *", "use timeZone field instead"),
    ],
)
def test_what_is_no_schedule_is_refused_with_its_reason(text: str, said: str) -> None:
    with pytest.raises(CronProblem) as caught:
        parse_cron(text)
    assert said in str(caught.value)
