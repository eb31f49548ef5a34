"""Endpoints and EndpointSlices: which pods stand behind each Service.

A pod that changes costs a note of its Services; what stands behind them is looked up when somebody
reads it. Services without a selector, and pods without a Service, cost nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from poolshift.core.errors import ApiError
from poolshift.sim.kube import admission, news
from poolshift.sim.kube.controllers import slices
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.controllers.refusals import Refusals
from poolshift.sim.kube.indexes import ByLabels
from poolshift.sim.kube.objects import (
    Identities,
    Key,
    Object,
    annotations_of,
    key_of,
    labels_of,
    owner_reference,
    terminating,
    with_meta,
)
from poolshift.sim.kube.resources import (
    ENDPOINT_SLICES,
    ENDPOINTS,
    NODES,
    SERVICES,
)

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.deletion import Deleter
    from poolshift.sim.kube.events import Recorder
    from poolshift.sim.kube.podobjects import PodObject
    from poolshift.sim.kube.store import Change, PodChange

BY = "controller:endpointslice"
Anchor = tuple[str, str, str]
Follower = Callable[[Key], None]


class EndpointLists:
    """Keeps the endpoints of every Service with a selector."""

    def __init__(self, ctx: Context, deleter: Deleter, recorder: Recorder) -> None:
        self._ctx = ctx
        self._deleter = deleter
        self._refusals = Refusals(ctx, recorder, "endpoint-slice-controller")
        self._by_anchor: dict[Anchor, dict[Key, None]] = {}
        self._selectors: dict[Key, dict[str, str]] = {}
        self._selected = ByLabels(self._selecting)
        # Services whose objects are behind: they are written when somebody reads them.
        self._behind: dict[Key, None] = {}
        self._ids = Identities(random.Random(ctx.rng.getrandbits(64)))  # noqa: S311 - a simulation
        self.followers: list[Follower] = []
        self.queue = WorkQueue(ctx, ctx.timings.budget_s, self._sync)
        ctx.store.listen(SERVICES, self._service)
        ctx.store.defer(ENDPOINTS, self._write)
        ctx.store.defer(ENDPOINT_SLICES, self._write)
        ctx.store.follow_pods(self._pod, news.COUNTED | news.LABELS | news.ADDRESS)

    def ready_on(self, service: Key) -> dict[str, int]:
        """How many ready pods of a Service each node has; terminating ones do not count."""
        found: dict[str, int] = {}
        for member in self._endpoints(service):
            if member.ready:
                found[member.node] = found.get(member.node, 0) + 1
        return found

    def _service(self, change: Change) -> None:
        service, key = change.obj, key_of(change.obj)
        prev = change.prev
        going = prev is not None and terminating(service) and not terminating(prev)
        if prev is not None and prev["spec"] == service["spec"] and not going:
            return
        self._selected.forget()
        old = self._selectors.pop(key, None)
        if old is not None:
            self._by_anchor[_anchor(key[0], old)].pop(key, None)
        selector = service["spec"].get("selector")
        gone = change.type == "DELETED" or terminating(service)
        if not gone and selector and service["spec"]["type"] != "ExternalName":
            self._selectors[key] = selector
            self._by_anchor.setdefault(_anchor(key[0], selector), {})[key] = None
        self.queue.add(key)

    def _pod(self, change: PodChange) -> None:
        pod, prev = change.obj, change.prev
        # Without an address it is behind no Service.
        if not self._selectors or not pod.ip:
            return
        if prev is not None and prev.labels is not pod.labels:
            self._touch(prev)
        self._touch(pod)

    def _touch(self, pod: PodObject) -> None:
        """The endpoints of every Service that selects a pod's labels are others now."""
        for key in self._selected.of(pod):
            self.queue.add(key)

    def _selecting(self, namespace: str, labels: dict[str, str]) -> tuple[Key, ...]:
        """The Services of a namespace that select some labels."""
        return tuple(
            key
            for name, value in labels.items()
            for key in self._by_anchor.get((namespace, name, value), ())
            if all(labels.get(k) == v for k, v in self._selectors[key].items())
        )

    def _endpoints(self, key: Key) -> list[slices.Member]:
        """What each pod of a Service contributes."""
        service = self._ctx.store.find(SERVICES, *key)
        if service is None or key not in self._selectors:
            return []
        publish = _publishes(service)
        return [
            slices.member(pod, self._ctx.store.find(NODES, "", pod.node), publish=publish)
            for pod in self._pods(key).values()
        ]

    def _pods(self, key: Key) -> dict[str, PodObject]:
        """The pods behind a Service by their uid, found by the labels of its selector."""
        return {
            pod.uid: pod
            for pod in self._ctx.pods.select(key[0], slices.selector_of(self._selectors[key]))
            if not pod.finished and pod.ip
        }

    def _sync(self, key: Key) -> None:
        if key in self._selectors:
            self._behind[key] = None
        else:
            self._drop(key)
        for follower in self.followers:
            follower(key)

    def _write(self) -> None:
        """Bring the objects of every Service that is behind up to date."""
        behind, self._behind = self._behind, {}
        # With names and uids of a source of their own: a reader changes nothing that is drawn next.
        ids, self._ctx.ids = self._ctx.ids, self._ids
        try:
            for key in behind:
                service = self._ctx.store.find(SERVICES, *key)
                if service is not None and key in self._selectors:
                    self._write_one(key, service)
        finally:
            self._ctx.ids = ids

    def _write_one(self, key: Key, service: Object) -> None:
        members = self._endpoints(key)
        try:
            self._write_endpoints(service, members)
            self._write_slices(service, members)
        except ApiError as refused:
            self._refusals.note(self.queue, key, service, refused)
        else:
            self._refusals.clear(key)

    def _drop(self, key: Key) -> None:
        """A Service that is gone takes its endpoints along; one without selector has its own."""
        self._behind.pop(key, None)
        gone = self._ctx.store.find(SERVICES, *key) is None
        if gone and self._ctx.store.find(ENDPOINTS, *key) is not None:
            self._ctx.store.remove(ENDPOINTS, key, by="controller:endpoint")

    def _write_endpoints(self, service: Object, members: list[slices.Member]) -> None:
        key = key_of(service)
        subsets = slices.subsets(service, members)
        found = self._ctx.store.find(ENDPOINTS, *key)
        if found is None:
            body = {"metadata": {"name": key[1], "labels": labels_of(service)}, "subsets": subsets}
            made = admission.created(self._ctx, ENDPOINTS, body, key[0])
            self._ctx.store.create(ENDPOINTS, made, by="controller:endpoint")
        elif found.get("subsets") != subsets:
            changed = {**found, "subsets": subsets}
            self._ctx.store.update(ENDPOINTS, changed, by="controller:endpoint")

    def _write_slices(self, service: Object, members: list[slices.Member]) -> None:
        """Change what differs: an endpoint stays in its slice, new ones go where there is room."""
        namespace = service["metadata"]["namespace"]
        present = self._ctx.owners.owned(service["metadata"]["uid"], ENDPOINT_SLICES)
        wanted = slices.distributed([s["endpoints"] for s in present], members)
        ports = slices.ports(service)
        for old, endpoints in zip(present, wanted, strict=False):
            if not endpoints and len(present) > 1:
                self._deleter.delete(ENDPOINT_SLICES, old, by=BY)
            else:
                self._rewrite(service, old, {"endpoints": endpoints, "ports": ports})
        since: str = service["metadata"]["creationTimestamp"]
        for endpoints in wanted[len(present) :] or ([] if present else [[]]):
            times = slices.triggers(self._pods(key_of(service)), [], endpoints)
            name = service["metadata"]["name"]
            body = {
                "addressType": "IPv4",
                "metadata": {
                    "generateName": f"{name}-",
                    "labels": {
                        **labels_of(service),
                        "endpointslice.kubernetes.io/managed-by": (
                            "endpointslice-controller.k8s.io"
                        ),
                        "kubernetes.io/service-name": name,
                    },
                    "ownerReferences": [owner_reference(service)],
                    "annotations": slices.notes([since, *times]),
                },
                "endpoints": endpoints,
                "ports": ports,
            }
            made = admission.created(self._ctx, ENDPOINT_SLICES, body, namespace)
            self._ctx.store.create(ENDPOINT_SLICES, made, by=BY)

    def _rewrite(self, service: Object, old: Object, parts: Object) -> None:
        """Another version of a slice, unless it says the same."""
        if all(old.get(name) == value for name, value in parts.items()):
            return
        pods = self._pods(key_of(service))
        times = slices.triggers(pods, old["endpoints"], parts["endpoints"])
        notes = slices.notes(times, annotations_of(old))
        generation = old["metadata"].get("generation", 1) + 1
        new = with_meta({**old, **parts}, generation=generation, annotations=notes)
        self._ctx.store.update(ENDPOINT_SLICES, new, by=BY)


def _anchor(namespace: str, selector: dict[str, str]) -> Anchor:
    """A label that every pod of the Service has."""
    name, value = min(selector.items())
    return namespace, name, value


def _publishes(service: Object) -> bool:
    return bool(service["spec"].get("publishNotReadyAddresses"))
