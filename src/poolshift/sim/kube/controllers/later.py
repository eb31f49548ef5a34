"""Keys that a controller looks at again later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube.controllers.queue import LONGEST_WAIT_S

if TYPE_CHECKING:
    from poolshift.sim.clock import Timer
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.controllers.queue import WorkQueue
    from poolshift.sim.kube.objects import Key


def add_later(
    ctx: Context, queue: WorkQueue, key: Key, seconds: float, *, periodic: bool = False
) -> Timer:
    """Have a key handled after a while, as long while the world is being set up.

    A deadline keeps its length then; shortened to nothing it would come again and again within
    the one instant that a set-up takes.
    """
    return ctx.clock.after(
        max(seconds, 0.0),
        lambda: queue.add(key),
        periodic=periodic or seconds > LONGEST_WAIT_S,
    )
