"""Watches: one JSON object a line, for as long as the client and the time-out allow."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from poolshift.core.errors import ApiError, ExpiredError
from poolshift.sim.kube import errors
from poolshift.sim.kube.resources import PODS
from poolshift.sim.kube.watchlines import Form, line, lines_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from poolshift.sim.kube.api import Seen
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
# Events that a watch tells before the others have their turn.
_TURN = 50


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
        self._form = Form.of(query)
        self._lines = lines_of(world)
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
            for text in self._told(self._initial()):
                yield text
                await asyncio.sleep(0)
        while True:
            try:
                changes, self._after = self._world.api.changes(
                    self._target.kind, self._selection, self._after
                )
            except ExpiredError as error:
                yield line("ERROR", errors.body_of(error))
                return
            for text in self._told(changes):
                yield text
                await asyncio.sleep(0)
            if loop.time() >= end:
                return
            if loop.time() >= bookmark_at and self._query.params.get("allowWatchBookmarks"):
                bookmark_at = loop.time() + _BOOKMARK_EVERY_S
                yield self._bookmark()
            await self._gate.wait_change(min(end - loop.time(), _STEP_S))

    def _initial(self) -> Seen:
        """A watch without a position starts with what is there."""
        page = self._world.api.list(self._target.kind, self._selection)
        self._after = page.version
        return [("ADDED", obj) for obj in page.items]

    def _told(self, events: Seen) -> Iterator[bytes]:
        """The lines of events, some at a time."""
        for at in range(0, len(events), _TURN):
            some = events[at : at + _TURN]
            yield b"".join([self._event(seen) for seen in some])

    def _event(self, seen: tuple[str, Object]) -> bytes:
        headed, self._headed = self._headed, False
        kind = self._target.kind
        return self._lines.line(self._world, kind, seen, self._form, headed=headed)

    def _bookmark(self) -> bytes:
        kind = self._target.kind
        return line(
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
