"""Reads that may fail: what could not be read is recorded with its reason."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

from poolshift.core.errors import ApiError, ExpiredError, NotFoundError, ThrottledError
from poolshift.core.kube import Wire
from poolshift.core.snapshot import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from poolshift.core.kube import Resource
    from poolshift.core.ports import KubeApi

LISTS_AT_ONCE = 4
"""Lists under way at a time: more would only wait for one another, and each holds a page."""

ARM, KUBERNETES = "ARM", "Kubernetes"

T = TypeVar("T")
W = TypeVar("W", bound=Wire)


class Reader:
    """Collects what could not be read."""

    def __init__(self) -> None:
        self._unknown: dict[str, str] = {}
        self._closed: dict[str, str] = {}
        self._gate = asyncio.Semaphore(LISTS_AT_ONCE)

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """What could not be read, by name."""
        return tuple(Unknown(what, self._unknown[what]) for what in sorted(self._unknown))

    def note(self, what: str, reason: str) -> None:
        """Record what could not be read; of several reasons the first stays."""
        self._unknown.setdefault(what, reason)

    async def optional(
        self, what: str, call: Coroutine[Any, Any, T], otherwise: T, *, of: str = ""
    ) -> T:
        """What a call gives, or `otherwise` when it is refused.

        `of` is the service that it goes to: one that still throttles after all repeats is not
        asked for more, as each further call would wait as long again. Of Kubernetes only so many
        lists are under way at a time.
        """
        async with self._gate if of == KUBERNETES else nullcontext():
            if of in self._closed:
                call.close()
                self.note(what, self._closed[of])
                return otherwise
            try:
                return await call
            except ApiError as error:
                reason = error.message or error.why or error.what
                if of and isinstance(error, ThrottledError):
                    self._closed[of] = f"{of} throttles: {reason}"
                self.note(what, reason)
                return otherwise

    async def items(self, kube: KubeApi, resource: Resource[W]) -> tuple[W, ...]:
        """All objects of a kind that every cluster has."""

        async def read() -> tuple[W, ...]:
            return (await kube.list(resource)).items

        return await self.optional(resource.plural, read(), (), of=KUBERNETES)

    async def custom(self, kube: KubeApi, resource: Resource[W]) -> tuple[W, ...]:
        """All objects of a kind that is there only where its add-on is."""

        async def read() -> tuple[W, ...]:
            try:
                return (await kube.list(resource)).items
            except NotFoundError:
                return ()

        what = f"{resource.plural}.{resource.group}"
        return await self.optional(what, read(), (), of=KUBERNETES)

    async def reduced(
        self, kube: KubeApi, resource: Resource[W], keep: Callable[[W], T]
    ) -> tuple[T, ...]:
        """What `keep` makes of every object of a kind, page by page; no page outlives its turn.

        A list that expires on the way is begun anew once.
        """

        async def read() -> tuple[T, ...]:
            kept: list[T] = []
            async for page in kube.pages(resource):
                kept += map(keep, page)
            return tuple(kept)

        async def patient() -> tuple[T, ...]:
            try:
                return await read()
            except ExpiredError:
                return await read()

        return await self.optional(resource.plural, patient(), (), of=KUBERNETES)
