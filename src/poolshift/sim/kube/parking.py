"""Pods that fit nowhere, and what can help each of them: nothing polls.

A pod that names a node waits for that node. Others are kept by what they ask of nodes; a change of
a node wakes those that it now lets in, and a pod that leaves wakes those that the node would take.
Pods that ask about other pods wait for those pods as well, and pods with claims for their claims.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from poolshift.core.kube import Pod
from poolshift.semantics import fit, podaffinity, spread
from poolshift.sim.kube.objects import Key, Object
from poolshift.sim.kube.shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from poolshift.core.kube import Meta, PodSpec
    from poolshift.semantics.census import Matcher
    from poolshift.sim.kube.nodeviews import NodeViews

E = TypeVar("E", str, bytes)


class Waiting(msgspec.Struct, frozen=True):
    """A pod that looks for a node."""

    uid: str
    key: Key
    owner: str
    pod: fit.Incoming
    shape: Shape
    priority: int

    @property
    def pinned(self) -> str | None:
        """The one node that the pod asks for."""
        return self.shape.pinned


class Parking:
    """Parked pods, and whom a change wakes."""

    def __init__(self, views: NodeViews, wake: Callable[[Key], None]) -> None:
        self._views = views
        self._wake = wake
        self._waiting: dict[Key, Waiting] = {}
        self._by_signature: dict[bytes, dict[Key, None]] = {}
        self._by_node: dict[str, dict[Key, None]] = {}
        self._social: dict[Key, tuple[Matcher, ...]] = {}
        self._claiming: dict[Key, None] = {}

    def park(self, waiting: Waiting) -> None:
        """Keep a pod until something changes that can help it."""
        key, shape = waiting.key, waiting.shape
        self._waiting[key] = waiting
        if waiting.pinned is not None:
            self._by_node.setdefault(waiting.pinned, {})[key] = None
        else:
            self._by_signature.setdefault(shape.signature, {})[key] = None
        if shape.social or shape.spreads or self._views.around.stands:
            self._social[key] = tuple(_interests(waiting.pod.meta, shape.spec))
        if shape.claims:
            self._claiming[key] = None

    def leave(self, key: Key) -> None:
        """A pod waits no longer."""
        waiting = self._waiting.pop(key, None)
        if waiting is None:
            return
        self._social.pop(key, None)
        self._claiming.pop(key, None)
        if waiting.pinned is not None:
            _drop(self._by_node, waiting.pinned, key)
        else:
            _drop(self._by_signature, waiting.shape.signature, key)

    def node_changed(self, name: str) -> None:
        """A node has come or changed: whom it lets in now, and whose domains it changes."""
        for key in list(self._by_node.get(name, ())):
            self._wake(key)
        view = self._views.views.get(name)
        for group in list(self._by_signature.values()):
            first = self._waiting[next(iter(group))]
            if view and not fit.static_reasons(first.pod, view.state.node):
                for key in list(group):
                    self._wake(key)
        for key in list(self._social):
            self._wake(key)

    def room(self, node: str) -> None:
        """A pod has left a node: those that wait for room there try again."""
        for key in list(self._by_node.get(node, ())):
            self._wake(key)
        for signature, group in list(self._by_signature.items()):
            first = self._waiting[next(iter(group))]
            if self._views.verdicts(signature, first.pod).get(node) == ():
                for key in list(group):
                    self._wake(key)

    def pod_changed(self, pod: Object) -> None:
        """A pod has come to a node, left it or begun to: those that ask about it try again."""
        if not self._social:
            return
        typed = msgspec.convert(pod, Pod)
        meta, spec = typed.metadata, typed.spec
        labels_of = self._views.around.census.labels_of
        stands = list(podaffinity.stands_of(meta, spec))
        for key, matchers in list(self._social.items()):
            about = self._waiting[key].pod.meta
            if any(matcher.holds(meta, labels_of) for matcher in matchers) or any(
                stand.clause.holds(about, labels_of) for stand in stands
            ):
                self._wake(key)

    def volumes_changed(self) -> None:
        """A claim, a volume or a class has changed."""
        for key in list(self._claiming):
            self._wake(key)


def _interests(meta: Meta, spec: PodSpec) -> Iterator[Matcher]:
    for constraint in spread.constraints(spec, "DoNotSchedule"):
        matcher = spread.matcher_of(constraint, meta)
        # A pod that has begun to end no longer counts, which is news as well.
        yield msgspec.structs.replace(matcher, living=False)
    yield from podaffinity.matchers(meta, spec)


def _drop(index: dict[E, dict[Key, None]], entry: E, key: Key) -> None:
    group = index.get(entry, {})
    group.pop(key, None)
    if not group:
        index.pop(entry, None)
