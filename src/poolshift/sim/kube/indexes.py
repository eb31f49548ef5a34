"""Indexes over the store, so that no controller scans the cluster."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec

from poolshift.core.kube import BudgetSpec
from poolshift.semantics.selectors import matches
from poolshift.sim.kube import news
from poolshift.sim.kube.objects import Key, Object, key_of
from poolshift.sim.kube.resources import BUDGETS, KINDS, PODS, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from poolshift.core.kube import LabelSelector
    from poolshift.sim.kube.podobjects import PodObject
    from poolshift.sim.kube.store import Change, PodChange, Store

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
                store.follow_pods(self._pod, wanted)
            else:
                store.listen(kind, partial(self._seen, kind))

    def _pod(self, change: PodChange) -> None:
        self._seen(PODS, change)

    def _seen(self, kind: Kind, change: Change | PodChange) -> None:
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

    def _leave(
        self, kind: Kind, references: list[Object] | None, change: Change | PodChange
    ) -> None:
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

    def pods(self, uid: str) -> list[PodObject]:
        """The pods that a uid owns, in the order in which they came."""
        found = self._store.pods
        return [found[key] for key in self._by_owner.get(uid, {}).get(PODS.plural, ())]

    def owned(self, uid: str, kind: Kind) -> list[Object]:
        """Objects of a kind that a uid owns, in the order in which they came."""
        owned = self._by_owner.get(uid)
        if owned is None:
            return []
        find = self._store.find
        keys = owned.get(kind.plural, ())
        return [found for key in keys if (found := find(kind, *key)) is not None]


class _Alike:
    """Pods that share their labels, as the pods of one template do."""

    __slots__ = ("keys", "labels", "namespace")

    def __init__(self, namespace: str, labels: dict[str, str]) -> None:
        self.namespace = namespace
        self.labels = labels
        self.keys: _Bucket = {}


class PodIndex:
    """Pods by node and by label."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_node: dict[str, _Bucket] = {}
        self._alike: dict[tuple[str, int], _Alike] = {}
        self._by_label: dict[tuple[str, str, str], dict[int, _Alike]] = {}
        store.follow_pods(self._seen, news.ADDED | news.DELETED | news.BOUND | news.LABELS)

    def _seen(self, change: PodChange) -> None:
        pod, prev = change.obj, change.prev
        if change.type == "DELETED":
            _drop(self._by_node, pod.node, pod.key)
            self._leave(pod)
            return
        if prev is None or prev.labels is not pod.labels:
            if prev is not None:
                self._leave(prev)
            self._enter(pod)
        if pod.node and (prev is None or prev.node != pod.node):
            _put(self._by_node, pod.node, pod.key)

    def _leave(self, pod: PodObject) -> None:
        slot = (pod.key[0], id(pod.labels))
        alike = self._alike[slot]
        del alike.keys[pod.key]
        if alike.keys:
            return
        del self._alike[slot]
        for name, value in pod.labels.items():
            entry = (pod.key[0], name, value)
            del self._by_label[entry][slot[1]]
            if not self._by_label[entry]:
                del self._by_label[entry]

    def _enter(self, pod: PodObject) -> None:
        namespace, code = pod.key[0], id(pod.labels)
        alike = self._alike.get((namespace, code))
        if alike is None:
            alike = self._alike[namespace, code] = _Alike(namespace, pod.labels)
            for name, value in pod.labels.items():
                self._by_label.setdefault((namespace, name, value), {})[code] = alike
        alike.keys[pod.key] = None

    def on_node(self, node: str) -> list[PodObject]:
        """Pods bound to a node."""
        return list(map(self._store.pods.__getitem__, self._by_node.get(node, ())))

    def select(self, namespace: str, selector: LabelSelector | None) -> Iterator[PodObject]:
        """Pods of a namespace that a selector matches, starting from its rarest label."""
        if selector is None:
            return
        groups: list[_Alike]
        if selector.match_labels:
            entries = [(namespace, name, value) for name, value in selector.match_labels.items()]
            groups = list(min((self._by_label.get(e, {}) for e in entries), key=len).values())
        else:
            groups = [alike for alike in self._alike.values() if alike.namespace == namespace]
        pods = self._store.pods
        for alike in groups:
            if matches(selector, alike.labels):
                for key in list(alike.keys):
                    yield pods[key]


# Sets of labels of which it is kept what selects them; bare and numbered pods have one each.
_MOST_KNOWN = 10_000


class ByLabels:
    """What selects a pod, worked out once for the labels that the pods of a template share.

    Holds until a selector changes: whoever keeps the selectors then says `forget`.
    """

    def __init__(self, selecting: Callable[[str, dict[str, str]], tuple[Key, ...]]) -> None:
        self._selecting = selecting
        self._known: dict[int, tuple[str, dict[str, str], tuple[Key, ...]]] = {}

    def of(self, pod: PodObject) -> tuple[Key, ...]:
        """The keys of what selects a pod."""
        labels, namespace = pod.labels, pod.key[0]
        known = self._known.get(id(labels))
        if known is None or known[1] is not labels or known[0] != namespace:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = (namespace, labels, self._selecting(namespace, labels))
            self._known[id(labels)] = known
        return known[2]

    def forget(self) -> None:
        """A selector has come, gone or changed."""
        self._known.clear()


class BudgetIndex:
    """Budgets by one label that their pods must have, so that a pod finds its budgets quickly."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._entries: dict[Key, tuple[str, str, str]] = {}
        self._by_label: dict[tuple[str, str, str], _Bucket] = {}
        # The specs as they decode.
        self._specs: dict[Key, BudgetSpec] = {}
        self._matching = ByLabels(self.selecting)
        store.listen(BUDGETS, self._seen)

    def _seen(self, change: Change) -> None:
        key = key_of(change.obj)
        if change.prev is not None and change.prev["spec"] == change.obj["spec"]:
            return
        self._matching.forget()
        self._specs.pop(key, None)
        old = self._entries.pop(key, None)
        if old is not None:
            _drop(self._by_label, old, key)
        if change.type != "DELETED":
            self._specs[key] = msgspec.convert(change.obj["spec"], BudgetSpec)
            entry = (key[0], *_anchor(change.obj))
            self._entries[key] = entry
            _put(self._by_label, entry, key)

    def spec(self, key: Key) -> BudgetSpec:
        """The spec of a budget that is there."""
        return self._specs[key]

    def matching(self, pod: PodObject) -> tuple[Key, ...]:
        """The budgets whose selector matches a pod."""
        return self._matching.of(pod)

    def selecting(self, namespace: str, labels: dict[str, str]) -> tuple[Key, ...]:
        """The budgets of a namespace whose selector matches some labels."""
        return tuple(
            key
            for name, value in (*labels.items(), _NO_ANCHOR)
            for key in self._by_label.get((namespace, name, value), ())
            if matches(self._specs[key].selector, labels)
        )


_NO_ANCHOR = ("", "")


def _anchor(budget: Object) -> tuple[str, str]:
    """A label that every pod of the budget has; selectors without matchLabels name none."""
    wanted = (budget["spec"].get("selector") or {}).get("matchLabels") or {}
    return min(wanted.items(), default=_NO_ANCHOR)
