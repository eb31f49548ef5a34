"""PSC415: images that a node's disk may not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.core.snapshot import images_of
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

_LIMIT = "os-disk-minimum"
_GB = 10**9
_GIB = 2**30


class ImageDisk(Rule):
    """The images of a node may fill the disk of a new one.

    What it finds:
        Windows pools to move where the images of some node, unpacked, take more of the OS disk
        than thresholds.disk_share of what the system leaves.

    Why it matters:
        A new node pulls all of its images at once. A full disk fails pulls and evicts pods, on
        some builds without saying DiskPressure.

    How it is decided:
        The compressed sizes of the different layers on the node that has most of them now, times
        the catalog's factor, against osDiskSizeGB less the system's own image. Layers that lie on
        the node image are counted, so that it may look worse than it is.

    What to do:
        Give the new pool a larger OS disk, or spread these workloads.

    Example:
        30 GB of images and a disk of 60 GB.
    """

    id = "PSC415"
    name = "images-beyond-disk"
    severity = Severity.RECOMMENDED
    sources = (f"limits/limits/{_LIMIT}", "limits/limits/image-on-disk-factor")
    pains = ("C4",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Sum up the images of each pool to move."""
        for pool, to in context.moving_windows:
            disk = pool.properties.get("osDiskSizeGB")
            if not isinstance(disk, int) or not disk:
                if disk == 0:
                    yield self.not_checked(
                        f"pool/{pool.name}", "its OS disk has the default size of its VM size"
                    )
                continue
            node, refs = _most(context, pool)
            factor = context.catalog.limit_number("image-on-disk-factor", "min")
            needed = _together(context, refs) * factor
            room = (disk - _system(context, to)) * _GIB * context.thresholds.disk_share
            if needed <= room:
                continue
            largest = sorted(refs, key=lambda r: (-_together(context, {r}), r))[:3]
            yield self.finding(
                f"pool/{pool.name}",
                what=f"{len(refs)} images take about {needed // _GB} GB of a node's disk of "
                f"{disk} GB",
                why="a new node pulls them all; a full disk fails pulls and evicts pods",
                fix="Give the new pool a larger disk: az aks nodepool add "
                f"{context.pool_arguments('NEWPOOL')} --os-sku {to} --node-osdisk-size "
                f"{-(-needed // _GIB) + _system(context, to) + disk // 4}",
                evidence=(
                    Evidence(f"pools/{pool.name}/osDiskSizeGB", str(disk)),
                    Evidence("node", node or "none: all images of the pool"),
                    *(Evidence(r, f"{_together(context, {r})} bytes, compressed") for r in largest),
                ),
            )


def _most(context: Context, pool: PoolFacts) -> tuple[str, set[str]]:
    """The node of a pool with the most bytes of different images, and these images."""
    best: tuple[str, set[str]] = ("", set())
    weight = -1
    for node in context.index.nodes_by_pool.get(pool.name, ()):
        targets = {p.workload for p in context.index.pods_by_node.get(node.name, ())}
        found = (context.index.workloads.get(t) for t in targets)
        refs = {ref for w in found if w is not None for ref in images_of(w.template)}
        size = _together(context, refs)
        if size > weight:
            best, weight = (node.name, refs), size
    if weight < 0:
        on_it = (w for w in context.windows_workloads if pool.name in w.pools)
        return "", {ref for w in on_it for ref in images_of(w.template)}
    return best


def _together(context: Context, refs: set[str]) -> int:
    """Compressed bytes of images for Windows, a layer that several have counted once.

    An image that the registry was not read for counts nothing.
    """
    layers: dict[str, int] = {}
    for ref in refs:
        facts = context.index.images.get(ref)
        windows = [p for p in facts.platforms if p.os == "windows"] if facts else []
        if not windows:
            continue
        largest = max(windows, key=lambda p: p.size_bytes)
        if largest.layers:
            layers.update({layer.digest: layer.size_bytes for layer in largest.layers})
        else:
            layers[ref] = largest.size_bytes
    return sum(layers.values())


def _system(context: Context, os_sku: str) -> int:
    """GB of the disk that the system's own image takes; the largest known without a record."""
    current = context.catalog.limit(_LIMIT).current
    known = current if isinstance(current, dict) else {}
    year = os_sku.removeprefix("Windows")
    value = known.get(f"windows_{year}_vhd")
    return value if isinstance(value, int) else context.catalog.limit_number(_LIMIT, "linux")
