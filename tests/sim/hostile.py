"""A run of hostile requests against a face of the local AKS: its figures and its findings."""

from __future__ import annotations

import abc
import asyncio
import random
import sys
import time
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest
    from tests.sim.kube.fuzz.hostility import Sent

_MOST_TOLD = 40
_SHARE_ACCEPTED, _SHARE_REFUSED = 1 / 50, 1 / 10


class Hostile(abc.ABC):
    """A run of one seed.

    Attributes:
        requests: how many were sent.
        accepted: how many of them changed or made something.
        refused: how many were refused.
        found: what went wrong, by its signature, with the request that showed it.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.requests = 0
        self.accepted = 0
        self.refused = 0
        self.found: dict[str, str] = {}
        self.rng = random.Random(seed)
        self.last: list[Sent] = []

    def run(self, seconds: float, most: int) -> None:
        """Send so many requests at most, for so many seconds at most."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.requests < most and len(self.found) < _MOST_TOLD:
            asyncio.run(self.one_world(end, most))

    @abc.abstractmethod
    async def one_world(self, end: float, most: int) -> None:
        """Send to a new world for a while, within the run's bounds."""

    def note(self, signature: str, told: str) -> None:
        """Keep a finding; of those of one signature the first."""
        self.found.setdefault(signature, told)

    def note_world(self, error: Exception) -> None:
        """Keep that the world is out of order, with what was sent before."""
        sent = "\n".join(f"  {one}"[:1200] for one in self.last)
        self.note(f"world: {signature_of(error)}", f"{told_of(error)}\nafter\n{sent}")

    def report(self) -> str:
        """Figures, and every finding with what showed it."""
        lines = [
            f"seed {self.seed}: {self.requests} requests, {self.accepted} accepted, "
            f"{self.refused} refused, {len(self.found)} findings"
        ]
        for signature, told in self.found.items():
            lines += ["", f"* {signature}", *(f"    {line}" for line in told.splitlines())]
        return "\n".join(lines)

    def judged(self, config: pytest.Config) -> None:
        """Run as the options say; fails with every finding."""
        most = config.getoption("--fuzz-requests") or sys.maxsize
        self.run(config.getoption("--fuzz-seconds"), most)
        print(self.report())
        assert not self.found, self.report()
        # A fuzzer whose requests are all refused, or all taken, tests nothing.
        assert self.accepted > self.requests * _SHARE_ACCEPTED
        assert self.refused > self.requests * _SHARE_REFUSED


def signature_of(error: BaseException) -> str:
    """Where and how it broke, in a line."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "poolshift/" in f.filename]
    place = f"{frames[-1].filename.rpartition('poolshift/')[2]}:{frames[-1].name}" if frames else ""
    return f"{type(error).__name__} in {place}: {str(error)[:60]}"


def told_of(error: BaseException) -> str:
    """The end of its traceback."""
    return "".join(traceback.format_exception(error)[-8:])[-3000:]
