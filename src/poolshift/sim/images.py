"""The images that exist in the world: what the registry serves and the kubelets pull."""

from __future__ import annotations

import hashlib

import msgspec


class Layer(msgspec.Struct, frozen=True):
    """A layer; `base` names the Windows base it belongs to (shared and cached on node images)."""

    digest: str
    size_bytes: int
    base: str = ""


class SimPlatform(msgspec.Struct, frozen=True):
    """One platform of an image with its layers.

    `os_version` stands in the config blob; `in_index` says whether the index entry carries it
    too (some build tools lose it). `strict_revision` says that its containers fail on a host of
    an older revision of the same build.
    """

    os: str
    architecture: str = "amd64"
    os_version: str = ""
    in_index: bool = True
    strict_revision: bool = False
    layers: tuple[Layer, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Compressed size."""
        return sum(layer.size_bytes for layer in self.layers)


class SimImage(msgspec.Struct, frozen=True):
    """An image reference; `single` is a plain manifest instead of an index."""

    ref: str
    platforms: tuple[SimPlatform, ...]
    single: bool = False


def digest_of(text: str) -> str:
    """A stable digest for made-up content."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def normalise(ref: str) -> str:
    """The reference with its defaults written out: `nginx` → `docker.io/library/nginx:latest`."""
    name, at, digest = ref.partition("@")
    head, slash, _ = name.partition("/")
    if not slash or not ("." in head or ":" in head or head == "localhost"):
        name = f"docker.io/{name}" if slash else f"docker.io/library/{name}"
    if not at and ":" not in name.rsplit("/", 1)[-1]:
        name += ":latest"
    return f"{name}@{digest}" if at else name


class ImageStore:
    """Images by normalised reference; `pushes` counts what came or changed later."""

    def __init__(self, images: tuple[SimImage, ...] = ()) -> None:
        self._by_ref = {normalise(image.ref): image for image in images}
        self.pushes = 0

    def add(self, image: SimImage) -> None:
        """Push an image."""
        self._by_ref[normalise(image.ref)] = image
        self.pushes += 1

    def find(self, ref: str) -> SimImage | None:
        """The image of a reference, None when the registry has no such tag."""
        return self._by_ref.get(normalise(ref))

    def all(self) -> tuple[SimImage, ...]:
        """Every image."""
        return tuple(self._by_ref.values())
