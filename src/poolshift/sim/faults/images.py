"""Faults of images and of their way to the nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.core.errors import UsageError
from poolshift.sim.faults.fault import retimed

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.faults.fault import End
    from poolshift.sim.images import SimImage, SimPlatform
    from poolshift.sim.world import World

# A build that no node of today has, for an image that was built on the wrong base.
_WRONG_BUILD = "10.0.14393.6897"
_NEWER_REVISION = "99999"
_HOUR_S = 3600.0


def mismatch(world: World, ref: str, value: float) -> End:
    """The image behind the tag was built on another Windows, and its index hides it."""
    return _replaced(
        world,
        ref,
        lambda p: msgspec.structs.replace(p, os_version=_WRONG_BUILD, in_index=False),
    )


def missing(world: World, target: str, value: float) -> End:
    """The index has no entry for a build any more (`REF BUILD`)."""
    ref, _, build = target.partition(" ")
    image = _image(world, ref)
    kept = tuple(p for p in image.platforms if not (build and p.os_version.startswith(build)))
    if kept == image.platforms:
        raise UsageError(f"image {ref} has no entry for build {build!r} to lose")
    world.images.add(msgspec.structs.replace(image, platforms=kept))
    return lambda: world.images.add(image)


def too_new(world: World, ref: str, value: float) -> End:
    """The image is of a later month than every node, and its base does not forgive that."""

    def newer(platform: SimPlatform) -> SimPlatform:
        build = platform.os_version.rpartition(".")[0]
        version = f"{build}.{_NEWER_REVISION}"
        return msgspec.structs.replace(platform, os_version=version, strict_revision=True)

    return _replaced(world, ref, newer)


def slow_pulls(world: World, target: str, factor: float) -> End:
    """Every node pulls so many times slower."""
    timings = world.kube.ctx.timings
    return retimed(
        world,
        windows_pull_mb_s=timings.windows_pull_mb_s / factor,
        linux_pull_mb_s=timings.linux_pull_mb_s / factor,
    )


def cold_nodes(world: World, target: str, value: float) -> End:
    """New nodes come without the base images that their node image should bring."""
    disturbed = world.kube.ctx.disturbances
    disturbed.cold = True

    def end() -> None:
        disturbed.cold = False

    return end


def throttled(world: World, host: str, pulls: float) -> End:
    """A registry answers so many pulls an hour."""
    return world.kube.ctx.registries.throttle(host, int(pulls), _HOUR_S)


def _image(world: World, ref: str) -> SimImage:
    image = world.images.find(ref)
    if image is None:
        raise UsageError(f"the scenario has no image {ref!r} for a fault to strike")
    return image


def _replaced(world: World, ref: str, change: Callable[[SimPlatform], SimPlatform]) -> End:
    """The image with its Windows platforms changed, until the end."""
    image = _image(world, ref)
    platforms = tuple(change(p) if p.os == "windows" else p for p in image.platforms)
    world.images.add(msgspec.structs.replace(image, platforms=platforms))
    return lambda: world.images.add(image)
