"""How many pods of each controller count and are ready, kept up to date by every write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube import news

if TYPE_CHECKING:
    from poolshift.sim.kube.podobjects import PodObject
    from poolshift.sim.kube.store import PodChange, Store


class Tally:
    """Pods of one controller: those that count as replicas, and those of them that are ready."""

    __slots__ = ("active", "ready")

    def __init__(self) -> None:
        self.active = 0
        self.ready = 0


class Tallies:
    """Tallies by the uid of the controller."""

    def __init__(self, store: Store) -> None:
        self._by_owner: dict[str, Tally] = {}
        store.follow_pods(self._seen, news.COUNTED)

    def of(self, uid: str) -> Tally:
        """The tally of a controller; zeros when it has no pods."""
        return self._by_owner.get(uid) or Tally()

    def _seen(self, change: PodChange) -> None:
        if change.type == "DELETED":
            self._count(change.obj, -1)
            return
        if change.prev is not None:
            self._count(change.prev, -1)
        self._count(change.obj, 1)

    def _count(self, pod: PodObject, sign: int) -> None:
        if pod.owner is None or pod.terminating or pod.finished:
            return
        uid = pod.owner["uid"]
        tally = self._by_owner.get(uid)
        if tally is None:
            tally = self._by_owner[uid] = Tally()
        tally.active += sign
        if pod.ready:
            tally.ready += sign
        if not tally.active:
            del self._by_owner[uid]
