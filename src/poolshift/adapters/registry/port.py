"""The registry port over HTTP: which platforms an image has, and for which Windows build.

What is read of one reference, and when:

| what | read |
|---|---|
| manifest or index of the tag | always, once; by digest it may come from the cache |
| manifest of a platform in an index | for Windows, where size and layers tell how long a pull \
takes and which base it is; for Linux only where `manifests_of` says so, or its OS is not told |
| config blob | where nothing else tells the OS, or the build of a Windows platform |

So a plain manifest costs two reads and an index of two Windows builds three, all but the first by
digest and so only once for ever. Docker Hub counts reads of manifests: there a tag's digest is
asked by HEAD first, and the index is read only where the cache does not hold it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from poolshift.adapters.registry import facts
from poolshift.adapters.registry.cache import DiskCache, verifies
from poolshift.adapters.registry.facts import Config, Descriptor, Document, garbage
from poolshift.adapters.registry.limits import Hosts, Limits
from poolshift.adapters.registry.reading import Reader, other_bytes, told_digest
from poolshift.adapters.registry.reference import (
    DOCKER_HUB,
    Reference,
    is_digest,
    parse_reference,
)
from poolshift.core.errors import ApiError, NotFoundError
from poolshift.core.image import INDEX_TYPES, ImageFacts, Platform

if TYPE_CHECKING:
    import httpx

    from poolshift.adapters.credentials import TokenSource
    from poolshift.core.clock import Clock

# An index may list further ones; nobody builds deeper, and a circle must end.
_MOST_NESTED = 2
# Entries that are read one by one; the largest index of a known image lists fifteen.
_MOST_PLATFORMS = 64


class _Read(msgspec.Struct, frozen=True):
    """A manifest or an index, verified and decoded."""

    digest: str
    media_type: str
    document: Document


class RegistryHttp:
    """Registry over HTTP.

    Args:
        client: the HTTP client.
        clock: what waits and the lives of tokens go by.
        azure: Azure tokens, for registries of Azure.
        arm_endpoint: the audience of those tokens.
        mirror: base URL that answers for every registry when it is told the host by `ns`.
        cache: content by digest on disk; None keeps nothing.
        limits: bounds for each host.
        manifests_of: the OSes whose manifests are read from an index, for size and layers.
        plain_http: registries that are spoken to without TLS, with their ports.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        clock: Clock,
        *,
        azure: TokenSource | None = None,
        arm_endpoint: str = "",
        mirror: str | None = None,
        cache: DiskCache | None = None,
        limits: Limits | None = None,
        manifests_of: frozenset[str] = frozenset({"windows"}),
        plain_http: frozenset[str] = frozenset(),
    ) -> None:
        self._reader = Reader(
            client,
            clock,
            Hosts(clock, limits or Limits()),
            azure=azure,
            arm_endpoint=arm_endpoint,
            mirror=mirror,
            plain_http=plain_http,
        )
        self._cache = cache
        self._manifests_of = manifests_of
        self._spares_manifests = mirror is None and cache is not None

    @property
    def cache_trouble(self) -> str:
        """Why the cache cannot be used; empty while it can, or where there is none."""
        return self._cache.trouble if self._cache is not None else ""

    async def image(self, ref: str) -> ImageFacts:
        """Platforms of a reference; NotFoundError when the tag does not exist."""
        where = parse_reference(ref)
        root = await self._root(where)
        if root.document.is_schema_1:
            told = (root.document, root.digest, root.media_type, ref)
            alone = facts.schema_1_platform(*told)
            # Without an OS nothing is known of where it runs, yet that it is of schema 1.
            platforms: tuple[Platform, ...] = (alone,) if alone.os else ()
        elif root.document.is_index:
            platforms = await self._listed(where, root)
        else:
            platforms = (await self._platform(where, root, None),)
        return ImageFacts(
            ref=ref, digest=root.digest, platforms=platforms, media_type=root.media_type
        )

    async def _root(self, where: Reference) -> _Read:
        """What a reference names."""
        if self._spares_manifests and where.host in DOCKER_HUB and not where.pinned:
            digest = await self._reader.digest_of_tag(where)
            held = self._held(digest) if digest else None
            if held is not None:
                return held
        return await self._read(where)

    async def _listed(self, where: Reference, root: _Read) -> tuple[Platform, ...]:
        """The platforms of an index, in its order, which decides where nodes cannot."""
        entries = await self._entries(where, root, _MOST_NESTED)
        if not entries:
            raise garbage(where.name, "its index lists no platform")
        if len(entries) > _MOST_PLATFORMS:
            raise garbage(where.name, f"its index lists more than {_MOST_PLATFORMS} platforms")
        return tuple(await asyncio.gather(*(self._entry(where, entry) for entry in entries)))

    async def _entries(self, where: Reference, index: _Read, deeper: int) -> list[Descriptor]:
        found: list[Descriptor] = []
        for entry in index.document.manifests or ():
            if not facts.is_platform(entry):
                continue
            if entry.media_type not in INDEX_TYPES:
                found.append(entry)
                continue
            if not deeper:
                raise garbage(where.name, "its index lists an index again and again")
            nested = await self._child(where, entry)
            found += await self._entries(where, nested, deeper - 1)
            if len(found) > _MOST_PLATFORMS:
                break
        return found

    async def _entry(self, where: Reference, entry: Descriptor) -> Platform:
        told = entry.platform
        if told is not None and facts.is_told(told) and told.os not in self._manifests_of:
            return facts.platform_of(entry, entry.digest, entry.media_type, None, Config())
        return await self._platform(where, await self._child(where, entry), entry)

    async def _child(self, where: Reference, entry: Descriptor) -> _Read:
        """What an index lists; a registry that does not hold it holds half an image."""
        try:
            return await self._read(msgspec.structs.replace(where, target=entry.digest))
        except NotFoundError as error:
            raise ApiError(
                f"{where.host}/{where.name} is not complete",
                why=f"its index lists {entry.digest}, which {where.host} does not hold",
                fix="Push or copy the image again with all its platforms",
            ) from error

    async def _platform(self, where: Reference, read: _Read, entry: Descriptor | None) -> Platform:
        """One platform by its manifest; its config is read for what else is not told."""
        manifest = read.document
        if manifest.is_index or manifest.is_schema_1:
            raise garbage(where.name, "its index says manifest and lists something else")
        told = entry.platform if entry else None
        config = Config()
        if told is None or not facts.is_told(told):
            config = await self._config(where, manifest)
        found = facts.platform_of(entry, read.digest, read.media_type, manifest, config)
        if not found.os:
            raise garbage(where.name, "it states no operating system: it is no container image")
        return found

    async def _config(self, where: Reference, manifest: Document) -> Config:
        if manifest.config is None:
            return Config()
        digest = manifest.config.digest
        held = self._cache.config(digest) if self._cache is not None else None
        if held is None:
            data = await self._reader.config(where, digest)
            held = facts.read_config(data, f"{where.name}@{digest}")
            if self._cache is not None:
                self._cache.keep_config(digest, held)
        return held

    def _held(self, digest: str) -> _Read | None:
        """What the cache holds for a digest."""
        data = self._cache.manifest(digest) if self._cache is not None else None
        if data is None:
            return None
        document = facts.read_document(data, digest, "")
        return _Read(digest, facts.media_type_of(document, ""), document)

    async def _read(self, where: Reference) -> _Read:
        """A manifest or an index, verified by the digest that was asked for or is stated."""
        held = self._held(where.target) if where.pinned else None
        if held is not None:
            return held
        answer = await self._reader.manifest(where)
        kind = answer.headers.get("content-type", "")
        document = facts.read_document(answer.body, f"{where.name}:{where.target}", kind)
        signed = facts.signed_part(document, answer.body)
        stated = where.target if where.pinned else told_digest(answer)
        if stated and not verifies(stated, signed):
            raise other_bytes(where, stated)
        digest = stated or facts.digest_of(signed)
        if self._cache is not None and not document.is_schema_1 and is_digest(digest):
            self._cache.keep_manifest(digest, answer.body)
        return _Read(digest, facts.media_type_of(document, kind), document)
