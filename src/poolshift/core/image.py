"""What a registry says of an image."""

from __future__ import annotations

import msgspec


class Platform(msgspec.Struct, frozen=True, omit_defaults=True):
    """One platform of an image.

    `os_version` is the four-part Windows build (`10.0.20348.825`), empty when neither the index
    nor the config blob says it. `hidden` tells that an index lists the platform without its build:
    `os_version` then comes from the config blob, which no node looks at when it chooses an entry.
    A plain manifest leaves nothing to choose, so it hides nothing. `size_bytes` is the compressed
    size of the layers.
    """

    os: str
    architecture: str = "amd64"
    os_version: str = ""
    digest: str = ""
    size_bytes: int = 0
    hidden: bool = False


class ImageFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """An image reference as the registry answered it: one platform, or several by an index."""

    ref: str
    digest: str = ""
    platforms: tuple[Platform, ...] = ()
