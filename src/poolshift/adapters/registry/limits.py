"""How much is asked of one host, and how long it is waited for.

All waiting is a host's, not an image's: who is told to wait makes everybody wait who reads from
that host, and the waits of one host together have a bound. Past it the host is given up, and
whatever is asked of it later fails at once with the reason. So neither a registry that answers 429
for hours nor one that does not answer at all costs more than that bound, however many images a
cluster has.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import msgspec

from poolshift.adapters.http import BACK_OFF_S, RETRIES, RETRY_STATUSES, unreachable
from poolshift.adapters.registry.answers import Answer, asked_wait, quota
from poolshift.core.clock import format_time
from poolshift.core.errors import (
    ApiError,
    InvariantError,
    ThrottledError,
    UnreachableError,
    UsageError,
)

if TYPE_CHECKING:
    from poolshift.core.clock import Clock

PATIENCE_VARIABLE = "POOLSHIFT_REGISTRY_PATIENCE"
"""Seconds that one host may be waited for, from the environment."""

# A host that does not let us connect is tried so often. A time-out is not tried again: within it
# the system itself has tried several times.
_CONNECT_TRIES = 2
# Requests under way to all hosts together: fewer than the client has connections.
_AT_ONCE_IN_ALL = 12
# Repeats of one request that a host refuses for the moment; each costs patience, which is used
# up sooner unless the environment grants very much of it.
_MOST_REPEATS = 500
_SHORTEST_WAIT_S = 0.5
_LONGEST_BACK_OFF_S = 30.0
_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"


class Limits(msgspec.Struct, frozen=True):
    """Bounds for each host.

    Attributes:
        at_once: requests under way at the same time. Four: registries answer bursts with 429.
        patience_s: seconds of waiting, of all images together. Two minutes: longer than a
            registry is busy, far shorter than a quota takes to renew.
    """

    at_once: int = 4
    patience_s: float = 120.0


def limits_from_environment() -> Limits:
    """The bounds, with the patience that the environment names.

    Raises:
        UsageError: it names no number of seconds.
    """
    text = os.environ.get(PATIENCE_VARIABLE, "")
    if not text:
        return Limits()
    if not re.fullmatch(r"\d{1,6}", text):
        raise UsageError(
            f"{PATIENCE_VARIABLE} cannot be read",
            why=f"{text[:40]!a} is no number of seconds",
            fix=f"Set it to whole seconds: {PATIENCE_VARIABLE}=300",
            code="PSE106",
        )
    return Limits(patience_s=float(text))


Once = Callable[[Callable[[], None]], Awaitable[Answer]]
"""Sends once; it calls what it is given as soon as the host begins to answer."""


class Host:
    """What is known of one host: its gate, its waits, and whether it has been given up."""

    def __init__(
        self, name: str, clock: Clock, limits: Limits, all_hosts: asyncio.Semaphore
    ) -> None:
        self._name = name
        self._all_hosts = all_hosts
        self._clock = clock
        self._left_s = limits.patience_s
        self._patience_s = limits.patience_s
        self._gate = asyncio.Semaphore(limits.at_once)
        self._first = asyncio.Lock()
        self._heard = False
        self._misses = 0
        self._refusals = 0
        self._charged_until: datetime | None = None
        self._resume_at: datetime | None = None
        self._spent_until: datetime | None = None
        self._spent_why = ""
        self._why = ""
        self._kind: type[ApiError] = UnreachableError

    async def send(self, once: Once, *, counted: bool) -> Answer:
        """Send, and repeat what is known to pass.

        Until the host has answered once, one request alone is under way: a host that does not
        answer then costs one time-out and not one per image. `counted` tells a request that a
        quota counts.

        Raises:
            ThrottledError: the host has been given up because it throttles.
            UnreachableError: it has been given up because it does not answer, or it broke off
                this answer again and again.
        """
        async with self._gate:
            if not self._heard:
                async with self._first:
                    if not self._heard:
                        return await self._patiently(once, counted=counted)
            return await self._patiently(once, counted=counted)

    async def _patiently(self, once: Once, *, counted: bool) -> Answer:
        for attempt in range(_MOST_REPEATS):
            await self._ready(counted=counted)
            began = await self._clock.now()
            try:
                async with self._all_hosts:
                    began = await self._clock.now()
                    answer = await once(self._hear)
            except httpx.TransportError as error:
                await self._missed(error, began, attempt)
                continue
            if answer.status not in RETRY_STATUSES:
                self._refusals = 0
                await self._note_quota(answer.headers)
                return answer
            if answer.status != 429 and attempt >= RETRIES:
                return answer
            await self._refused(answer, began)
        self._give_up(UnreachableError, f"{self._name} refused {_MOST_REPEATS} times")
        self._raise_given_up()
        raise InvariantError("a host that has been given up raises")

    def _hear(self) -> None:
        """It has begun to answer."""
        self._heard, self._misses = True, 0

    async def _ready(self, *, counted: bool) -> None:
        """Wait for as long as the host asked everybody to; raise once it is given up."""
        while True:
            self._raise_given_up()
            now = await self._clock.now()
            waits = [self._resume_at, self._spent_until if counted else None]
            wait = max((w - now).total_seconds() for w in (*waits, now) if w is not None)
            if wait <= 0:
                return
            if wait > self._left_s + self._already_charged(now):
                # Only the quota waits for so long: what it does not count goes on.
                raise ThrottledError(f"the quota of {self._name} is used up", why=self._spent_why)
            await self._clock.sleep(wait)

    def _raise_given_up(self) -> None:
        if self._why:
            raise self._kind(f"{self._name} has been given up", why=self._why)

    async def _missed(self, error: httpx.TransportError, began: datetime, attempt: int) -> None:
        """No answer, or one that broke off; the time it took counts against the patience."""
        now = await self._clock.now()
        refused = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        silent = refused or not self._heard
        told = self._silence(error) if silent else self._broken(error)
        self._charge(began, now)
        if silent and self._counts(began):
            timed_out = isinstance(error, httpx.ConnectTimeout)
            self._misses += _CONNECT_TRIES if timed_out else 1
            # A certificate that is not trusted now is not trusted in a second.
            if self._misses >= _CONNECT_TRIES or _UNTRUSTED in str(error):
                self._give_up(UnreachableError, f"{self._name} does not answer: {told.why}")
        elif not silent and attempt >= RETRIES:
            raise told from error
        self._pause(now, BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)], told.why)

    def _silence(self, error: httpx.TransportError) -> UnreachableError:
        return unreachable(
            f"the registry {self._name}",
            error,
            likely="it is private, or a proxy is not set",
            fix="Check HTTPS_PROXY; images that stay unread are reported as not checked",
        )

    def _broken(self, error: httpx.TransportError) -> UnreachableError:
        text = str(error) or type(error).__name__
        return UnreachableError(
            f"the registry {self._name} does not answer to the end",
            why=f"{self._name} does not answer to the end: {text}",
            fix="Try again, or look at what stands between: a proxy, a firewall",
        )

    def _counts(self, began: datetime) -> bool:
        """Whether a miss is one of its own: those that were under way together count once."""
        return self._resume_at is None or began >= self._resume_at

    async def _refused(self, answer: Answer, began: datetime) -> None:
        """Throttled, or out of order for the moment."""
        now = await self._clock.now()
        asked = asked_wait(answer.headers, now)
        if asked is None and self._counts(began):
            self._refusals += 1
        own = _SHORTEST_WAIT_S * 2 ** min(max(self._refusals - 1, 0), 10)
        wait = max(asked, _SHORTEST_WAIT_S) if asked is not None else min(own, _LONGEST_BACK_OFF_S)
        if answer.status == 429:
            why = self._limited(answer.headers, now, asked)
            self._pause(now, wait, why, kind=ThrottledError)
        else:
            self._pause(now, wait, f"{self._name} answers {answer.status} again and again")

    def _limited(self, headers: Mapping[str, str], now: datetime, asked: float | None) -> str:
        """Why a host is given up that throttles, and what to do."""
        until = f" for longer than {self._patience_s:.0f} s"
        if asked is not None and asked > self._patience_s:
            moment = now + timedelta(seconds=min(asked, timedelta(days=365).total_seconds()))
            until = f" until {format_time(moment)}"
        limit = quota(headers, "ratelimit-limit")
        number = f" ({limit.count} in {limit.window_s} s)" if limit and limit.window_s else ""
        return (
            f"rate limited by {self._name}{until}{number}; sign in with docker login or try later"
        )

    async def _note_quota(self, headers: Mapping[str, str]) -> None:
        """Send no more counted requests once the quota is used up: they would be refused."""
        left = quota(headers, "ratelimit-remaining")
        if left is None or left.count > 0 or not left.window_s:
            return
        now = await self._clock.now()
        self._spent_why = self._limited(headers, now, float(left.window_s))
        self._spent_until = now + timedelta(seconds=left.window_s)
        if left.window_s <= self._left_s:
            self._charge(now, self._spent_until)

    def _pause(
        self, now: datetime, wait_s: float, why: str, *, kind: type[ApiError] = UnreachableError
    ) -> None:
        """Make everybody wait; give up when that is more than the patience that is left."""
        if wait_s > self._left_s + self._already_charged(now):
            self._give_up(kind, why)
            return
        until = now + timedelta(seconds=wait_s)
        self._charge(now, until)
        self._resume_at = until if self._resume_at is None else max(self._resume_at, until)

    def _already_charged(self, now: datetime) -> float:
        """Seconds from now on that somebody else waits for already."""
        held = self._charged_until
        return max((held - now).total_seconds(), 0.0) if held is not None else 0.0

    def _charge(self, start: datetime, end: datetime) -> None:
        """Count a stretch of waiting; what several waited at the same time counts once."""
        held = self._charged_until
        fresh = max(start, held) if held is not None else start
        self._left_s -= max((end - fresh).total_seconds(), 0.0)
        self._charged_until = max(end, held) if held is not None else end

    def _give_up(self, kind: type[ApiError], why: str) -> None:
        if not self._why:
            self._kind, self._why = kind, why


class Hosts:
    """The hosts of a run, each made when it is first met."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self._limits = limits
        self._all = asyncio.Semaphore(_AT_ONCE_IN_ALL)
        self._held: dict[str, Host] = {}

    def of(self, name: str) -> Host:
        """The host of a name, with the port where there is one."""
        if name not in self._held:
            self._held[name] = Host(name, self._clock, self._limits, self._all)
        return self._held[name]
