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
    from poolshift.sim.behaviour import RegistrySpec


class Registries:
    """The registries of a scenario by host; one that it does not name has no limits."""

    def __init__(self, specs: tuple[RegistrySpec, ...]) -> None:
        self._specs = {spec.host: spec for spec in specs}
        self._busy_until: dict[str, float] = {}
        self._asked: dict[str, deque[float]] = {}

    def refusal(self, ref: str, now: float) -> Refusal | None:
        """429 when the registry was asked too often; else this question counts."""
        spec = self._specs.get(_host(ref)) if self._specs else None
        if spec is None or spec.pulls is None:
            return None
        asked = self._asked.setdefault(spec.host, deque())
        while asked and asked[0] <= now - spec.window_s:
            asked.popleft()
        if len(asked) >= spec.pulls:
            return _throttled(ref)
        asked.append(now)
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
