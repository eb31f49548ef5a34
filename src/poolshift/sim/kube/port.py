"""The Kubernetes port in process: the same verbs without HTTP."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from poolshift.core.errors import (
    ApiError,
    ConflictError,
    NotFoundError,
    ServerError,
    ThrottledError,
)
from poolshift.core.kube import Resource, Wire
from poolshift.core.ports import (
    WEBHOOK_WORDS,
    EvictionOutcome,
    EvictionResult,
    Listing,
    PatchKind,
    Table,
    WatchEvent,
)
from poolshift.sim.kube import metrics, tables
from poolshift.sim.kube.apply.managers import manager_of
from poolshift.sim.kube.objects import Object, key_of
from poolshift.sim.kube.resources import PODS, by_path, by_resource
from poolshift.sim.kube.selection import Selection
from poolshift.sim.trace import actor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from poolshift.sim.kube.api import Api
    from poolshift.sim.kube.kinds import Kind
    from poolshift.sim.kube.world import KubeWorld

T = TypeVar("T", bound=Wire)
# So many objects a page of our own client has.
_PAGE = 500
_SEVERAL = "more than one PodDisruptionBudget"


class SimKube:
    """`core.ports.KubeApi` over a world; no call waits, a watch gives what the log holds."""

    def __init__(self, world: KubeWorld, user_agent: str = "poolshift/0.1.0 run/ID") -> None:
        self._world = world
        self._by = actor(user_agent)
        self._manager = manager_of("", user_agent)

    @property
    def _api(self) -> Api:
        """The verbs, of a server that answers."""
        self._reach()
        return self._world.api

    def _reach(self) -> None:
        """Fail as over HTTP where the server is away: that of a stopped cluster is."""
        if not self._world.answers:
            raise ServerError(
                "the API server does not answer",
                status=503,
                message="the cluster is stopped",
                retry_after_s=1.0,
            )

    async def version(self) -> str:
        """The server's version without the v."""
        self._reach()
        return self._world.version

    async def list(
        self, resource: Resource[T], *, namespace: str = "", labels: str = "", fields: str = ""
    ) -> Listing[T]:
        """All objects, decoded once per version."""
        kind = self._served(resource)
        self._api.authorise("list", kind, namespace=namespace)
        page = self._api.list(kind, Selection(kind, namespace, labels, fields))
        items = tuple(self._decoded(resource, obj) for obj in page.items)
        return Listing(items, str(page.version))

    async def pages(self, resource: Resource[T]) -> AsyncIterator[tuple[T, ...]]:
        """All objects of all namespaces, in pages as large as a client asks for."""
        items = (await self.list(resource)).items
        for start in range(0, len(items), _PAGE):
            yield items[start : start + _PAGE]

    async def metrics(self) -> str:
        """What the API server counts of deprecated APIs; the rest of its metrics is not kept."""
        self._reach()
        return metrics.text(self._world.requested)

    def _served(self, resource: Resource[Any]) -> Kind:
        """The kind of a resource, refused as over HTTP where the cluster does not serve it."""
        kind = by_path(resource.group, resource.version, resource.plural)
        if kind is None or kind not in self._world.served:
            raise NotFoundError(
                f"GET {resource.path()} was refused with HTTP 404",
                status=404,
                message="the server could not find the requested resource",
            )
        return kind

    async def watch(
        self, resource: Resource[T], *, resource_version: str, namespace: str = ""
    ) -> AsyncIterator[WatchEvent[T]]:
        """Changes after that version, then a bookmark at the newest one; then it ends."""
        kind = by_resource(resource)
        self._api.authorise("watch", kind, namespace=namespace)
        selection = Selection(kind, namespace)
        events, position = self._api.changes(kind, selection, int(resource_version))
        for type_, obj in events:
            decoded = self._decoded(resource, obj)
            yield WatchEvent(type_, decoded, obj["metadata"]["resourceVersion"])
        yield WatchEvent("BOOKMARK", resource.type(), str(position))

    def _decoded(self, resource: Resource[T], obj: Object) -> T:
        """The object's struct; the store's own when that version is still the current one."""
        kind = by_resource(resource)
        known = kind.typed is resource.type and self._world.store.find(kind, *key_of(obj)) is obj
        if known:
            found: T = self._world.store.typed(kind, key_of(obj))
            return found
        return msgspec.convert(obj, resource.type)

    async def get(self, resource: Resource[T], name: str, namespace: str = "") -> T:
        """One object, decoded."""
        kind = by_resource(resource)
        self._api.authorise("get", kind, namespace=namespace, name=name)
        return self._decoded(resource, self._api.get(kind, namespace, name))

    async def read(self, resource: Resource[Any], name: str, namespace: str = "") -> dict[str, Any]:
        """One object, as it stands; the caller's own copy."""
        kind = by_resource(resource)
        self._api.authorise("get", kind, namespace=namespace, name=name)
        return copy.deepcopy(self._api.get(kind, namespace, name))

    async def create(
        self,
        resource: Resource[Any],
        body: Mapping[str, Any],
        namespace: str = "",
        *,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Create; ConflictError when the name is taken."""
        kind = by_resource(resource)
        self._api.authorise("create", kind, namespace=namespace)
        plain = copy.deepcopy(dict(body))
        created = self._api.create(
            kind, namespace, plain, by=self._by, dry_run=dry_run, manager=self._manager
        )
        return copy.deepcopy(created)

    async def patch(
        self,
        resource: Resource[Any],
        name: str,
        body: Any,
        namespace: str = "",
        *,
        kind: PatchKind = PatchKind.MERGE,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Patch; a metadata.resourceVersion in the body is a precondition."""
        found = by_resource(resource)
        self._api.authorise("patch", found, namespace=namespace, name=name)
        patched = self._api.patch(
            found,
            (namespace, name),
            copy.deepcopy(body),
            kind,
            by=self._by,
            dry_run=dry_run,
            manager=self._manager,
        )
        return copy.deepcopy(patched)

    async def delete(
        self,
        resource: Resource[Any],
        name: str,
        namespace: str = "",
        *,
        uid: str = "",
        dry_run: bool = False,
    ) -> None:
        """Delete in the background; `uid` is a precondition."""
        kind = by_resource(resource)
        self._api.authorise("delete", kind, namespace=namespace, name=name)
        options: Object = {"propagationPolicy": "Background"}
        if uid:
            options["preconditions"] = {"uid": uid}
        self._api.delete(kind, (namespace, name), options, by=self._by, dry_run=dry_run)

    async def evict(
        self, namespace: str, name: str, *, uid: str, dry_run: bool = False
    ) -> EvictionResult:
        """Ask the Eviction API; its answers are results, a missing right is an error."""
        self._api.authorise("create", PODS, namespace=namespace, name=name, sub="eviction")
        try:
            self._world.evict(namespace, name, uid=uid, by=self._by, dry_run=dry_run)
        except ApiError as error:
            return _outcome(error)
        return EvictionResult(EvictionOutcome.EVICTED)

    async def table(self, resource: Resource[Any], namespace: str = "") -> Table:
        """The server's table for a kind."""
        kind = by_resource(resource)
        self._api.authorise("list", kind, namespace=namespace)
        page = self._api.list(kind, Selection(kind, namespace))
        shape = tables.layout(kind)
        now = self._world.clock.moment()
        return Table(
            columns=tuple((c.name, c.priority) for c in shape.columns),
            rows=tuple(tuple(shape.cells(obj, now)) for obj in page.items),
            names=tuple(obj["metadata"]["name"] for obj in page.items),
        )

    async def allowed(
        self, verb: str, resource: Resource[Any], namespace: str = "", subresource: str = ""
    ) -> bool:
        """What a SelfSubjectAccessReview answers."""
        return self._api.may(verb, resource.plural, subresource)


def _outcome(error: ApiError) -> EvictionResult:
    """What an error of the Eviction API means to who asked; others are raised again."""
    details = error.details if isinstance(error.details, dict) else {}
    said = next((str(c["message"]) for c in details.get("causes") or ()), error.message)
    if isinstance(error, NotFoundError | ConflictError):
        return EvictionResult(EvictionOutcome.GONE, said)
    if isinstance(error, ThrottledError):
        unobserved = error.retry_after_s is not None
        outcome = EvictionOutcome.UNOBSERVED if unobserved else EvictionOutcome.BLOCKED
        return EvictionResult(outcome, said, error.retry_after_s)
    if isinstance(error, ServerError) and _SEVERAL in error.message:
        return EvictionResult(EvictionOutcome.SEVERAL_BUDGETS, said)
    if any(words in error.message for words in WEBHOOK_WORDS):
        return EvictionResult(EvictionOutcome.DENIED, said)
    raise error
