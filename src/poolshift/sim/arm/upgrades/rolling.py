"""The rolling upgrade: machines are added, each node is drained and reimaged, the added ones go."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from poolshift.sim.arm.machines import instance_of
from poolshift.sim.arm.versions import minor

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.arm.state import SimPool
    from poolshift.sim.arm.upgrades.hands import Hands, Held
    from poolshift.sim.arm.upgrades.settings import Rolling

Error = tuple[str, str]
# From this version on the service makes do with one added machine where there is no room for all.
_FALLS_BACK_FROM = (1, 35)


def behind(pool: SimPool) -> list[str]:
    """The machines that are not made of what the pool's new ones are, the oldest first."""
    make = pool.make
    return sorted(
        (n for n in pool.machines if pool.made_of.get(n) != make),
        key=instance_of,
    )


def drain_failure(held: str) -> Error:
    """Why an upgrade failed that could not drain a node."""
    message = f"Drain node {held}: Too many Requests. See http://aka.ms/aks/debugdrainfailures"
    return "UpgradeFailed", message


class RollingUpgrade:
    """Brings every machine of a pool to what the pool says, so many at a time.

    As many nodes are worked at side by side as machines were added, and those that may be
    unavailable on top. Machines that an earlier upgrade left over go first.

    Args:
        hands: acts on the pool's machines.
        settings: the pool's settings.
        done: called with None, or with why the upgrade failed; the added machines are then left.
        doomed: why it will fail once the machines are added.
    """

    def __init__(
        self,
        hands: Hands,
        settings: Rolling,
        done: Callable[[Error | None], None],
        *,
        doomed: Error | None = None,
    ) -> None:
        self._hands = hands
        self._pool = hands.pool
        self._settings = settings
        self._done = done
        self._todo = deque(behind(hands.pool))
        self._lanes = settings.unavailable
        self._error = doomed
        self._draining: set[str] = set()
        self._soaking: set[str] = set()
        self._reimaging: set[str] = set()
        self._set_aside = 0
        self._then: Callable[[], None] | None = None
        hands.operation.unwind = self.unwind

    def start(self) -> None:
        """Begin."""
        self._clear(self._surge)

    def unwind(self, then: Callable[[], None]) -> None:
        """Stop: nodes that are drained take pods again, those being reimaged are waited for."""
        self._hands.stop_drains()
        for name in sorted(self._soaking):
            self._hands.release(name)
        self._then = then
        self._if_idle()

    def _surge(self) -> None:
        """Add machines, as far as there is room."""
        # A machine of which no node has come carries nothing that others had to take.
        bare = sum(not self._hands.joined(name) for name in self._todo)
        wanted = min(self._settings.surge, len(self._todo) - bare)
        fits, short = self._hands.room(wanted)
        if short is not None:
            if minor(self._pool.make.version) < _FALLS_BACK_FROM or not fits:
                self._done(short)
                return
            wanted = 1
        self._lanes += max(wanted, min(bare, 1))
        if wanted:
            self._hands.add(wanted, self._next, self._done)
        else:
            self._next()

    def _next(self) -> None:
        """Take up as many nodes as may be worked at."""
        if self._error is not None:
            if not self._busy():
                self._done(self._error)
            return
        while self._todo and self._busy() < self._lanes:
            name = self._todo.popleft()
            if name in self._pool.machines:
                self._draining.add(name)
                self._hands.drain((name,), self._settings.drain_s, partial(self._drained, name))
        if self._todo and not self._lanes:
            self._fail(
                (
                    "UpgradeFailed",
                    "Cordoned nodes have used all surge nodes but there are more nodes to be "
                    "upgraded",
                )
            )
        elif not self._todo and not self._busy():
            self._clear(partial(self._done, None))

    def _busy(self) -> int:
        return len(self._draining) + len(self._soaking) + len(self._reimaging)

    def _drained(self, name: str, held: Held) -> None:
        self._draining.discard(name)
        if held is None:
            self._soaking.add(name)
            self._hands.operation.after(self._settings.soak_s, partial(self._reimage, name))
        elif self._settings.quarantine:
            self._quarantine(name)
        else:
            self._hands.release(name)
            self._fail(drain_failure(held))

    def _reimage(self, name: str) -> None:
        self._soaking.discard(name)
        if self._error is not None:
            self._hands.release(name)
            self._next()
            return
        self._reimaging.add(name)
        self._hands.reimage(name, partial(self._back, name))

    def _back(self, name: str, lost: Error | None) -> None:
        self._reimaging.discard(name)
        if self._hands.operation.live and lost is not None:
            self._fail(lost)
        elif self._hands.operation.live:
            self._next()
        else:
            self._if_idle()

    def _if_idle(self) -> None:
        """Tell the abort that nothing is being reimaged any more."""
        if self._then is not None and not self._reimaging:
            then, self._then = self._then, None
            then()

    def _quarantine(self, name: str) -> None:
        """An added machine takes the place of the node, and one fewer is there to work with."""
        pool, blocked = self._pool, self._settings.blocked
        self._hands.quarantine(name)
        pool.machines.remove(name)
        if pool.extra:
            pool.machines.append(pool.extra.pop(0))
            self._lanes -= 1
        self._set_aside += 1
        if blocked is not None and self._set_aside > blocked:
            self._fail(
                (
                    "UpgradeFailed",
                    f"{self._set_aside} nodes could not be drained, more than maxBlockedNodes "
                    f"allows ({blocked})",
                )
            )
        else:
            self._next()

    def _fail(self, error: Error) -> None:
        """Begin nothing more; the upgrade has failed when what is being reimaged is back."""
        self._error = self._error or error
        self._hands.stop_drains()
        self._draining.clear()
        self._next()

    def _clear(self, then: Callable[[], None]) -> None:
        """Drain and remove the machines beyond the pool's count, one by one."""
        if not self._pool.extra:
            then()
            return
        name = self._pool.extra[0]

        def gone() -> None:
            if self._hands.operation.live:
                self._clear(then)

        def drained(held: Held) -> None:
            if held is None:
                self._hands.remove((name,), gone)
            elif self._settings.quarantine:
                self._pool.extra.remove(name)
                self._hands.quarantine(name)
                self._clear(then)
            else:
                self._hands.release(name)
                self._done(drain_failure(held))

        self._hands.drain((name,), self._settings.drain_s, drained)
