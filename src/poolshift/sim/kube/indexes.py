"""Indexes over the store, so that no controller scans the cluster."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from poolshift.semantics.selectors import matches
from poolshift.sim.kube import news
from poolshift.sim.kube.objects import Key, Object, key_of, labels_of, node_of
from poolshift.sim.kube.resources import BUDGETS, KINDS, PODS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.kube import Budget, LabelSelector
    from poolshift.sim.kube.store import Change, Store

_Bucket = dict[Key, None]
E = TypeVar("E", str, tuple[str, str], tuple[str, str, str])


def _put(index: dict[E, _Bucket], entry: E, key: Key) -> None:
    index.setdefault(entry, {})[key] = None


def _drop(index: dict[E, _Bucket], entry: E, key: Key) -> None:
    bucket = index.get(entry)
    if bucket is not None:
        bucket.pop(key, None)
        if not bucket:
            del index[entry]


class OwnerIndex:
    """Objects by the uid of each of their owners."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_owner: dict[str, dict[str, _Bucket]] = {}
        for kind in KINDS:
            if kind is PODS:
                wanted = news.ADDED | news.DELETED | news.OWNERS
                store.follow_pods(partial(self._seen, kind), wanted)
            else:
                store.listen(kind, partial(self._seen, kind))

    def _seen(self, kind: Kind, change: Change) -> None:
        new = change.obj["metadata"].get("ownerReferences")
        if change.type == "DELETED":
            self._leave(kind, new, change)
            return
        old = change.prev["metadata"].get("ownerReferences") if change.prev else None
        if new is old:
            return
        self._leave(kind, old, change)
        for ref in new or ():
            owned = self._by_owner.setdefault(ref["uid"], {})
            owned.setdefault(kind.plural, {})[key_of(change.obj)] = None

    def _leave(self, kind: Kind, references: list[Object] | None, change: Change) -> None:
        for ref in references or ():
            owned = self._by_owner.get(ref["uid"], {})
            bucket = owned.get(kind.plural, {})
            bucket.pop(key_of(change.obj), None)
            if not bucket:
                owned.pop(kind.plural, None)
            if not owned:
                self._by_owner.pop(ref["uid"], None)

    def owns(self, uid: str) -> bool:
        """Whether a uid owns anything."""
        return uid in self._by_owner

    def owned(self, uid: str, kind: Kind) -> list[Object]:
        """Objects of a kind that a uid owns, in the order in which they came."""
        owned = self._by_owner.get(uid)
        if owned is None:
            return []
        find = self._store.find
        keys = owned.get(kind.plural, ())
        return [found for key in keys if (found := find(kind, *key)) is not None]


class PodIndex:
    """Pods by node and by label."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_node: dict[str, _Bucket] = {}
        self._by_label: dict[tuple[str, str, str], _Bucket] = {}
        store.follow_pods(self._seen, news.ADDED | news.DELETED | news.BOUND | news.LABELS)

    def _seen(self, change: Change) -> None:
        key = key_of(change.obj)
        if change.prev is not None and labels_of(change.prev) == labels_of(change.obj):
            if node_of(change.prev) != node_of(change.obj):
                _put(self._by_node, node_of(change.obj), key)
            return
        old = change.obj if change.type == "DELETED" else change.prev
        if old is not None:
            self._leave(old, key)
        if change.type != "DELETED":
            self._enter(change.obj, key)

    def _leave(self, pod: Object, key: Key) -> None:
        _drop(self._by_node, node_of(pod), key)
        for name, value in labels_of(pod).items():
            _drop(self._by_label, (key[0], name, value), key)

    def _enter(self, pod: Object, key: Key) -> None:
        if node_of(pod):
            _put(self._by_node, node_of(pod), key)
        for name, value in labels_of(pod).items():
            _put(self._by_label, (key[0], name, value), key)

    def on_node(self, node: str) -> list[Object]:
        """Pods bound to a node."""
        return self._objects(self._by_node.get(node, ()))

    def select(self, namespace: str, selector: LabelSelector | None) -> Iterator[Object]:
        """Pods of a namespace that a selector matches, starting from its rarest label."""
        if selector is None:
            return
        if selector.match_labels:
            buckets = [
                self._by_label.get((namespace, name, value), {})
                for name, value in selector.match_labels.items()
            ]
            candidates = self._objects(min(buckets, key=len))
        else:
            candidates = list(self._store.all(PODS, namespace))
        for pod in candidates:
            if matches(selector, labels_of(pod)):
                yield pod

    def _objects(self, keys: _Bucket | tuple[Key, ...]) -> list[Object]:
        return [found for key in keys if (found := self._store.find(PODS, *key)) is not None]


class BudgetIndex:
    """Budgets by one label that their pods must have, so that a pod finds its budgets quickly."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._entries: dict[Key, tuple[str, str, str]] = {}
        self._by_label: dict[tuple[str, str, str], _Bucket] = {}
        # What matched a pod's labels, while neither they nor any budget's selector changes.
        self._known: dict[str, tuple[dict[str, str], tuple[Key, ...]]] = {}
        store.listen(BUDGETS, self._seen)
        store.follow_pods(self._pod, news.DELETED)

    def _pod(self, change: Change) -> None:
        if change.type == "DELETED":
            self._known.pop(change.obj["metadata"]["uid"], None)

    def _seen(self, change: Change) -> None:
        key = key_of(change.obj)
        if change.prev is not None and change.prev["spec"] == change.obj["spec"]:
            return
        self._known.clear()
        old = self._entries.pop(key, None)
        if old is not None:
            _drop(self._by_label, old, key)
        if change.type != "DELETED":
            entry = (key[0], *_anchor(change.obj))
            self._entries[key] = entry
            _put(self._by_label, entry, key)

    def matching(self, pod: Object) -> tuple[Key, ...]:
        """The budgets whose selector matches a pod."""
        labels, uid = labels_of(pod), pod["metadata"]["uid"]
        known = self._known.get(uid)
        if known is None or known[0] is not labels:
            found = self.selecting(pod["metadata"]["namespace"], labels)
            known = self._known[uid] = (labels, found)
        return known[1]

    def selecting(self, namespace: str, labels: dict[str, str]) -> tuple[Key, ...]:
        """The budgets of a namespace whose selector matches some labels."""
        found = []
        for name, value in (*labels.items(), _NO_ANCHOR):
            for key in self._by_label.get((namespace, name, value), ()):
                typed: Budget = self._store.typed(BUDGETS, key)
                if matches(typed.spec.selector, labels):
                    found.append(key)
        return tuple(found)


_NO_ANCHOR = ("", "")


def _anchor(budget: Object) -> tuple[str, str]:
    """A label that every pod of the budget has; selectors without matchLabels name none."""
    wanted = (budget["spec"].get("selector") or {}).get("matchLabels") or {}
    return min(wanted.items(), default=_NO_ANCHOR)
