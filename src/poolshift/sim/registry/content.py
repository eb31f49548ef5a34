"""What the registry serves for an image: index, manifests, config blobs.

Every digest is that of the bytes that are served for it, as clients verify.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.core.image import ImageLayer, Platform

if TYPE_CHECKING:
    from poolshift.sim.images import ImageStore, SimImage, SimPlatform

INDEX_TYPE = "application/vnd.docker.distribution.manifest.list.v2+json"
MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"
# The largest scenarios have some hundred images.
_BUILT_AT_MOST = 4096


class Content(msgspec.Struct, frozen=True):
    """A manifest or blob with its digest."""

    digest: str
    media_type: str
    data: bytes


class Served(msgspec.Struct, frozen=True):
    """All that is served for an image: what its tag gives, and manifest and config by platform."""

    root: Content
    manifests: tuple[Content, ...]
    configs: tuple[Content, ...]


class Shelf:
    """Manifests, indexes and config blobs by digest; layers have no content here."""

    def __init__(self, images: ImageStore) -> None:
        self._images = images
        self._by_digest: dict[str, Content] = {}
        self._pushes = -1

    def find(self, digest: str) -> Content | None:
        """The content of a digest; what was overwritten by a later push is gone."""
        if self._pushes != self._images.pushes:
            self._pushes = self._images.pushes
            built = [served(image) for image in self._images.all()]
            contents = [c for s in built for c in (s.root, *s.manifests, *s.configs)]
            self._by_digest = {content.digest: content for content in contents}
        return self._by_digest.get(digest)


@lru_cache(maxsize=_BUILT_AT_MOST)
def served(image: SimImage) -> Served:
    """What is served for an image."""
    configs = tuple(_config(platform) for platform in image.platforms)
    pairs = list(zip(image.platforms, configs, strict=True))
    manifests = tuple(_manifest(platform, config) for platform, config in pairs)
    if image.single:
        return Served(manifests[0], manifests, configs)
    listed = zip(image.platforms, manifests, strict=True)
    entries = [_entry(platform, manifest) for platform, manifest in listed]
    body = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": entries}
    return Served(_content(INDEX_TYPE, body), manifests, configs)


def as_platforms(image: SimImage) -> tuple[Platform, ...]:
    """What a client finds out that reads indexes, Windows manifests and config blobs."""
    manifests = served(image).manifests
    return tuple(_platform(image, n, manifests[n].digest) for n in range(len(manifests)))


def _platform(image: SimImage, n: int, digest: str) -> Platform:
    told = image.platforms[n]
    # Of an index only the manifests of Windows are worth a read.
    layers = told.layers if image.single or told.os == "windows" else ()
    return Platform(
        os=told.os,
        architecture=told.architecture,
        os_version=told.os_version,
        digest=digest,
        size_bytes=sum(layer.size_bytes for layer in layers),
        hidden=told.os == "windows" and not image.single and not _in_index(told),
        media_type=MANIFEST_TYPE,
        layers=tuple(ImageLayer(layer.digest, layer.size_bytes) for layer in layers),
    )


def _in_index(platform: SimPlatform) -> bool:
    return bool(platform.os_version) and platform.in_index


def _content(media_type: str, body: dict[str, Any]) -> Content:
    data = msgspec.json.encode(body)
    return Content("sha256:" + hashlib.sha256(data).hexdigest(), media_type, data)


def _entry(platform: SimPlatform, manifest: Content) -> dict[str, Any]:
    described = {"architecture": platform.architecture, "os": platform.os}
    if _in_index(platform):
        described["os.version"] = platform.os_version
    return {
        "mediaType": MANIFEST_TYPE,
        "size": len(manifest.data),
        "digest": manifest.digest,
        "platform": described,
    }


def _manifest(platform: SimPlatform, config: Content) -> Content:
    body = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": CONFIG_TYPE, "size": len(config.data), "digest": config.digest},
        "layers": [
            {"mediaType": LAYER_TYPE, "size": layer.size_bytes, "digest": layer.digest}
            for layer in platform.layers
        ],
    }
    return _content(MANIFEST_TYPE, body)


def _config(platform: SimPlatform) -> Content:
    body: dict[str, Any] = {"architecture": platform.architecture, "os": platform.os}
    if platform.os_version:
        body["os.version"] = platform.os_version
    body["rootfs"] = {"type": "layers", "diff_ids": [layer.digest for layer in platform.layers]}
    return _content(CONFIG_TYPE, body)
