"""The wall clock, for what virtual time has no part in: tokens of the local AKS' own login."""

from __future__ import annotations

from datetime import UTC, datetime


def wall_time() -> int:
    """Seconds since 1970, for the dates in tokens: clients check them against their own clock."""
    return int(datetime.now(UTC).timestamp())  # noqa: TID251 - tokens stay on the wall's time
