"""How many pods of each controller count and are ready, kept up to date by every write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube import news
from poolshift.sim.kube.objects import controller_ref, finished, ready, terminating

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.store import Change, Store


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

    def _seen(self, change: Change) -> None:
        pod = change.obj
        ref = controller_ref(pod)
        if change.type == "DELETED":
            self._count(ref, pod, -1)
            return
        prev = change.prev
        if prev is not None:
            same = prev["metadata"].get("ownerReferences") is pod["metadata"].get("ownerReferences")
            self._count(ref if same else controller_ref(prev), prev, -1)
        self._count(ref, pod, 1)

    def _count(self, ref: Object | None, pod: Object, sign: int) -> None:
        if ref is None or terminating(pod) or finished(pod):
            return
        uid = ref["uid"]
        tally = self._by_owner.get(uid)
        if tally is None:
            tally = self._by_owner[uid] = Tally()
        tally.active += sign
        if ready(pod):
            tally.ready += sign
        if not tally.active:
            del self._by_owner[uid]
