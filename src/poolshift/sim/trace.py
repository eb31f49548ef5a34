"""The trace: one world event a line, written by the simulator alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.clock import VirtualClock


class Trace:
    """Collects world events, and writes them to a file as they happen when there is one.

    Each event is `{t_s, kind, …}`; the kinds and keys are those of the contract. While `muted`
    (a world being set up) nothing is recorded.
    """

    def __init__(
        self, clock: VirtualClock, out: BinaryIO | None = None, *, keep: bool = True
    ) -> None:
        self._clock = clock
        self._out = out
        self._keep = keep
        self.muted = False
        self.count = 0
        self._stamp = (-1.0, -1.0)
        self.events: list[dict[str, Any]] = []
        self.listeners: list[Callable[[dict[str, Any]], None]] = []

    def of_cluster(self, cluster_id: str) -> Trace:
        """The same trace for another cluster: its events say whose they are."""
        return _ClusterTrace(self, cluster_id)

    def emit(self, kind: str, **keys: Any) -> None:
        """Record one world event now."""
        if self.muted:
            return
        if self._clock.t != self._stamp[0]:
            self._stamp = (self._clock.t, round(self._clock.t, 3))
        event: dict[str, Any] = {"t_s": self._stamp[1], "kind": kind, **keys}
        self.count += 1
        if self._keep:
            self.events.append(event)
        if self._out is not None:
            self._out.write(msgspec.json.encode(event) + b"\n")
            self._out.flush()
        for listener in self.listeners:
            listener(event)


class _ClusterTrace(Trace):
    """Passes on the events of a cluster that was made in the world, with the key `cluster`."""

    def __init__(self, whole: Trace, cluster_id: str) -> None:
        super().__init__(whole._clock, keep=False)
        self._whole = whole
        self._cluster_id = cluster_id

    def emit(self, kind: str, **keys: Any) -> None:
        """Record one event of this cluster in the whole trace."""
        if not self.muted:
            self._whole.emit(kind, **keys, cluster=self._cluster_id)


def actor(user_agent: str) -> str:
    """Who acts, by the User-Agent: the run's id for our client, else `user:AGENT`."""
    product, _, rest = user_agent.partition(" ")
    if product.startswith("poolshift/") and rest.startswith("run/"):
        return rest.removeprefix("run/").split(" ")[0]
    return f"user:{user_agent or 'unknown'}"
