"""Clocks: the wall, and that of a running local AKS."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import httpx

from poolshift.adapters.http import unreachable
from poolshift.core.clock import parse_time
from poolshift.core.errors import ServerError, UnreachableError

# One request may sleep as long as the world takes; longer sleeps are cut into such parts, so
# that a lost connection is noticed.
_PART_S = 3600.0


class WallClock:
    """The wall clock."""

    async def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(max(seconds, 0.0))


class LocalAksClock:
    """The clock of a local AKS, over its own endpoints.

    Args:
        client: sends to the ARM face of the local AKS (its base URL).
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def now(self) -> datetime:
        """The virtual time."""
        answer = await self._ask("GET", "/_sim/clock")
        return parse_time(answer.json()["now"])

    async def sleep(self, seconds: float) -> None:
        """Return when so many virtual seconds have passed."""
        left = max(seconds, 0.0)
        while left > 0:
            part = min(left, _PART_S)
            await self._ask("POST", "/_sim/sleep", {"seconds": part})
            left -= part

    async def _ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, json=body, timeout=None)
        except httpx.TransportError as error:
            raise _gone(error) from error
        if answer.status_code != 200:
            raise ServerError(f"{path} of the local AKS failed", status=answer.status_code)
        return answer


def _gone(error: Exception) -> UnreachableError:
    return unreachable(
        "the local AKS",
        error,
        likely="it has been stopped",
        fix="Start it again: poolshift sim up",
    )
