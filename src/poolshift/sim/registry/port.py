"""The registry port in process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import NotFoundError
from poolshift.core.image import ImageFacts
from poolshift.sim.registry.content import as_platforms, served

if TYPE_CHECKING:
    from poolshift.sim.images import ImageStore


class SimRegistry:
    """Registry of a world's images in process."""

    def __init__(self, images: ImageStore) -> None:
        self._images = images

    async def image(self, ref: str) -> ImageFacts:
        """Platforms of a reference; NotFoundError when the tag does not exist."""
        image = self._images.find(ref)
        if image is None:
            raise NotFoundError(
                f"there is no image {ref}", status=404, service_code="MANIFEST_UNKNOWN"
            )
        root = served(image).root
        return ImageFacts(
            ref=ref,
            digest=root.digest,
            platforms=as_platforms(image),
            media_type=root.media_type,
        )
