"""Times as the services write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from poolshift.core.clock import format_time, parse_time

MOMENT = datetime(2022, 10, 15, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2022-10-15T08:00:00Z",
        "2022-10-15T08:00:00+00:00",
        "2022-10-15T10:00:00+02:00",
        "2022-10-15T08:00:00",
        "2022-10-15T08:00:00.000000Z",
    ],
)
def test_every_form_is_the_same_moment(text: str) -> None:
    assert parse_time(text) == MOMENT
    assert parse_time(text).tzinfo is UTC


def test_it_is_written_in_utc() -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=9)))
    assert format_time(there) == "2022-10-15T08:00:00Z"
