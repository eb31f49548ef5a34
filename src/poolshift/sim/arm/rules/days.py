"""Days of the catalog by the world's clock."""

from __future__ import annotations

import calendar
from datetime import date


def first_day(text: str | None) -> date | None:
    """The first day of `2026`, `2026-03` or `2026-03-01`; None when it is none of these."""
    parts = _numbers(text)
    return date(*[*parts, 1, 1][:3]) if parts else None


def last_day(text: str | None) -> date | None:
    """The last day of the same; a month without a day means all of it."""
    parts = _numbers(text)
    if len(parts) == 3:
        return date(*parts)
    if not parts:
        return None
    month = parts[1] if len(parts) == 2 else 12
    return date(parts[0], month, calendar.monthrange(parts[0], month)[1])


def _numbers(text: str | None) -> list[int]:
    parts = (text or "").split("-")
    return [int(p) for p in parts] if all(p.isdigit() for p in parts) and len(parts) <= 3 else []
