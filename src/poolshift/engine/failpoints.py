"""Named points at which a test may kill the process; inert unless the environment asks for one.

`POOLSHIFT_KILL_AT=NAME:N` kills the process with SIGKILL when it reaches NAME for the Nth time.
The environment is read once, by `arm_from_environment`, at the rim.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAMES = ("after-load", "before-intent", "after-intent", "mid-act", "after-act", "after-outcome")


class Killed(BaseException):
    """Stands for the process's death in tests that live in one process."""


class Failpoints:
    """Counts how often each point is reached and acts at the chosen one."""

    def __init__(self, name: str = "", nth: int = 0, act: Callable[[], None] | None = None) -> None:
        self._name = name
        self._nth = nth
        self._act = act or _kill_process
        self.reached: Counter[str] = Counter()

    def reach(self, name: str) -> None:
        """Say that a point is reached."""
        self.reached[name] += 1
        if name == self._name and self.reached[name] == self._nth:
            self._act()


def _kill_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def raise_killed() -> None:
    """The act for tests in one process."""
    raise Killed


def arm_from_environment(environment: Mapping[str, str]) -> Failpoints:
    """The failpoints that the environment asks for; inert ones when it asks for none."""
    name, _, nth = environment.get("POOLSHIFT_KILL_AT", "").partition(":")
    return Failpoints(name, int(nth or 1)) if name in NAMES else Failpoints()
