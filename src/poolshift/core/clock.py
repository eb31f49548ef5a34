"""Time as a thing that is handed in: the wall, the local AKS's clock, or a virtual one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The time that waits, soaks, deadlines and timestamps of a run go by."""

    async def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when so many seconds of this clock have passed."""
        ...


def parse_time(text: str) -> datetime:
    """An ISO 8601 or RFC 3339 time, as Kubernetes and ARM write it; aware, in UTC."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def format_time(moment: datetime) -> str:
    """ISO 8601 in UTC with seconds, as Kubernetes writes it: 2022-10-15T08:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
