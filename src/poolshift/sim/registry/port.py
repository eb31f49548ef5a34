"""The registry port in process."""

from __future__ import annotations

from poolshift.core.errors import NotFoundError
from poolshift.core.image import ImageFacts
from poolshift.sim.images import ImageStore, as_platforms
from poolshift.sim.registry.content import root_digest


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
        return ImageFacts(ref=ref, digest=root_digest(image), platforms=as_platforms(image))
