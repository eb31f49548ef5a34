"""The work queue of a controller: keys, each at most once, handled after a short delay."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.objects import Key


LONGEST_WAIT_S = 6 * 3600.0


class WorkQueue:
    """Keys that wait for `sync`; a key added again before its turn is handled once."""

    def __init__(self, ctx: Context, delay_s: float, sync: Callable[[Key], None]) -> None:
        self._ctx = ctx
        self._delay_s = delay_s
        self._sync = sync
        self._keys: dict[Key, None] = {}
        self._scheduled = False

    def add(self, key: Key) -> None:
        """Have a key handled soon."""
        self._keys[key] = None
        if not self._scheduled:
            self._scheduled = True
            self._ctx.after(self._delay_s, self._run)

    def add_after(self, key: Key, seconds: float) -> None:
        """Have a key handled after a while.

        A wait of many hours is a rollout that somebody holds: no event to jump to.
        """
        self._ctx.after(seconds, lambda: self.add(key), periodic=seconds > LONGEST_WAIT_S)

    def _run(self) -> None:
        self._scheduled = False
        keys, self._keys = self._keys, {}
        for key in keys:
            self._sync(key)
