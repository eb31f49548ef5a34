"""What the kubelet of each pod does next, and which pods it has started."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.context import Context


class PodSteps:
    """The next step of each pod, by its uid: one at a time, a later one takes its place.

    Attributes:
        started: uids of the pods whose containers run.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._timers: dict[str, Timer] = {}
        self.started: set[str] = set()

    def set(
        self, uid: str, seconds: float, action: Callable[[], None], *, idle: bool = False
    ) -> None:
        """The pod's next step; `idle` steps are retries that a jumping clock does not wait for."""
        self._cancel(uid)
        # A retry keeps its pause while the world is set up, or it would come again for ever.
        after = self._ctx.clock.after if idle else self._ctx.after
        self._timers[uid] = after(seconds, action, periodic=idle)

    def forget(self, uid: str) -> None:
        """The pod is gone."""
        self._cancel(uid)
        self.started.discard(uid)

    def _cancel(self, uid: str) -> None:
        timer = self._timers.pop(uid, None)
        if timer is not None:
            timer.cancel()
