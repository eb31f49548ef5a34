"""The registries that nodes pull from: how much they send, and how often they may be asked.

A registry's bandwidth is one line that all nodes share, first come, first served. Real ones share
it out evenly among those who pull, so a single pull here ends sooner than there, the last of many
at the same time.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from poolshift.sim.images import normalise
from poolshift.sim.kube.builds import Refusal
from poolshift.sim.kube.timings import MEGABYTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.behaviour import RegistrySpec


class _Limit:
    """So many pulls within a window, counted from when the limit is set."""

    def __init__(self, pulls: int, window_s: float) -> None:
        self._pulls = pulls
        self._window_s = window_s
        self._asked: deque[float] = deque()

    def reached(self, now: float) -> bool:
        """Whether one more is too many."""
        while self._asked and self._asked[0] <= now - self._window_s:
            self._asked.popleft()
        return len(self._asked) >= self._pulls

    def count(self, now: float) -> None:
        """One more was answered."""
        self._asked.append(now)


class Registries:
    """The registries of a scenario by host; one that it does not name has no limits."""

    def __init__(self, specs: tuple[RegistrySpec, ...]) -> None:
        self._specs = {spec.host: spec for spec in specs}
        self._busy_until: dict[str, float] = {}
        self._limits: dict[str, list[_Limit]] = {}
        for spec in specs:
            if spec.pulls is not None:
                self.throttle(spec.host, spec.pulls, spec.window_s)

    def throttle(self, host: str, pulls: int, window_s: float) -> Callable[[], None]:
        """Limit a registry beside the limits that it has; gives what takes this one back."""
        limits = self._limits.setdefault(host, [])
        limit = _Limit(pulls, window_s)
        limits.append(limit)
        return lambda: limits.remove(limit)

    def refusal(self, ref: str, now: float) -> Refusal | None:
        """429 when the registry was asked too often for any limit; else this question counts."""
        limits = self._limits.get(_host(ref), ()) if self._limits else ()
        if any(limit.reached(now) for limit in limits):
            return _throttled(ref)
        for limit in limits:
            limit.count(now)
        return None

    def sent_at(self, ref: str, size_bytes: int, now: float) -> float:
        """When the registry has sent so many bytes that are asked of it now."""
        spec = self._specs.get(_host(ref)) if self._specs else None
        if spec is None or spec.mb_s is None or not size_bytes:
            return now
        begin = max(now, self._busy_until.get(spec.host, now))
        self._busy_until[spec.host] = begin + size_bytes / (spec.mb_s * MEGABYTE)
        return self._busy_until[spec.host]


def _host(ref: str) -> str:
    return normalise(ref).partition("/")[0]


def _throttled(ref: str) -> Refusal:
    return Refusal(
        "ErrImagePull",
        f'rpc error: code = Unknown desc = failed to pull and unpack image "{ref}": failed to '
        f"copy: httpReadSeeker: failed open: unexpected status code 429 Too Many Requests - Server "
        "message: toomanyrequests: You have reached your pull rate limit.",
    )
