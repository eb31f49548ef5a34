"""The work queue of a controller: keys, each at most once, handled after a short delay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.objects import Key


LONGEST_WAIT_S = 6 * 3600.0
# The rate limiter of the controllers' work queues.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.005, 1000.0
_DOUBLINGS = 20


def pause_s(failures: int) -> float:
    """How long a controller waits after so many failures before."""
    return min(FIRST_PAUSE_S * 2.0 ** min(failures, _DOUBLINGS), LONGEST_PAUSE_S)


class WorkQueue:
    """Keys that wait for `sync`; a key added again before its turn is handled once."""

    def __init__(self, ctx: Context, delay_s: float, sync: Callable[[Key], None]) -> None:
        self._ctx = ctx
        self._delay_s = delay_s
        self._sync = sync
        self._keys: dict[Key, None] = {}
        self._scheduled = False
        self._failures: dict[Key, int] = {}

    def add(self, key: Key) -> None:
        """Have a key handled soon."""
        self._keys[key] = None
        if not self._scheduled:
            self._scheduled = True
            self._ctx.after(self._delay_s, self._run)

    def add_after(self, key: Key, seconds: float, *, periodic: bool = False) -> Timer:
        """Have a key handled after a while, as long while the world is being set up.

        A deadline keeps its length then; shortened to nothing it would come again and again within
        the one instant that a set-up takes. A wait of many hours is a rollout that somebody holds:
        no event to jump to.
        """
        idle = periodic or seconds > LONGEST_WAIT_S
        return self._ctx.clock.after(max(seconds, 0.0), lambda: self.add(key), periodic=idle)

    def _run(self) -> None:
        self._scheduled = False
        keys, self._keys = self._keys, {}
        for key in keys:
            try:
                self._sync(key)
            except ApiError:
                self._again(key)
            else:
                self._failures.pop(key, None)

    def _again(self, key: Key) -> None:
        """What the server refused is tried again, each time later: the real queues' back-off."""
        count = self._failures.get(key, 0)
        self._failures[key] = count + 1
        # Nothing that a jumping clock waits for.
        self.add_after(key, pause_s(count), periodic=True)
