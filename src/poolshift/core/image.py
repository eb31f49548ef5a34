"""What a registry says of an image."""

from __future__ import annotations

from enum import StrEnum

import msgspec

INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
"""Media types of an index: a list of manifests, one per platform."""

MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
"""Media types of the manifest of one platform."""

SCHEMA_1_TYPES = (
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "application/vnd.docker.distribution.manifest.v1+json",
)
"""Media types of the first kind of manifest, signed and not, which runtimes stop to pull."""

BASE_NAME = "org.opencontainers.image.base.name"
BASE_DIGEST = "org.opencontainers.image.base.digest"


class ImageLayer(msgspec.Struct, frozen=True):
    """A layer by the digest and the size of its compressed form."""

    digest: str
    size_bytes: int


class BaseKnownBy(StrEnum):
    """What a base was recognised by, the surest first."""

    LAYERS = "layers"  # the bottom layers are those of a known base image read as well
    LABEL = "label"  # the image states its base by annotation or label
    OS_VERSION = "os-version"  # the image tells the build of its base, not which base


class Base(msgspec.Struct, frozen=True, omit_defaults=True):
    """The base image that the bottom layers of a Windows image are.

    Attributes:
        known_by: what told it.
        os_version: its build in four parts (`10.0.20348.825`), empty when unknown.
        family: id of the catalog's family of base images (`servercore`), empty when unknown.
        ref: the reference of the base that was recognised, empty when unknown.
        layers: how many bottom layers it is; 0 when unknown.
    """

    known_by: BaseKnownBy
    os_version: str = ""
    family: str = ""
    ref: str = ""
    layers: int = 0


class Platform(msgspec.Struct, frozen=True, omit_defaults=True):
    """One platform of an image. What was not read or is not told is empty, 0 or None.

    Attributes:
        os: `windows` or `linux`.
        architecture: as Go names it.
        os_version: the four-part Windows build (`10.0.20348.825`), empty when neither the index
            nor the config blob says it.
        digest: of the platform's manifest.
        size_bytes: compressed size of all layers, those included that are kept elsewhere; 0 when
            the manifest was not read, as for the Linux entries of an index.
        hidden: an index lists the platform without its build: `os_version` then comes from the
            config blob, which no node looks at when it chooses an entry. A plain manifest leaves
            nothing to choose, so it hides nothing.
        media_type: of the platform's manifest.
        created: when it was built, ISO 8601 as the image states it. Builds that are to be
            repeatable state a made-up day. Of an image in an index it is known where an
            annotation states it or the config blob had to be read.
        layers: the bottom first; empty when the manifest was not read.
        base_name: the reference of the base that annotations or labels state.
        base_digest: the digest of that base's manifest as they state it.
        base: the base image, as far as it could be recognised.
    """

    os: str
    architecture: str = "amd64"
    os_version: str = ""
    digest: str = ""
    size_bytes: int = 0
    hidden: bool = False
    media_type: str = ""
    created: str = ""
    layers: tuple[ImageLayer, ...] = ()
    base_name: str = ""
    base_digest: str = ""
    base: Base | None = None


class ImageFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """An image reference as the registry answered it: one platform, or several by an index.

    `media_type` is that of what the reference names: an index, a manifest, or one of the first
    schema.
    """

    ref: str
    digest: str = ""
    platforms: tuple[Platform, ...] = ()
    media_type: str = ""
