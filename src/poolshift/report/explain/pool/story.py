"""The story of one pool: what it is, why, what it may become, what stops when."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from poolshift.catalog.model.base import END_KINDS
from poolshift.core.errors import UsageError
from poolshift.report.explain.builds import dated
from poolshift.report.explain.document import ExplainDocument, Explanation
from poolshift.report.explain.pool.futures import futures, other_generation
from poolshift.report.explain.pool.model import ImageState, PoolStory
from poolshift.rules.interface import Context
from poolshift.semantics.generation import generation_story
from poolshift.semantics.support import claims_on, deadlines, effective_os, end_day
from poolshift.semantics.versions import parse_node_image

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.core.snapshot import PoolFacts, Snapshot


def explain_pool(name: str, snapshot: Snapshot, catalog: Catalog, as_of: date) -> ExplainDocument:
    """The document that tells of a pool; the causes of its generation are its answers.

    Raises:
        UsageError: the cluster has no such pool.
    """
    pool = snapshot.pool(name)
    if pool is None:
        known = ", ".join(p.name for p in snapshot.pools)
        raise UsageError(
            f"{snapshot.cluster.name} has no pool {name}",
            why=f"its pools are {known}" if known else "it has none",
            fix="Name one: poolshift explain pool NAME",
            code="PSE151",
        )
    told = pool_story(pool, Context(snapshot, catalog, as_of))
    return ExplainDocument(
        text=f"pool {name}", known=True, answers=_answers(told, catalog), pool=told
    )


def pool_story(pool: PoolFacts, context: Context) -> PoolStory:
    """Everything that can be told of a pool from a snapshot."""
    catalog, snapshot = context.catalog, context.snapshot
    generation = generation_story(pool, snapshot.vm_sizes, catalog)
    os_id = effective_os(pool, catalog) or ""
    record = catalog.sku(os_id) or catalog.release(os_id)
    return PoolStory(
        name=pool.name,
        cluster=snapshot.cluster.name,
        as_of=context.as_of.isoformat(),
        os_type=pool.os_type,
        os_sku=pool.os_sku,
        os_effective=os_id,
        os_because=_because(pool, os_id, catalog),
        product=record.product if record else "",
        build=pool.build,
        count=pool.count,
        kubernetes_version=pool.kubernetes_version,
        vm_size=pool.vm_size,
        image=_image(pool, catalog, context.as_of),
        generation=generation,
        fips=_fips(pool, os_id, catalog),
        futures=futures(pool, generation, context),
        deadlines=deadlines(pool, catalog),
        open_ends=_open_ends(pool, os_id, catalog),
        workloads=tuple(sorted(w.target for w in snapshot.workloads if pool.name in w.pools)),
    )


def _because(pool: PoolFacts, os_id: str, catalog: Catalog) -> str:
    """How it is known what a pool runs."""
    sku = catalog.sku(pool.os_sku)
    if sku is None:
        return f"the catalog has no record of {pool.os_sku}"
    if not sku.resolves_to:
        return f"{sku.id} names its version"
    image = parse_node_image(pool.node_image_version, catalog)
    if image is not None and image.os_sku and image.os_sku != sku.id:
        return f"{sku.id} names no version, and the node image {image.name} tells it"
    if os_id:
        return f"{sku.id} names no version; on Kubernetes {pool.kubernetes_version} it is {os_id}"
    return f"{sku.id} names no version, and neither node image nor catalog tells which it is"


def _image(pool: PoolFacts, catalog: Catalog, as_of: date) -> ImageState | None:
    image = parse_node_image(pool.node_image_version, catalog)
    if image is None:
        return None
    released = release_day(image.date)
    return ImageState(
        name=image.name,
        os_sku=image.os_sku,
        build=image.build,
        generation=image.generation,
        released=released.isoformat() if released else None,
        age_days=(as_of - released).days if released else None,
    )


def release_day(text: str) -> date | None:
    """The day in a node image's name: `221019`, `202603.30.0` or `2022.10.03`; None without."""
    digits = text.replace(".", "")
    try:
        if "." not in text and len(text) == 6:
            return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _fips(pool: PoolFacts, os_id: str, catalog: Catalog) -> str:
    sku = catalog.sku(os_id)
    asked = "asked for" if pool.fips else "not asked for"
    said = f"; the catalog on {os_id}: {sku.fips}" if sku is not None and sku.fips else ""
    return f"{asked}{said}"


def _open_ends(pool: PoolFacts, os_id: str, catalog: Catalog) -> tuple[str, ...]:
    """Ends without a day, each with what bounds it instead."""
    found = []
    for what in END_KINDS:
        claims = claims_on(os_id, what, pool.kubernetes_version, catalog) if os_id else ()
        if not any(end_day(c) for c in claims):
            note = claims[0].note if claims else "nothing is published"
            source = f" ({claims[0].source}, read {claims[0].read_on})" if claims else ""
            found.append(f"{what}: no day; {note}{source}")
    return tuple(found)


def _answers(told: PoolStory, catalog: Catalog) -> tuple[Explanation, ...]:
    """The causes of the generation, one answer each."""
    way = other_generation(told.generation, told.futures)
    return tuple(
        Explanation(
            id=f"pool {told.name}: {cause.kind}",
            what=f"pool {told.name} is {told.generation.generation}",
            why=cause.text,
            fix=way or "nothing has to be done about it",
            sources=dated(catalog.constraint(cause.fact).source, catalog.constraints.read_on),
            kind="pool",
            values={"pool": told.name},
        )
        for cause in told.generation.causes
    )
