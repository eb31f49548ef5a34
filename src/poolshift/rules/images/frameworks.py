"""Which versions of the .NET Framework have an image for a target."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from poolshift.rules.images.uses import families, uses_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog.model.base_images import ImageFamily
    from poolshift.rules.images.uses import Use
    from poolshift.rules.interface import Context
    from poolshift.semantics.tags import Reference

_FAMILIES = "dotnet-framework"


class Standing(StrEnum):
    """How the vendor keeps the image of a framework version for a Windows version."""

    BUILT = "built"
    STANDS_STILL = "stands still"
    NONE = "none"


class FrameworkUse(NamedTuple):
    """An image on the .NET Framework: which version, by what reference, and what the target has.

    `newest` is a tag for the target that is still built, empty without one.
    """

    use: Use
    reference: Reference
    version: str
    standing: Standing
    newest: str


def framework_uses(context: Context) -> Iterator[FrameworkUse]:
    """The images that move and stand on the .NET Framework, by the tag of their base."""
    for use in uses_of(context):
        for family, reference in families(use, context.catalog).values():
            version = reference.tag.partition("-")[0]
            if not family.id.startswith(_FAMILIES) or not version[:1].isdigit():
                continue
            image_os = context.catalog.image_os(use.to)
            built = _built(family, image_os)
            yield FrameworkUse(
                use,
                reference,
                version,
                _standing(family, version, image_os),
                f"{reference.with_tag(built[0])}" if built else "",
            )


def _standing(family: ImageFamily, version: str, image_os: str) -> Standing:
    def has(tags: tuple[str, ...]) -> bool:
        return any(tag.partition("-")[0] == version for tag in tags)

    if has(_built(family, image_os)):
        return Standing.BUILT
    frozen = family.published_not_rebuilt.get(image_os, ())
    return Standing.STANDS_STILL if has(frozen) else Standing.NONE


def _built(family: ImageFamily, image_os: str) -> tuple[str, ...]:
    frozen = family.published_not_rebuilt.get(image_os, ())
    return tuple(t for t in family.available.get(image_os, ()) if t not in frozen)
