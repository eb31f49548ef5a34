"""The objects of the cluster, their versions, and the bounded history that watches read."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from poolshift.core.errors import invariant
from poolshift.sim.kube import errors, news
from poolshift.sim.kube.objects import Key, Object, key_of
from poolshift.sim.kube.podobjects import PodObject
from poolshift.sim.kube.resources import KINDS, PODS, Kind

if TYPE_CHECKING:
    from poolshift.core.kube import Wire

# Changes kept per kind; an older watch position is answered with 410. A fifth goes at a time.
HISTORY = 50_000
_TRIM = HISTORY // 5


O_co = TypeVar("O_co", bound=Object, covariant=True)


class Written(msgspec.Struct, Generic[O_co], frozen=True, gc=False):
    """One write: ADDED, MODIFIED or DELETED, with the version before it and who did it."""

    rv: int
    type: str
    obj: O_co
    prev: O_co | None
    by: str


Change = Written[Object]
PodChange = Written[PodObject]


class Collection:
    """All objects of one kind."""

    def __init__(self, kind: Kind, items: dict[Key, Any]) -> None:
        self.kind = kind
        self.items = items
        self.log: list[Change] = []
        self.floor = 0
        # Writes what is still to be written, before anybody reads; None while nothing is deferred.
        self.late: Callable[[], None] | None = None
        # The namespace that this concerns, empty for all.
        self.late_in = ""
        self._keys: list[Key] | None = None
        # What versions decode to, for those that were asked for.
        self._typed: dict[Key, tuple[Object, Wire]] = {}

    def ordered(self, namespace: str = "") -> list[Key]:
        """Keys in the order of lists, of one namespace or all."""
        if self._keys is None:
            self._keys = sorted(self.items)
        if not namespace:
            return self._keys
        first = bisect.bisect_left(self._keys, (namespace, ""))
        last = bisect.bisect_left(self._keys, (namespace + "\0", ""))
        return self._keys[first:last]

    def write(self, key: Key, change: Change) -> None:
        """Apply a change and keep it for watches."""
        if change.type == "DELETED":
            del self.items[key]
            self._typed.pop(key, None)
        else:
            self.items[key] = change.obj
        if change.type != "MODIFIED":
            self._keys = None
        self.log.append(change)
        if len(self.log) > HISTORY:
            self.floor = self.log[_TRIM - 1].rv
            del self.log[:_TRIM]

    def typed(self, key: Key) -> Wire | None:
        """What an object decodes to, decoded once per version; None when there is no object."""
        raw = self.items.get(key)
        if raw is None:
            return None
        known = self._typed.get(key)
        if known is None or known[0] is not raw:
            typed = self.kind.typed
            invariant(typed is not None, f"{self.kind.kind} decodes to nothing")
            known = self._typed[key] = (raw, msgspec.convert(raw, typed))
        return known[1]


Listener = Callable[[Change], None]
PodListener = Callable[[PodChange], None]


class Store:
    """Every collection, one counter of resource versions, and who listens to writes.

    Listeners run within the write, in the order in which they were added: indexes first, then
    the trace, then the queues of the controllers. They never write themselves.

    Attributes:
        rv: the newest resource version.
        pods: every pod by its key, not to be written to.
    """

    def __init__(self) -> None:
        self.rv = 0
        self.pods: dict[Key, PodObject] = {}
        self._collections = {
            kind.plural: Collection(kind, self.pods if kind is PODS else {}) for kind in KINDS
        }
        self._listeners: dict[str, list[Listener]] = {kind.plural: [] for kind in KINDS}
        self._mourners: dict[str, list[Listener]] = {kind.plural: [] for kind in KINDS}
        self._followers: list[tuple[int, int, PodListener]] = []
        self._concerned: dict[int, tuple[PodListener, ...]] = {}

    def defer(self, kind: Kind, write: Callable[[], None], *, namespace: str = "") -> None:
        """Call `write`, which writes what is still to be written, before a kind is read.

        Args:
            kind: what is read.
            write: writes it.
            namespace: the one namespace where anything may be missing; empty for all.
        """
        collection = self._collections[kind.plural]
        collection.late, collection.late_in = write, namespace

    def _catch_up(self, collection: Collection, namespace: str) -> None:
        """Write what is missing before a namespace is read, or all of them."""
        if namespace and collection.late_in and namespace != collection.late_in:
            return
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

    def mourn(self, kind: Kind, listener: Listener) -> None:
        """Call `listener` with each object of that kind that goes."""
        if kind is PODS:
            self.follow_pods(listener, news.DELETED)
        else:
            self._mourners[kind.plural].append(listener)

    def follow_pods(self, listener: PodListener, wanted: int, *, traits: int = 0) -> None:
        """Call `listener` with those writes that bring any of the wanted news.

        Args:
            listener: whom to tell.
            wanted: flags of `news`, any of which will do.
            traits: what a pod must be, all of it, to be told of.
        """
        self._followers.append((wanted, traits, listener))
        self._concerned.clear()

    def _concern(self, brought: int, traits: int) -> tuple[PodListener, ...]:
        """Whom some news of pods with some traits concerns."""
        found = tuple(
            listener
            for wanted, kind, listener in self._followers
            if wanted & brought and kind & traits == kind
        )
        self._concerned[brought | traits] = found
        return found

    def collection(self, kind: Kind, namespace: str = "") -> Collection:
        """The objects of one kind, of which those of a namespace are to be read, or all."""
        found = self._collections[kind.plural]
        if found.late is not None:
            self._catch_up(found, namespace)
        return found

    def find(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """The object, None when there is none; never to be changed by the caller."""
        collection = self._collections[kind.plural]
        if collection.late is not None:
            self._catch_up(collection, namespace)
        return collection.items.get((namespace, name))

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        """The object, or the server's 404."""
        found = self.find(kind, namespace, name)
        if found is None:
            raise errors.not_found(kind, name)
        return found

    def typed(self, kind: Kind, key: Key) -> Any:
        """What the object decodes to, decoded once per version; None when there is no object."""
        return self.collection(kind, key[0]).typed(key)

    def all(self, kind: Kind, namespace: str = "") -> Iterable[Object]:
        """Every object of a kind, in the order of lists."""
        collection = self.collection(kind, namespace)
        return (collection.items[key] for key in list(collection.ordered(namespace)))

    def create(self, kind: Kind, obj: Object, *, by: str) -> Object:
        """Add an object; 409 when its name is taken."""
        key = key_of(obj)
        if (key in self.pods) if kind is PODS else self.find(kind, *key) is not None:
            raise errors.already_exists(kind, obj["metadata"]["name"])
        return self._commit(kind, "ADDED", key, obj, None, by)

    def update(self, kind: Kind, obj: Object, *, by: str) -> Object:
        """Replace an object; writing what is already there changes nothing."""
        key = key_of(obj)
        prev = self.pods.get(key) if kind is PODS else self.find(kind, *key)
        if prev is None:
            raise errors.not_found(kind, key[1])
        if prev == obj:
            return prev
        return self._commit(kind, "MODIFIED", key, obj, prev, by)

    def remove(self, kind: Kind, key: Key, *, by: str) -> Object:
        """Take an object away for good."""
        return self._commit(kind, "DELETED", key, self.get(kind, *key), None, by)

    def _commit(
        self, kind: Kind, type_: str, key: Key, obj: Object, prev: Object | None, by: str
    ) -> Object:
        self.rv = rv = self.rv + 1
        meta = {**obj["metadata"], "resourceVersion": str(rv)}
        if kind is not PODS:
            plural = kind.plural
            change = Written(rv, type_, {**obj, "metadata": meta}, prev, by)
            self._collections[plural].write(key, change)
            for listener in self._listeners[plural]:
                listener(change)
            if type_ == "DELETED":
                for listener in self._mourners[plural]:
                    listener(change)
            return change.obj
        # What goes is read out already; what is written anew is read where it differs.
        known = self.pods.get(key)
        pod = PodObject(obj, meta, known)
        told = Written(rv, type_, pod, known if type_ == "MODIFIED" else None, by)
        self._collections["pods"].write(key, told)
        brought = news.DELETED if type_ == "DELETED" else pod.news
        traits = pod.traits
        if known is not None and brought & news.OWNERS:
            # It also concerns whose the pod was.
            traits |= known.traits
        listeners = self._concerned.get(brought | traits)
        if listeners is None:
            listeners = self._concern(brought, traits)
        for follower in listeners:
            follower(told)
        return pod

    def changes(self, kind: Kind, after: int, namespace: str = "") -> list[Change]:
        """Writes after a resource version, for who looks at a namespace or at all.

        410 when the history no longer reaches back to it.
        """
        collection = self.collection(kind, namespace)
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
