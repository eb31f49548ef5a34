"""The upgrades that the platform starts by itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from poolshift.sim.arm import releases
from poolshift.sim.arm.clusters.changes import upgrade_whole
from poolshift.sim.arm.pools.changes import upgrade_image
from poolshift.sim.arm.problems import ArmProblem
from poolshift.sim.arm.state import SERVICE
from poolshift.sim.arm.upgrades.nodeimages import current
from poolshift.sim.arm.versions import minor, numbers

if TYPE_CHECKING:
    from poolshift.sim.arm.releases import Release
    from poolshift.sim.arm.state import ArmWorld, SimPool

_NODE_IMAGE = "node-image"
_SECURITY = "securitypatch"


def upgrade_cluster(world: ArmWorld, channel: str) -> None:
    """What a cluster's channel asks for: another Kubernetes version, or newer node images.

    patch: the newest patch of the minor; stable: that of the minor before the newest; rapid: the
    newest of all; each at most one minor ahead. What the rules refuse is left for another time.
    """
    if channel == _NODE_IMAGE:
        upgrade_node_images(world, channel)
        return
    target = _target(world, channel)
    if target is None or _too_large(world):
        return
    try:
        upgrade_whole(world, target, by=SERVICE)
    except ArmProblem:
        return


def upgrade_node_images(world: ArmWorld, channel: str) -> None:
    """Bring every pool to the newest node image, one after another.

    The channel for security fixes leaves Windows out; on Linux it brings the weekly image too,
    since fixes within an image are nothing that this world knows.
    """
    names = [
        pool.name
        for pool in world.pools.values()
        if not (pool.windows and channel == _SECURITY) and not pool.stopped
    ]
    _upgrade_next(world, names)


def _upgrade_next(world: ArmWorld, names: list[str]) -> None:
    limit = world.durations.largest_upgraded()
    for index, name in enumerate(names):
        pool = world.pools.get(name.lower())
        if pool is None or len(pool.machines) > limit or not _behind(world, pool):
            continue
        try:
            operation = upgrade_image(world, pool)
        except ArmProblem:
            continue
        operation.then.append(partial(_upgrade_next, world, names[index + 1 :]))
        return


def _behind(world: ArmWorld, pool: SimPool) -> bool:
    return current(world, pool.image).version != pool.image.version


def _target(world: ArmWorld, channel: str) -> str | None:
    here = world.cluster.version
    ready = [r for r in releases.offered(world.azure) if not r.preview]
    own = [r for r in ready if minor(r.minor) == minor(here)]
    wanted: Release | None = None
    if channel == "patch":
        wanted = own[0] if own else None
    elif ready:
        newest = ready[-1] if channel == "rapid" else ready[max(len(ready) - 2, 0)]
        ahead = [r for r in ready if minor(here) < minor(r.minor) <= minor(newest.minor)]
        wanted = ahead[0] if ahead else (own[0] if own else None)
    if wanted is None or numbers(wanted.patches[-1]) <= numbers(here):
        return None
    return wanted.patches[-1]


def _too_large(world: ArmWorld) -> bool:
    limit = world.durations.largest_upgraded()
    return any(len(pool.machines) > limit for pool in world.pools.values())
