"""Rules on the images of workloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rules.images.image_build import ImageBuildMismatch
from poolshift.rules.images.image_unknown import ImageBuildUnknown

if TYPE_CHECKING:
    from poolshift.rules.interface import Rule

RULES: tuple[Rule, ...] = (
    ImageBuildMismatch(),
    ImageBuildUnknown(),
)
