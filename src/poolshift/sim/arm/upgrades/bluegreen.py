"""The service's own blue-green upgrade: as many new machines, then batch by batch, then a soak.

The texts of the polls are those of the one upgrade that was recorded, of two nodes in batches of
one: nothing else was said while a batch was drained, and the last batch had no soak of its own.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from poolshift.sim.arm.upgrades.rolling import Error, drain_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.arm.upgrades.hands import Hands, Held
    from poolshift.sim.arm.upgrades.settings import BlueGreen

CREATING = "BlueGreenCreatingGreenNodes"
FINAL = "BlueGreenSoakingFinal"
COMMITTING = "BlueGreenCommittingGreenNodes"


class BlueGreenUpgrade:
    """Replaces every machine of a pool by a new one; an abort goes back to the old ones.

    Args:
        hands: acts on the pool's machines.
        settings: the pool's settings.
        restore: puts back what the pool was before, on an abort.
        done: called with None, or with why the upgrade failed; the new machines are then left.
        doomed: why it will fail once the new machines are there.
    """

    def __init__(
        self,
        hands: Hands,
        settings: BlueGreen,
        *,
        restore: Callable[[], None],
        done: Callable[[Error | None], None],
        doomed: Error | None = None,
    ) -> None:
        self._hands = hands
        self._pool = hands.pool
        self._settings = settings
        self._restore = restore
        self._done = done
        self._doomed = doomed
        self._blue = tuple(hands.pool.machines)
        self._left = deque(self._blue)
        self._committing = False
        self._then: Callable[[], None] | None = None
        hands.operation.unwind = self.unwind

    def start(self) -> None:
        """Begin: machines that an earlier upgrade left over go first."""
        left = tuple(self._pool.extra)
        if left:
            self._take_away(left, self._create, self._done)
        else:
            self._create()

    def unwind(self, then: Callable[[], None]) -> None:
        """Go back: the old nodes take pods again, the new ones are drained and removed.

        While the old ones are being removed it is too late for that: the abort waits for the end.
        """
        if self._committing:
            self._then = then
            return
        self._hands.stop_drains()
        for name in self._blue:
            self._hands.release(name)
        self._restore()
        self._take_away(tuple(self._pool.extra), then, lambda _: then())

    def _create(self) -> None:
        fits, short = self._hands.room(len(self._blue))
        if short is not None:
            self._done((short[0], f"{short[1]} There is room for {fits} nodes."))
            return
        self._say(CREATING)
        self._hands.add(len(self._blue), self._cordon, self._done)

    def _cordon(self) -> None:
        """Let no pod of the old nodes go to another old one."""
        if self._doomed is not None:
            self._done(self._doomed)
            return
        self._hands.cordon(self._blue)
        self._batch()

    def _batch(self) -> None:
        size = min(self._settings.batch, len(self._left))
        names = tuple(self._left.popleft() for _ in range(size))
        self._hands.drain(names, self._settings.drain_s, self._drained)

    def _drained(self, held: Held) -> None:
        if held is not None:
            for name in self._blue:
                self._hands.release(name)
            self._done(drain_failure(held))
        elif self._left:
            total = len(self._blue)
            self._say(f"BlueGreenSoakingBatch: {total - len(self._left)}/{total} nodes completed")
            self._hands.operation.after(self._settings.batch_soak_s, self._batch)
        else:
            self._say(FINAL)
            self._hands.operation.after(self._settings.final_soak_s, self._commit)

    def _commit(self) -> None:
        self._committing = True
        self._say(COMMITTING)
        self._hands.remove(self._blue, self._committed)

    def _committed(self) -> None:
        pool = self._pool
        pool.machines, pool.extra = [*pool.machines, *pool.extra], []
        if self._then is not None:
            self._then()
        else:
            self._done(None)

    def _take_away(
        self,
        names: tuple[str, ...],
        then: Callable[[], None],
        failed: Callable[[Error], None],
    ) -> None:
        """Drain machines and remove them."""

        def drained(held: Held) -> None:
            if held is None:
                self._hands.remove(names, then)
            else:
                failed(drain_failure(held))

        self._hands.drain(names, self._settings.drain_s, drained)

    def _say(self, text: str) -> None:
        self._hands.operation.progress = lambda: text
