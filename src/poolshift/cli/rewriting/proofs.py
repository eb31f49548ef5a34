"""What registries say of the references that a rewrite asks about."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from poolshift.adapters.connect import open_registry, open_sim
from poolshift.cli.output import say
from poolshift.core.errors import ApiError, NotFoundError, PoolshiftError
from poolshift.rewrite import UnreadImageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from poolshift.core.image import ImageFacts
    from poolshift.core.ports import Registry


class Proofs:
    """Answers of registries by reference.

    A rewrite asks while it runs and cannot wait: what is not known yet is noted, looked up
    afterwards with all the others, and the file is rewritten again.
    """

    def __init__(self) -> None:
        self._known: dict[str, ImageFacts | None] = {}
        self._unread: dict[str, str] = {}
        self.wanted: dict[str, None] = {}

    def resolve(self, ref: str) -> ImageFacts | None:
        """What is known of a reference; None when the registry doesn't have it, or not yet asked.

        Raises:
            UnreadImageError: the registry could not be asked.
        """
        if ref in self._unread:
            raise UnreadImageError(self._unread[ref])
        if ref not in self._known:
            self.wanted[ref] = None
            return None
        return self._known[ref]

    def look_up(self) -> None:
        """Ask the registries for all that is wanted."""
        refs = tuple(self.wanted)
        self.wanted = {}
        asyncio.run(self._ask(refs))

    async def _ask(self, refs: tuple[str, ...]) -> None:
        async with _registry() as registry:
            await asyncio.gather(*(self._one(registry, ref) for ref in refs))

    async def _one(self, registry: Registry, ref: str) -> None:
        try:
            self._known[ref] = await registry.image(ref)
        except NotFoundError:
            self._known[ref] = None
        except (ApiError, PoolshiftError) as error:
            self._unread[ref] = error.what
            say(f"{ref}: not looked up: {error.what}")


@asynccontextmanager
async def _registry() -> AsyncIterator[Registry]:
    """The registries as this machine reaches them; those of a running local AKS go by its own."""
    directory = os.environ.get("POOLSHIFT_SIM")
    if directory:
        say(f"using the registry of the local AKS of POOLSHIFT_SIM={directory}")
        connection = await open_sim(Path(directory))
        try:
            yield connection.registry
        finally:
            await connection.aclose()
        return
    async with open_registry() as registry:
        yield registry
        if registry.cache_trouble:
            say(f"{registry.cache_trouble}; images are read without it")
