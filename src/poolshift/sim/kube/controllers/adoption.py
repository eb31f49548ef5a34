"""Adoption: controllers take on what matches them and is nobody's, and let go what does not.

The real controllers look at the start of every pass. Here somebody looks when labels or owners
change, or when a controller comes, so that pods of which nothing of the kind changes cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.core.kube import LabelSelector
from poolshift.semantics.selectors import matches
from poolshift.sim.kube import news
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.objects import (
    Key,
    Object,
    controller_ref,
    finished,
    key_of,
    labels_of,
    owner_reference,
    terminating,
    with_meta,
)
from poolshift.sim.kube.resources import (
    DAEMON_SETS,
    DEPLOYMENTS,
    JOBS,
    PODS,
    REPLICA_SETS,
    REVISIONS,
    STATEFUL_SETS,
    Kind,
)

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.store import Change, PodChange

_TAKERS: dict[Kind, tuple[Kind, ...]] = {
    PODS: (REPLICA_SETS, STATEFUL_SETS, DAEMON_SETS, JOBS),
    REPLICA_SETS: (DEPLOYMENTS,),
    REVISIONS: (STATEFUL_SETS, DAEMON_SETS),
}
_NEWS = news.ADDED | news.DELETED | news.LABELS | news.OWNERS


class Adoption:
    """Gives orphans to the controllers whose selectors match them, and takes strangers away."""

    def __init__(self, ctx: Context) -> None:
        self.wards = [_Wards(ctx, kind, takers) for kind, takers in _TAKERS.items()]


class _Wards:
    """The objects of one kind, and the kinds of controllers that they may belong to."""

    def __init__(self, ctx: Context, kind: Kind, takers: tuple[Kind, ...]) -> None:
        self._ctx = ctx
        self._kind = kind
        self._takers = takers
        # Those that nobody controls, by namespace.
        self._free: dict[str, dict[Key, None]] = {}
        # Ahead of the passes of the controllers: theirs begin with it.
        self.queue = WorkQueue(ctx, 0.0, self._settle)
        if kind is PODS:
            ctx.store.follow_pods(self._pod, _NEWS)
        else:
            ctx.store.listen(kind, self._seen)
        for taker in takers:
            ctx.store.listen(taker, self._taker)

    def _pod(self, change: PodChange) -> None:
        # Most pods come with an owner that made them by its own selector.
        if change.obj.owner is None or change.prev is not None:
            self._seen(change)

    def _seen(self, change: Change | PodChange) -> None:
        obj, prev, key = change.obj, change.prev, key_of(change.obj)
        if prev is not None and change.type == "MODIFIED" and _as_before(obj, prev):
            return
        ref = controller_ref(obj)
        if ref is None and change.type != "DELETED":
            self._free.setdefault(key[0], {})[key] = None
        else:
            self._free.get(key[0], {}).pop(key, None)
        if (change.type == "ADDED" and ref is None) or (
            prev is not None
            and (labels_of(prev) is not labels_of(obj) or controller_ref(prev) is not ref)
        ):
            self.queue.add(key)

    def _taker(self, change: Change) -> None:
        """A controller that is new may take on what is there already."""
        if change.type != "ADDED":
            return
        owner = change.obj
        for key in self._free.get(owner["metadata"]["namespace"], ()):
            obj = self._ctx.store.find(self._kind, *key)
            if obj is not None and _suits(owner, obj):
                self.queue.add(key)

    def _settle(self, key: Key) -> None:
        obj = self._ctx.store.find(self._kind, *key)
        if obj is None:
            return
        ref = controller_ref(obj)
        if ref is not None:
            owner = self._owner(ref, key[0])
            if owner is not None and not (terminating(owner) or _suits(owner, obj)):
                self._release(owner, obj)
        elif not terminating(obj):
            self._adopt(obj, key[0])

    def _owner(self, ref: Object, namespace: str) -> Object | None:
        for kind in self._takers:
            if kind.kind == ref["kind"]:
                found = self._ctx.store.find(kind, namespace, ref["name"])
                return found if found and found["metadata"]["uid"] == ref["uid"] else None
        return None

    def _adopt(self, obj: Object, namespace: str) -> None:
        for kind in self._takers:
            for owner in self._ctx.store.all(kind, namespace):
                if not terminating(owner) and _suits(owner, obj):
                    refs = [*obj["metadata"].get("ownerReferences", ()), owner_reference(owner)]
                    self._write(owner, obj, refs)
                    return

    def _release(self, owner: Object, obj: Object) -> None:
        if owner["kind"] == "ReplicaSet" and (finished(obj) or terminating(obj)):
            # They do not count any more, so nobody looks whose they are.
            return
        uid = owner["metadata"]["uid"]
        refs = [ref for ref in obj["metadata"]["ownerReferences"] if ref["uid"] != uid]
        self._write(owner, obj, refs)

    def _write(self, owner: Object, obj: Object, refs: list[Any]) -> None:
        by = f"controller:{owner['kind'].lower()}"
        self._ctx.store.update(self._kind, with_meta(obj, ownerReferences=refs or None), by=by)


def _suits(owner: Object, obj: Object) -> bool:
    """Whether an object is one that a controller would have made."""
    selector = msgspec.convert(owner["spec"].get("selector"), LabelSelector | None)
    if not matches(selector, labels_of(obj)):
        return False
    if owner["kind"] == "StatefulSet" and obj["kind"] == "Pod":
        # The pods of a StatefulSet are known by their names.
        parent, _, ordinal = obj["metadata"]["name"].rpartition("-")
        return bool(parent == owner["metadata"]["name"] and ordinal.isdigit())
    return not (owner["kind"] == "ReplicaSet" and controller_ref(obj) is None and finished(obj))


def _as_before(obj: Object, prev: Object) -> bool:
    """Whether an object has the labels and the owners that it had."""
    new, old = obj["metadata"], prev["metadata"]
    return new.get("labels") is old.get("labels") and new.get("ownerReferences") is old.get(
        "ownerReferences"
    )
