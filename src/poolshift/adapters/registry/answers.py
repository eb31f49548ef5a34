"""Answers over HTTP, and what their headers say of how soon and how often one may ask."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx
import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUOTA = re.compile(r"(\d+)(?:\s*;\s*w=(\d+))?")


class Answer(msgspec.Struct, frozen=True):
    """An answer, read to its end."""

    status: int
    headers: httpx.Headers
    body: bytes


class Quota(msgspec.Struct, frozen=True):
    """A number of requests in a window: `100;w=21600` is a hundred in six hours."""

    count: int
    window_s: int


def quota(headers: Mapping[str, str], name: str) -> Quota | None:
    """A quota as Docker Hub writes it; None without one."""
    found = _QUOTA.match(headers.get(name, "").strip())
    return Quota(int(found[1]), int(found[2] or 0)) if found else None


def asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds that an answer asks to wait; None when it names nothing.

    Retry-After may be seconds or a date. Docker Hub names its window instead, which is the
    longest that the wait can be.
    """
    text = headers.get("retry-after", "").strip()
    try:
        return max(float(text), 0.0) if text.isascii() and text.isdigit() else _until(text, now)
    except ValueError:
        pass
    left = quota(headers, "ratelimit-remaining")
    return float(left.window_s) if left and left.count == 0 and left.window_s else None


def _until(text: str, now: datetime) -> float:
    moment = parsedate_to_datetime(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return max((moment - now).total_seconds(), 0.0)
