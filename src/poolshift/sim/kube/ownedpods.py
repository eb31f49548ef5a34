"""Tells controllers of their own pods: one look at the owner for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from poolshift.sim.kube.objects import Object, controller_ref
from poolshift.sim.kube.resources import PODS

if TYPE_CHECKING:
    from poolshift.sim.kube.store import Change, Store

OwnedListener = Callable[["Change", Object], None]


class OwnedPods:
    """Listeners by the kind of a pod's controller."""

    def __init__(self, store: Store) -> None:
        self._listeners: dict[str, list[OwnedListener]] = {}
        store.listen(PODS, self._seen)

    def listen(self, kind: str, listener: OwnedListener) -> None:
        """Call `listener` with each write of a pod of that kind, and the reference to its owner."""
        self._listeners.setdefault(kind, []).append(listener)

    def _seen(self, change: Change) -> None:
        ref = controller_ref(change.obj)
        if ref is not None:
            for listener in self._listeners.get(ref["kind"], ()):
                listener(change, ref)
