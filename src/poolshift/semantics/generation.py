"""Why a pool has the VM generation it has, and what another generation takes.

A pool that is Gen1 has that generation for a reason of its creation, and keeps it for a reason of
its upgrades:

* creation: its OS has Gen1 images only, its size boots Gen1 only, or its OS takes the Gen1 image
  unless the create call carries a header;
* a node image upgrade never changes the generation;
* a Kubernetes upgrade doesn't either: it moves the OS that *new* pools get, and no pool that is
  there.

`generation_story` tells which of these hold for one pool.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from poolshift.semantics.support import effective_os, succeeds
from poolshift.semantics.versions import parse_node_image, range_holds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from poolshift.catalog import Catalog
    from poolshift.catalog.model.os_skus import OsSku
    from poolshift.core.arm import VmSize
    from poolshift.core.snapshot import PoolFacts

GEN1, GEN2 = "V1", "V2"
GEN2_HEADER = "UseWindowsGen2VM=true"

_REFUSED = "ws2019-gen2"
_HEADER = "ws2022-gen1-default"
_TAKES_GEN2 = "ws2025-gen2-default"
_KEPT = "image-upgrade-keeps-generation"
_NOT_STORED = "gen2-header-not-stored"
_SIZE = "v2-in-name-is-not-gen2"
_DEFAULT_MOVES = "default-windows-sku-moves"


class CauseKind(StrEnum):
    """Why a pool has its generation. The first five make it, the last two keep it."""

    OS_GEN1_ONLY = "os-gen1-only"
    SIZE_GEN1_ONLY = "size-gen1-only"
    HEADER_NOT_SENT = "header-not-sent"
    HEADER_SENT = "header-sent"
    OS_TAKES_GEN2 = "os-takes-gen2"
    IMAGE_UPGRADE_KEEPS = "image-upgrade-keeps"
    VERSION_UPGRADE_KEEPS = "version-upgrade-keeps"


CREATION = frozenset(
    {
        CauseKind.OS_GEN1_ONLY,
        CauseKind.SIZE_GEN1_ONLY,
        CauseKind.HEADER_NOT_SENT,
        CauseKind.HEADER_SENT,
        CauseKind.OS_TAKES_GEN2,
    }
)
"""Causes that lie in how the pool was made; the others keep it so."""


class Cause(msgspec.Struct, frozen=True):
    """One cause, in a sentence about this pool; `fact` is the constraint that has it in general."""

    kind: CauseKind
    text: str
    fact: str


class GenerationStory(msgspec.Struct, frozen=True):
    """The generation of one pool.

    `generation` is V1, V2 or empty where the node image doesn't tell. `size_generations` are what
    the VM size boots, empty where nobody says; `size_known_by` is `service`, `catalog` or empty.
    `os_id` is the OS that the pool runs, empty when unknown; `os_generations` its images.
    `causes` stand in the order of their weight: what made it so, then what keeps it so. They are
    empty where the generation is unknown or what is known doesn't explain it; `open_question`
    then says so.
    """

    pool: str
    generation: str
    size: str
    size_generations: tuple[str, ...]
    size_known_by: str
    os_id: str
    os_generations: tuple[str, ...]
    causes: tuple[Cause, ...]
    open_question: str = ""

    @property
    def created_by(self) -> CauseKind | None:
        """The cause that made it so; None when it isn't known."""
        return next((c.kind for c in self.causes if c.kind in CREATION), None)

    def has(self, kind: CauseKind) -> bool:
        """Whether a cause holds."""
        return any(c.kind is kind for c in self.causes)


def size_generations(
    size: str, sizes: Iterable[VmSize], catalog: Catalog
) -> tuple[tuple[str, ...], str]:
    """What a size boots, and who says so: the service (of this region), else the catalog's table.

    Both are empty where neither knows the size.
    """
    for known in sizes:
        if known.name.lower() == size.lower() and known.generations:
            return known.generations, "service"
    table = catalog.vm_generations(size)
    return (table, "catalog") if table else ((), "")


def needs_header(sku: OsSku, catalog: Catalog) -> bool:
    """Whether an OS SKU takes its Gen1 image unless the create call carries the header."""
    return sku.id in catalog.constraint(_HEADER).applies_when.split()


def new_pool_generation(
    sku: OsSku, size: tuple[str, ...], *, header: bool, catalog: Catalog
) -> str:
    """The generation of a new Windows pool; empty when its image would not boot on the size."""
    offered = sku.vm_generations or ()
    wanted = GEN2
    if GEN2 not in offered or (needs_header(sku, catalog) and not header):
        wanted = GEN1
    if wanted == GEN2 and GEN2 not in size and not needs_header(sku, catalog):
        wanted = GEN1  # Windows2025 takes what the size has.
    return wanted if wanted in size and wanted in offered else ""


def in_place_generation(sku: OsSku, generation: str, size: tuple[str, ...]) -> str:
    """The generation after the in-place change that an OS SKU offers.

    Empty when its table doesn't list this image on this size: then only a new pool remains.
    """
    change = sku.in_place_update
    if change is None or not generation or not size:
        return ""
    capable = "V2 capable" if GEN2 in size else "V1 only"
    for row in change.generation_table:
        if row.supported and row.image.split()[0] == generation and row.size == capable:
            return row.result
    return ""


