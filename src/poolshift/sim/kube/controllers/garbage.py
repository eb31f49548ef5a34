"""The garbage collector: what belongs to nobody any more goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.resources import KINDS, Kind, by_kind

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.objects import Key, Object
    from poolshift.sim.kube.store import Change

_NEVER_OWNERS = frozenset({"Event", "Lease", "Node"})


class Garbage:
    """Deletes the dependents of deleted owners, in the name of who deleted the owner."""

    def __init__(self, ctx: Context, deleter: Deleter) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._by: dict[str, str] = {}
        self.queue = WorkQueue(ctx, ctx.timings.controller_s, self._collect)
        for kind in KINDS:
            if kind.kind not in _NEVER_OWNERS:
                ctx.store.mourn(kind, self._seen)

    def _seen(self, change: Change) -> None:
        uid = change.obj["metadata"]["uid"]
        self._ctx.patterns.pop(uid, None)
        if self._ctx.owners.owns(uid):
            self._by[uid] = change.by
            self.queue.add(("", uid))

    def _collect(self, key: Key) -> None:
        uid = key[1]
        by = self._by.pop(uid, "controller:garbage-collector")
        for kind in KINDS:
            for obj in self._ctx.owners.owned(uid, kind):
                if not any(self._lives(ref, obj) for ref in obj["metadata"]["ownerReferences"]):
                    self._deleter.delete(kind, obj, by=by)

    def _lives(self, ref: Object, dependent: Object) -> bool:
        """Whether an owner is still there; one of a kind that is not served is taken to be."""
        kind: Kind | None = by_kind(ref["apiVersion"], ref["kind"])
        if kind is None:
            return True
        namespace = dependent["metadata"].get("namespace", "") if kind.namespaced else ""
        owner = self._ctx.store.find(kind, namespace, ref["name"])
        return owner is not None and owner["metadata"]["uid"] == ref["uid"]
