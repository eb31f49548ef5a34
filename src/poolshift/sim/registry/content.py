"""What the registry serves for an image: index, manifests, config blobs."""

from __future__ import annotations

from typing import Any

import msgspec

from poolshift.sim.images import ImageStore, SimImage, SimPlatform, digest_of, platform_digest

INDEX_TYPE = "application/vnd.docker.distribution.manifest.list.v2+json"
MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"


class Content(msgspec.Struct, frozen=True):
    """A manifest or blob with its digest."""

    digest: str
    media_type: str
    data: bytes


def root_digest(image: SimImage) -> str:
    """The digest that the tag itself stands for: of the index, or of the one manifest."""
    return platform_digest(image, 0) if image.single else digest_of(f"{image.ref}#index")


def tagged(image: SimImage) -> Content:
    """What a tag gives."""
    if image.single:
        return _manifest(image, 0)
    entries = [_entry(image, n) for n in range(len(image.platforms))]
    body = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": entries}
    return Content(root_digest(image), INDEX_TYPE, msgspec.json.encode(body))


def by_digest(images: ImageStore, digest: str) -> Content | None:
    """A manifest, index or config blob by digest; layers have no content here."""
    for image in images.all():
        if digest == root_digest(image):
            return tagged(image)
        for n in range(len(image.platforms)):
            if digest == platform_digest(image, n):
                return _manifest(image, n)
            config = _config(image, n)
            if digest == config.digest:
                return config
    return None


def _entry(image: SimImage, n: int) -> dict[str, Any]:
    platform = image.platforms[n]
    manifest = _manifest(image, n)
    described = {"architecture": platform.architecture, "os": platform.os}
    if platform.os_version and platform.in_index:
        described["os.version"] = platform.os_version
    return {
        "mediaType": MANIFEST_TYPE,
        "size": len(manifest.data),
        "digest": manifest.digest,
        "platform": described,
    }


def _manifest(image: SimImage, n: int) -> Content:
    config = _config(image, n)
    body = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": CONFIG_TYPE, "size": len(config.data), "digest": config.digest},
        "layers": [
            {"mediaType": LAYER_TYPE, "size": layer.size_bytes, "digest": layer.digest}
            for layer in image.platforms[n].layers
        ],
    }
    return Content(platform_digest(image, n), MANIFEST_TYPE, msgspec.json.encode(body))


def _config(image: SimImage, n: int) -> Content:
    platform: SimPlatform = image.platforms[n]
    body: dict[str, Any] = {"architecture": platform.architecture, "os": platform.os}
    if platform.os_version:
        body["os.version"] = platform.os_version
    body["rootfs"] = {"type": "layers", "diff_ids": [layer.digest for layer in platform.layers]}
    return Content(digest_of(f"{image.ref}#{n}#config"), CONFIG_TYPE, msgspec.json.encode(body))