def generation_story(pool: PoolFacts, sizes: Iterable[VmSize], catalog: Catalog) -> GenerationStory:
    """Why a pool has its generation; `sizes` are those that the service told of the region."""
    boots, known_by = size_generations(pool.vm_size, sizes, catalog)
    os_id = effective_os(pool, catalog) or ""
    sku = catalog.sku(os_id)
    image = parse_node_image(pool.node_image_version, catalog)
    generation = pool.vm_generation or (image.generation if image else "")
    story = GenerationStory(
        pool=pool.name,
        generation=generation,
        size=pool.vm_size,
        size_generations=boots,
        size_known_by=known_by,
        os_id=os_id,
        os_generations=(sku.vm_generations or ()) if sku else (),
        causes=(),
    )
    if not generation:
        return _open(story, "the name of the node image does not tell the generation")
    made = _creation(story, sku, catalog) if pool.os_type == "Windows" else _linux(story)
    if made is None:
        return _open(story, _unexplained(story, pool))
    kept = _kept(story, pool, catalog) if pool.os_type == "Windows" and generation == GEN1 else ()
    return msgspec.structs.replace(story, causes=(made, *kept))


def _open(story: GenerationStory, question: str) -> GenerationStory:
    return msgspec.structs.replace(story, open_question=question)


def _linux(story: GenerationStory) -> Cause | None:
    """A Linux pool takes Gen2 where its size can; only a size that can't explains Gen1."""
    if story.generation == GEN1 and story.size_generations == (GEN1,):
        return _size_cause(story)
    return None


def _creation(story: GenerationStory, sku: OsSku | None, catalog: Catalog) -> Cause | None:
    """What about the pool's creation gave it its generation; None where nothing known does."""
    if sku is None or sku.vm_generations is None:
        return None
    if story.generation == GEN2:
        return _gen2_cause(story, sku, catalog)
    if sku.vm_generations == (GEN1,):
        text = f"{sku.id} has Gen1 images only, so a pool of it is Gen1 on every size"
        return Cause(CauseKind.OS_GEN1_ONLY, text, _REFUSED)
    if story.size_generations == (GEN1,):
        return _size_cause(story)
    if needs_header(sku, catalog):
        boots = " and ".join(story.size_generations) or "an unknown generation"
        text = (
            f"{sku.id} takes its Gen1 image unless the call that creates the pool carries the "
            f"header {GEN2_HEADER}; the pool was created without it ({story.size} boots {boots})"
        )
        return Cause(CauseKind.HEADER_NOT_SENT, text, _HEADER)
    return None


def _gen2_cause(story: GenerationStory, sku: OsSku, catalog: Catalog) -> Cause | None:
    if GEN2 not in (sku.vm_generations or ()):
        return None
    if needs_header(sku, catalog):
        text = (
            f"the call that created the pool carried the header {GEN2_HEADER}, which nothing "
            "stores: a pool made again from this one's body needs the header again"
        )
        return Cause(CauseKind.HEADER_SENT, text, _NOT_STORED)
    if sku.id in catalog.constraint(_TAKES_GEN2).applies_when.split():
        text = f"{sku.id} takes its Gen2 image wherever the size boots it, as {story.size} does"
        return Cause(CauseKind.OS_TAKES_GEN2, text, _TAKES_GEN2)
    return None


def _size_cause(story: GenerationStory) -> Cause:
    text = f"{story.size} boots Gen1 only, so no image makes a pool of that size Gen2"
    return Cause(CauseKind.SIZE_GEN1_ONLY, text, _SIZE)


def _kept(story: GenerationStory, pool: PoolFacts, catalog: Catalog) -> tuple[Cause, ...]:
    image = Cause(
        CauseKind.IMAGE_UPGRADE_KEEPS,
        "node image upgrades (az aks upgrade, az aks nodepool upgrade) bring newer images of the "
        "same generation, so none has made or will make this pool Gen2",
        _KEPT,
    )
    default = default_sku(pool.kubernetes_version, catalog)
    if default is None or not succeeds(default.id, pool, catalog):
        return (image,)
    version = Cause(
        CauseKind.VERSION_UPGRADE_KEEPS,
        f"on Kubernetes {pool.kubernetes_version} new Windows pools get {default.id} when none is "
        f"named, but a Kubernetes upgrade changes no pool that is there: this one stays "
        f"{story.os_id} and Gen1",
        _DEFAULT_MOVES,
    )
    return (image, version)


def default_sku(version: str, catalog: Catalog) -> OsSku | None:
    """The Windows OS SKU that new pools get at a Kubernetes version when none is named."""
    windows = (s for s in catalog.os_skus.os_skus if s.os_type == "Windows" and s.default_for_k8s)
    return next((s for s in windows if range_holds(version, s.default_for_k8s or "")), None)


def _unexplained(story: GenerationStory, pool: PoolFacts) -> str:
    if pool.os_type != "Windows":
        return ""
    if not story.os_id:
        return f"the catalog has no record of {pool.os_sku}"
    return (
        f"nothing that is known explains generation {story.generation} for {story.os_id} on "
        f"{story.size}"
    )


def needs_fips(to: str, catalog: Catalog) -> bool:
    """Whether a pool of that OS SKU must be created with a FIPS image."""
    sku = catalog.sku(to)
    return sku is not None and sku.fips == "required"
