"""What the registries say of the images in use, and of what could follow them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from poolshift.core.snapshot import images_of
from poolshift.semantics.bases import with_bases
from poolshift.semantics.images import Action, successor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.capture.reader import Reader
    from poolshift.catalog import Catalog
    from poolshift.core.image import ImageFacts
    from poolshift.core.kube import PodTemplate
    from poolshift.core.ports import Registry


def references(
    templates: Iterable[PodTemplate], catalog: Catalog, extra: Iterable[str]
) -> tuple[str, ...]:
    """Every reference to look up: those in use, and what the mapping makes of Windows ones."""
    used = dict.fromkeys(ref for t in templates for ref in images_of(t))
    nexts: dict[str, None] = {}
    for ref in used:
        for sku in catalog.windows_skus():
            found = successor(ref, sku, catalog)
            if found.action is Action.EDIT and found.ref:
                nexts[found.ref] = None
    return tuple({**used, **nexts, **dict.fromkeys(extra)})


async def images(
    registry: Registry, wanted: tuple[str, ...], catalog: Catalog, reader: Reader
) -> tuple[ImageFacts, ...]:
    """What is said of each reference, its base recognised; one that is unread is an unknown.

    All are asked for at once: the registry itself holds back what a host would not take.
    """

    async def one(ref: str) -> ImageFacts | None:
        return await reader.optional(f"image/{ref}", registry.image(ref), None)

    found = await asyncio.gather(*(one(ref) for ref in wanted))
    return with_bases([f for f in found if f is not None], catalog)
