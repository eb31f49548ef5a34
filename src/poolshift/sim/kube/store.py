"""The objects of the cluster, their versions, and the bounded history that watches read."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from poolshift.core.errors import invariant
from poolshift.sim.kube import errors, news
from poolshift.sim.kube.objects import Key, Object, PodObject, key_of
from poolshift.sim.kube.resources import KINDS, PODS, Kind

if TYPE_CHECKING:
    from poolshift.core.kube import Wire

# Changes kept per kind; an older watch position is answered with 410. A fifth goes at a time.
HISTORY = 50_000
_TRIM = HISTORY // 5


class Change(NamedTuple):
    """One write: ADDED, MODIFIED or DELETED, with the version before it and who did it."""

    rv: int
    type: str
    obj: Object
    prev: Object | None
    by: str


class _Stored:
    """An object version and, once asked for, what it decodes to."""

    __slots__ = ("raw", "typed")

    def __init__(self, raw: Object) -> None:
        self.raw = raw
        self.typed: Wire | None = None


class Collection:
    """All objects of one kind."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.items: dict[Key, _Stored] = {}
        self.log: list[Change] = []
        self.floor = 0
        # Writes what is still to be written, before anybody reads; None while nothing is deferred.
        self.late: Callable[[], None] | None = None
        self._keys: list[Key] | None = None

    def ordered(self, namespace: str = "") -> list[Key]:
        """Keys in the order of lists, of one namespace or all."""
        if self._keys is None:
            self._keys = sorted(self.items)
        if not namespace:
            return self._keys
        first = bisect.bisect_left(self._keys, (namespace, ""))
        last = bisect.bisect_left(self._keys, (namespace + "\0", ""))
        return self._keys[first:last]

    def write(self, change: Change) -> None:
        """Apply a change and keep it for watches."""
        key = key_of(change.obj)
        if change.type == "DELETED":
            del self.items[key]
        else:
            self.items[key] = _Stored(change.obj)
        if change.type != "MODIFIED":
            self._keys = None
        self.log.append(change)
        if len(self.log) > HISTORY:
            self.floor = self.log[_TRIM - 1].rv
            del self.log[:_TRIM]


Listener = Callable[[Change], None]


class Store:
    """Every collection, one counter of resource versions, and who listens to writes.

    Listeners run within the write, in the order in which they were added: indexes first, then
    the trace, then the queues of the controllers. They never write themselves.
    """

    def __init__(self) -> None:
        self.rv = 0
        self._collections = {kind.plural: Collection(kind) for kind in KINDS}
        self._listeners: dict[str, list[Listener]] = {kind.plural: [] for kind in KINDS}
        self._followers: list[tuple[int, Listener]] = []
        self._concerned: dict[int, tuple[Listener, ...]] = {}

    def defer(self, kind: Kind, write: Callable[[], None]) -> None:
        """Call `write`, which writes what is still to be written, before a kind is read."""
        self._collections[kind.plural].late = write

    def _catch_up(self, collection: Collection) -> None:
        write, collection.late = collection.late, None
        try:
            if write is not None:
                write()
        finally:
            collection.late = write

    def listen(self, kind: Kind, listener: Listener) -> None:
        """Call `listener` with each write of that kind from now on."""
        if kind is PODS:
            self.follow_pods(listener, news.ANY)
        else:
            self._listeners[kind.plural].append(listener)

    def follow_pods(self, listener: Listener, wanted: int) -> None:
        """Call `listener` with those writes to pods that bring any of the wanted news."""
        self._followers.append((wanted, listener))
        self._concerned.clear()

    def _tell_of_pod(self, change: Change, pod: PodObject) -> None:
        prev = change.prev
        brought = news.news_of(change.type, pod, prev if isinstance(prev, PodObject) else None)
        listeners = self._concerned.get(brought)
        if listeners is None:
            listeners = tuple(f for wanted, f in self._followers if wanted & brought)
            self._concerned[brought] = listeners
        for listener in listeners:
            listener(change)

    def collection(self, kind: Kind) -> Collection:
        """The objects of one kind."""
        found = self._collections[kind.plural]
        if found.late is not None:
            self._catch_up(found)
        return found

    def find(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """The object, None when there is none; never to be changed by the caller."""
        collection = self._collections[kind.plural]
        if collection.late is not None:
            self._catch_up(collection)
        stored = collection.items.get((namespace, name))
        return stored.raw if stored else None

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        """The object, or the server's 404."""
        found = self.find(kind, namespace, name)
        if found is None:
            raise errors.not_found(kind, name)
        return found

    def typed(self, kind: Kind, key: Key) -> Any:
        """What the object decodes to, decoded once per version; None when there is no object."""
        stored = self.collection(kind).items.get(key)
        if stored is None:
            return None
        if stored.typed is None:
            invariant(kind.typed is not None, f"{kind.kind} decodes to nothing")
            stored.typed = msgspec.convert(stored.raw, kind.typed)
        return stored.typed

    def all(self, kind: Kind, namespace: str = "") -> Iterable[Object]:
        """Every object of a kind, in the order of lists."""
        collection = self.collection(kind)
        return (collection.items[key].raw for key in list(collection.ordered(namespace)))

    def create(self, kind: Kind, obj: Object, *, by: str) -> Object:
        """Add an object; 409 when its name is taken."""
        if self.find(kind, *key_of(obj)) is not None:
            raise errors.already_exists(kind, obj["metadata"]["name"])
        return self._commit(kind, "ADDED", obj, None, by)

    def update(self, kind: Kind, obj: Object, *, by: str) -> Object:
        """Replace an object; writing what is already there changes nothing."""
        prev = self.get(kind, *key_of(obj))
        if prev == obj:
            return prev
        return self._commit(kind, "MODIFIED", obj, prev, by)

    def remove(self, kind: Kind, key: Key, *, by: str) -> Object:
        """Take an object away for good."""
        return self._commit(kind, "DELETED", self.get(kind, *key), None, by)

    def _commit(self, kind: Kind, type_: str, obj: Object, prev: Object | None, by: str) -> Object:
        self.rv += 1
        obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self.rv)}}
        if kind is PODS:
            obj = PodObject(obj, prev)
        change = Change(self.rv, type_, obj, prev, by)
        self._collections[kind.plural].write(change)
        if isinstance(obj, PodObject):
            self._tell_of_pod(change, obj)
        else:
            for listener in self._listeners[kind.plural]:
                listener(change)
        return obj

    def changes(self, kind: Kind, after: int) -> list[Change]:
        """Writes after a resource version; 410 when the history no longer reaches back to it."""
        collection = self.collection(kind)
        if after < collection.floor:
            message = f"too old resource version: {after} ({collection.floor + 1})"
            raise errors.failure(410, "Expired", message)
        first = bisect.bisect_right(collection.log, after, key=lambda change: change.rv)
        return collection.log[first:]

    def at(self, kind: Kind, version: int) -> list[Object] | None:
        """Every object as it was at a version, in the order of lists.

        None when the history does not reach back to the first object of the kind.
        """
        collection = self.collection(kind)
        if collection.floor:
            return None
        found: dict[Key, Object] = {}
        for change in collection.log:
            if change.rv > version:
                break
            if change.type == "DELETED":
                found.pop(key_of(change.obj), None)
            else:
                found[key_of(change.obj)] = change.obj
        return [found[key] for key in sorted(found)]

    def forget(self, kind: Kind) -> None:
        """Drop the history of a kind, as a compaction does."""
        collection = self._collections[kind.plural]
        collection.floor = self.rv
        collection.log.clear()
