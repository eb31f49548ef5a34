"""Which base image the bottom layers of a Windows image are, as far as that can be decided.

| known by | when |
|---|---|
| layers | all layers of a known base that was read as well lie at the bottom: then it is that \
base. Or the bottom layer alone is shared with a base that is Windows itself: then the family is \
known, at the image's own build; the updates above it differ every month |
| label | the image states its base by annotation or label, and the catalog knows the family |
| os-version | the image tells its build, which builds take over from their base; the family stays \
unknown |

What layers show goes before what labels state, since labels are copied along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.image import Base, BaseKnownBy, ImageFacts, Platform
from poolshift.semantics.tags import MCR, family_of, is_windows_base, parse_ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.catalog import Catalog


class KnownBases(msgspec.Struct, frozen=True):
    """The base images among those that were read.

    `by_layers` holds them by the digests of all their layers, the bottom first; `families` the
    families of Windows itself by the digest of the bottom layer.
    """

    by_layers: dict[tuple[str, ...], Base]
    families: dict[str, frozenset[str]]


def with_bases(images: Iterable[ImageFacts], catalog: Catalog) -> tuple[ImageFacts, ...]:
    """The images with the base of each Windows platform, as far as it can be recognised."""
    found = tuple(images)
    known = known_bases(found, catalog)

    def told(platform: Platform) -> Platform:
        return msgspec.structs.replace(platform, base=base_of(platform, known, catalog))

    return tuple(
        msgspec.structs.replace(image, platforms=tuple(told(p) for p in image.platforms))
        for image in found
    )


def windows_references(catalog: Catalog) -> tuple[str, ...]:
    """References of the images that are Windows itself, by family and Windows version.

    Reading them beside a cluster's own images lets the family of most of those be recognised.
    """
    return tuple(
        f"{MCR}/{family.repository}:{tags[0]}"
        for family in catalog.base_images.families
        if is_windows_base(family, catalog)
        for tags in family.available.values()
        if tags
    )


def known_bases(images: Iterable[ImageFacts], catalog: Catalog) -> KnownBases:
    """The base images among what was read: their references name a family of the catalog."""
    by_layers: dict[tuple[str, ...], Base] = {}
    families: dict[str, frozenset[str]] = {}
    for image in sorted(images, key=lambda i: i.ref):
        family = family_of(parse_ref(image.ref), catalog)
        if family is None:
            continue
        is_windows = is_windows_base(family, catalog)
        for platform in image.platforms:
            digests = tuple(layer.digest for layer in platform.layers)
            if platform.os != "windows" or not digests:
                continue
            if is_windows:
                bottom = families.get(digests[0], frozenset())
                families[digests[0]] = bottom | {family.id}
            by_layers.setdefault(
                digests,
                Base(
                    known_by=BaseKnownBy.LAYERS,
                    os_version=platform.os_version,
                    family=family.id,
                    ref=image.ref,
                    layers=len(digests),
                ),
            )
    return KnownBases(by_layers, families)


def base_of(platform: Platform, known: KnownBases, catalog: Catalog) -> Base | None:
    """The base of one platform; None for Linux and where nothing tells it."""
    if platform.os != "windows":
        return None
    return (
        _by_all_layers(platform, known)
        or _by_bottom_layer(platform, known)
        or _by_label(platform, catalog)
        or _by_os_version(platform)
    )


def _by_all_layers(platform: Platform, known: KnownBases) -> Base | None:
    """The highest known base whose layers all lie at the bottom."""
    digests = tuple(layer.digest for layer in platform.layers)
    for count in range(len(digests), 0, -1):
        base = known.by_layers.get(digests[:count])
        if base is not None:
            version = base.os_version or platform.os_version
            return msgspec.structs.replace(base, os_version=version)
    return None


def _by_bottom_layer(platform: Platform, known: KnownBases) -> Base | None:
    bottom = platform.layers[0].digest if platform.layers else ""
    families = known.families.get(bottom, frozenset())
    if len(families) != 1:
        return None
    return Base(
        known_by=BaseKnownBy.LAYERS, os_version=platform.os_version, family=next(iter(families))
    )


def _by_label(platform: Platform, catalog: Catalog) -> Base | None:
    if not platform.base_name:
        return None
    family = family_of(parse_ref(platform.base_name), catalog)
    return Base(
        known_by=BaseKnownBy.LABEL,
        os_version=platform.os_version,
        family=family.id if family is not None else "",
        ref=platform.base_name,
    )


def _by_os_version(platform: Platform) -> Base | None:
    if not platform.os_version:
        return None
    return Base(known_by=BaseKnownBy.OS_VERSION, os_version=platform.os_version)
