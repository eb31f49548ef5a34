"""A registry in memory for tests: contents with true digests, a log, a virtual clock."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from poolshift.adapters.registry import DiskCache, Limits, RegistryHttp
from poolshift.core.image import INDEX_TYPES, MANIFEST_TYPES, ImageFacts

HOST = "r.io"
START = datetime(2026, 1, 1, tzinfo=UTC)
OCI_INDEX, DOCKER_INDEX = INDEX_TYPES
OCI_MANIFEST, DOCKER_MANIFEST = MANIFEST_TYPES
CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"
FOREIGN_TYPE = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
BUILD = "10.0.20348.825"

Handler = (
    Callable[[httpx.Request], httpx.Response]
    | Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]
)


class VirtualWall:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.moment = START
        self.slept_s = 0.0

    async def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.slept_s += seconds
        await asyncio.sleep(0)


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer_digest(name: str) -> str:
    return digest_of(name.encode())


class Shop:
    """Contents of a registry; `log` holds what was asked of it, `METHOD path`."""

    def __init__(self) -> None:
        self.tags: dict[str, str] = {}
        self.contents: dict[str, tuple[str, bytes]] = {}
        self.log: list[str] = []
        self.requests: list[httpx.Request] = []

    def put(self, body: Any, media_type: str, tag: str = "") -> dict[str, Any]:
        """Store JSON; its descriptor."""
        data = json.dumps(body).encode()
        digest = digest_of(data)
        self.contents[digest] = (media_type, data)
        if tag:
            self.tags[tag] = digest
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    def manifest(
        self,
        config: Mapping[str, Any],
        *,
        layers: Mapping[str, int] | None = None,
        tag: str = "",
        media_type: str = DOCKER_MANIFEST,
        layer_type: str = LAYER_TYPE,
        annotations: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """An image of one platform; its descriptor."""
        sizes = layers if layers is not None else {"base": 10, "app": 5}
        body: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": media_type,
            "config": self.put(dict(config), CONFIG_TYPE),
            "layers": [
                {"mediaType": layer_type, "digest": layer_digest(n), "size": s}
                for n, s in sizes.items()
            ],
        }
        if annotations:
            body["annotations"] = dict(annotations)
        return self.put(body, media_type, tag)

    def index(
        self, *entries: dict[str, Any], tag: str = "", kind: str = OCI_INDEX
    ) -> dict[str, Any]:
        """An index; its descriptor."""
        body = {"schemaVersion": 2, "mediaType": kind, "manifests": list(entries)}
        return self.put(body, kind, tag)

    def windows(self, build: str = BUILD, *, listed: bool = True, **more: Any) -> dict[str, Any]:
        """A Windows image as an entry of an index."""
        config = {"os": "windows", "architecture": "amd64", "os.version": build}
        platform = {"os": "windows", "architecture": "amd64"}
        if listed:
            platform["os.version"] = build
        return {**self.manifest(config, **more), "platform": platform}

    def linux(self) -> dict[str, Any]:
        """A Linux image as an entry of an index."""
        described = {"os": "linux", "architecture": "arm64"}
        return {**self.manifest(described, layers={"linux": 9}), "platform": described}

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request."""
        self.requests.append(request)
        self.log.append(f"{request.method} {request.url.path}")
        last = request.url.path.rpartition("/")[2]
        digest = self.tags.get(last, last)
        if digest not in self.contents:
            errors = [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]
            return httpx.Response(404, json={"errors": errors})
        media_type, data = self.contents[digest]
        headers = {"Content-Type": media_type, "Docker-Content-Digest": digest}
        body = b"" if request.method == "HEAD" else data
        return httpx.Response(200, content=body, headers=headers)


def registry(
    handler: Handler,
    *,
    wall: VirtualWall | None = None,
    cache: DiskCache | None = None,
    limits: Limits | None = None,
    **more: Any,
) -> RegistryHttp:
    """A registry port whose requests a function answers."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    return RegistryHttp(client, wall or VirtualWall(), cache=cache, limits=limits, **more)


def image_by(handler: Handler, ref: str, **more: Any) -> ImageFacts:
    """One image, read anew."""
    return asyncio.run(registry(handler, **more).image(ref))
