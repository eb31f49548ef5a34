"""Watches: one JSON object a line, for as long as the client and the time-out allow."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.errors import ApiError, ExpiredError
from poolshift.sim.kube import errors, tables
from poolshift.sim.kube.resources import PODS
from poolshift.sim.kube.versions import conversion

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from poolshift.sim.kube.http import Gate
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.paths import Target
    from poolshift.sim.kube.queries import Query
    from poolshift.sim.kube.resources import Kind
    from poolshift.sim.kube.selection import Selection
    from poolshift.sim.kube.world import KubeWorld

# Time-outs and bookmarks go by the wall clock, as they concern the connection alone.
_DEFAULT_TIMEOUT_S = 1800
_BOOKMARK_EVERY_S = 60.0
_STEP_S = 1.0
# Digits of the largest version that there can be.
_LONGEST_VERSION = 19


def events(world: KubeWorld, gate: Gate, target: Target, query: Query) -> AsyncIterator[bytes]:
    """The lines of a watch; what is wrong with the request is raised before the first one."""
    world.api.authorise("watch", target.kind, namespace=target.namespace, name=target.name)
    if query.params.get("sendInitialEvents"):
        raise _no_initial_events()
    return _Watch(world, gate, target, query).lines()


def _no_initial_events() -> ApiError:
    problem = (
        "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
    )
    cause = {
        "reason": "FieldValueForbidden",
        "message": f"Forbidden: {problem}",
        "field": "sendInitialEvents",
    }
    details = {"group": "meta.k8s.io", "kind": "ListOptions", "causes": [cause]}
    message = f'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: {problem}'
    return errors.failure(422, "Invalid", message, details)


class _Watch:
    """One open watch."""

    def __init__(self, world: KubeWorld, gate: Gate, target: Target, query: Query) -> None:
        self._world = world
        self._gate = gate
        self._target = target
        self._query = query
        self._selection: Selection = query.selection(target)
        self._headed = True
        version = query.params.get("resourceVersion", "") or "0"
        if not (version.isascii() and version.isdigit()) or len(version) > _LONGEST_VERSION:
            raise errors.bad_request(f'Invalid value: "{version}"')
        self._after = int(version)
        self._timeout_s = query.number("timeoutSeconds") or _DEFAULT_TIMEOUT_S

    async def lines(self) -> AsyncIterator[bytes]:
        """Encoded events until the time-out or an expired position."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._timeout_s
        bookmark_at = loop.time() + _BOOKMARK_EVERY_S
        if self._after == 0:
            for line in self._initial():
                yield line
        while True:
            try:
                changes, self._after = self._world.api.changes(
                    self._target.kind, self._selection, self._after
                )
            except ExpiredError as error:
                yield _line("ERROR", errors.body_of(error))
                return
            for type_, obj in changes:
                yield self._event(type_, obj)
            if loop.time() >= end:
                return
            if loop.time() >= bookmark_at and self._query.params.get("allowWatchBookmarks"):
                bookmark_at = loop.time() + _BOOKMARK_EVERY_S
                yield self._bookmark()
            await self._gate.wait_change(min(end - loop.time(), _STEP_S))

    def _initial(self) -> list[bytes]:
        """A watch without a position starts with what is there."""
        page = self._world.api.list(self._target.kind, self._selection)
        self._after = page.version
        return [self._event("ADDED", obj) for obj in page.items]

    def _event(self, type_: str, obj: Object) -> bytes:
        if self._query.shows("Table"):
            metadata = {"resourceVersion": obj["metadata"]["resourceVersion"]}
            shown = tables.table(
                self._target.kind,
                [obj],
                metadata,
                self._world.clock.moment(),
                include=self._query.params.get("includeObject", "Metadata"),
                headed=self._headed,
            )
            self._headed = False
            return _line(type_, shown)
        if self._query.shows("PartialObjectMetadata"):
            return _line(type_, tables.partial(obj))
        return _line(type_, conversion.seen(self._target.kind, obj))

    def _bookmark(self) -> bytes:
        kind = self._target.kind
        return _line(
            "BOOKMARK",
            {
                "kind": kind.kind,
                "apiVersion": kind.api_version,
                "metadata": {"resourceVersion": str(self._after)},
                **_empty(kind),
            },
        )


def _empty(kind: Kind) -> Object:
    """What a bookmark's object shows of a spec and a status: Go's empty values."""
    if kind is PODS:
        return {"spec": {"containers": None}, "status": {}}
    return {"spec": {}, "status": {}} if kind.subs else {}


def _line(type_: str, obj: Object) -> bytes:
    return msgspec.json.encode({"type": type_, "object": obj}) + b"\n"
