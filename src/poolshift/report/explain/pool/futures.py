"""What a pool may become: each OS SKU that may follow, the way there, and what that asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.snapshot import images_of
from poolshift.report.explain.builds import dated
from poolshift.report.explain.pool.model import Future, ImageFit, Requirement
from poolshift.rules.interface import quote
from poolshift.semantics.generation import (
    GEN1,
    GEN2,
    GEN2_HEADER,
    GenerationStory,
    in_place_generation,
    needs_header,
    new_pool_generation,
)
from poolshift.semantics.images import explain_verdict, verdict
from poolshift.semantics.pins import VERSION_KEYS, required_values
from poolshift.semantics.support import end_day, end_of, succeeds
from poolshift.semantics.versions import in_range, range_holds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog.model.os_skus import OsSku
    from poolshift.core.snapshot import PoolFacts
    from poolshift.rules.interface import Context

IN_PLACE, NEW_POOL = "in place", "new pool"
MET, TO_DO, IN_THE_WAY, NOT_KNOWN = "met", "to do", "in the way", "not known"
REGISTERED = "Registered"

_IN_PLACE_FACT = "windows-inplace-2022-2025"
_LINUX_FACT = "linux-ossku-in-place"
_NOT_IN_PLACE_FACT = "windows-ossku-not-in-place"


def futures(pool: PoolFacts, story: GenerationStory, context: Context) -> tuple[Future, ...]:
    """Every way out of what a pool runs, the catalog's own successor first."""
    found = []
    for target in _targets(pool, story.os_id, context):
        ways = [NEW_POOL]
        if _offers_in_place(pool, target, context):
            ways = [IN_PLACE] if pool.os_type == "Linux" else [NEW_POOL, IN_PLACE]
        found += [_future(pool, story, target, way, context) for way in ways]
    return tuple(found)


def _targets(pool: PoolFacts, os_id: str, context: Context) -> tuple[OsSku, ...]:
    catalog = context.catalog
    records = [r for r in (catalog.sku(pool.os_sku), catalog.sku(os_id)) if r is not None]
    names: list[str] = []
    for record in records:
        names += [record.successor or "", *record.successor_alternatives]
    release = catalog.release(os_id)
    names += [release.successor] if release else []
    for record in records:
        names += record.in_place_update_to
    found = (catalog.sku(name) for name in dict.fromkeys(n for n in names if n))
    return tuple(t for t in found if t is not None and _follows(t, pool, os_id, context))


def _follows(target: OsSku, pool: PoolFacts, os_id: str, context: Context) -> bool:
    """Whether a target is another OS of the pool's type, and on Windows a later one."""
    if target.os_type != pool.os_type or target.id in (pool.os_sku, os_id):
        return False
    return pool.os_type != "Windows" or succeeds(target.id, pool, context.catalog)


def _offers_in_place(pool: PoolFacts, target: OsSku, context: Context) -> bool:
    current = context.catalog.sku(pool.os_sku)
    return current is not None and target.id in current.in_place_update_to


def _future(
    pool: PoolFacts, story: GenerationStory, target: OsSku, way: str, context: Context
) -> Future:
    asked = [*_version(pool, target, way, context), *_resolution(target, context)]
    asked += _creation(pool, target, way, context)
    asked += _fips(pool, target)
    generation = ""
    if pool.os_type == "Windows":
        generation, requirement = _size(pool, story, target, way, context)
        asked.append(requirement)
    asked += _preview(pool, target, way, context)
    return Future(
        to=target.id,
        way=way,
        status=_status(pool, target, way, context),
        possible=all(r.state != IN_THE_WAY for r in asked),
        generation=generation,
        requirements=tuple(asked),
        images=_images(pool, target, context),
        notes=tuple(_notes(pool, target, way, context)),
        commands=_commands(pool, target, way, generation, context),
        sources=_sources(pool, target, way, context),
    )


def _status(pool: PoolFacts, target: OsSku, way: str, context: Context) -> str:
    """What the catalog says of the way's support: a GA target may have a way in preview."""
    current = context.catalog.sku(pool.os_sku)
    if way == IN_PLACE and current is not None and current.in_place_update is not None:
        return current.in_place_update_status or target.status
    return target.status


def _version(pool: PoolFacts, target: OsSku, way: str, context: Context) -> Iterator[Requirement]:
    current = context.catalog.sku(pool.os_sku)
    change = current.in_place_update if way == IN_PLACE and current is not None else None
    version = context.snapshot.cluster.kubernetes_version
    if change is not None:
        holds = range_holds(version, change.k8s)
        text = f"Kubernetes {change.k8s} for the change in place; the cluster runs {version}"
        yield Requirement("Kubernetes", MET if holds else IN_THE_WAY, text)
        return
    if target.k8s_min is None and target.k8s_max is None:
        return
    first = f"from {target.k8s_min}" if target.k8s_min else ""
    last = f"up to {target.k8s_max}" if target.k8s_max else ""
    span = " ".join(p for p in (first, last) if p)
    holds = in_range(version, target.k8s_min, target.k8s_max)
    cure = "" if holds else "; the control plane must be upgraded first"
    if not holds and in_range(version, target.k8s_min, None):
        cure = "; it is no longer made at that version"
    text = f"{target.id} needs Kubernetes {span}; the cluster runs {version}{cure}"
    yield Requirement("Kubernetes", MET if holds else IN_THE_WAY, text)


def _resolution(target: OsSku, context: Context) -> Iterator[Requirement]:
    """What an OS SKU without a version stands for here, and whether that is still served."""
    version = context.snapshot.cluster.kubernetes_version
    row = next((r for r in target.resolves_to if range_holds(version, r.k8s)), None)
    if row is None:
        if target.resolves_to:
            text = f"nothing says what {target.id} stands for on Kubernetes {version}"
            yield Requirement("OS", NOT_KNOWN, text)
        return
    os_id = row.os_sku_effective
    day = end_day(end_of(os_id, "scale", version, context.catalog))
    gone = day is not None and day <= context.as_of
    text = f"on Kubernetes {version} {target.id} stands for {os_id}"
    if gone and day is not None:
        text += f", whose images are gone since {day.isoformat()}"
    yield Requirement("OS", IN_THE_WAY if gone else MET, text)


def _creation(pool: PoolFacts, target: OsSku, way: str, context: Context) -> Iterator[Requirement]:
    if way == IN_PLACE:
        return
    version = context.snapshot.cluster.kubernetes_version
    claim = end_of(target.id, "create", version, context.catalog)
    day = end_day(claim)
    if claim is None or day is None:
        return
    state = IN_THE_WAY if day <= context.as_of else MET
    word = "ended" if state == IN_THE_WAY else "end"
    yield Requirement(
        "creation", state, f"new pools of {target.id} {word} on {day.isoformat()} ({claim.source})"
    )


def _fips(pool: PoolFacts, target: OsSku) -> Iterator[Requirement]:
    if target.fips != "required":
        return
    if pool.fips:
        yield Requirement("FIPS", MET, f"{target.id} needs a FIPS image, and the pool has one")
        return
    text = f"{target.id} needs a FIPS image: send --enable-fips-image; it stays for good"
    yield Requirement("FIPS", TO_DO, text)


def _size(
    pool: PoolFacts, story: GenerationStory, target: OsSku, way: str, context: Context
) -> tuple[str, Requirement]:
    """The generation that it comes to, and whether the size boots it."""
    boots = story.size_generations
    if not boots:
        text = f"nobody says which generations {pool.vm_size} boots: az vm list-skus tells"
        return "", Requirement("VM size", NOT_KNOWN, text)
    size = f"{pool.vm_size} boots {' and '.join(boots)}"
    if way == IN_PLACE:
        current = context.catalog.sku(pool.os_sku)
        result = in_place_generation(current, story.generation, boots) if current else ""
        if not result:
            text = f"{size}: this image on this size is not in the table of the change in place"
            return "", Requirement("VM size", IN_THE_WAY, text)
        return result, Requirement("VM size", MET, f"{size}: the nodes become {result}")
    plain = new_pool_generation(target, boots, header=False, catalog=context.catalog)
    with_header = new_pool_generation(target, boots, header=True, catalog=context.catalog)
    if not plain and not with_header:
        offered = " and ".join(target.vm_generations or ())
        text = f"{size}, and {target.id} has images for {offered}: take another size"
        return "", Requirement("VM size", IN_THE_WAY, text)
    if plain != with_header and (with_header or not plain):
        text = f"{size}: {GEN2} with the header {GEN2_HEADER} on the create call" + (
            f", {plain} without it" if plain else ", refused without it"
        )
        return with_header, Requirement("VM size", TO_DO, text)
    return plain, Requirement("VM size", MET, f"{size}: the new nodes are {plain}")


def _preview(pool: PoolFacts, target: OsSku, way: str, context: Context) -> Iterator[Requirement]:
    """Flags of features, and clients that know the way."""
    flag = target.feature_flag if target.status == "preview" else None
    if flag:
        state = context.snapshot.features.get(flag)
        text = f"{target.id} is a preview: feature {flag} is {state or 'not read'}"
        known = MET if state == REGISTERED else TO_DO
        yield Requirement("feature", known if state else NOT_KNOWN, text)
    current = context.catalog.sku(pool.os_sku)
    change = current.in_place_update if way == IN_PLACE and current is not None else None
    client = change.min_cli if change is not None else (target.min_cli or "")
    if client:
        named = client if change is not None else f"azure-cli {client}"
        yield Requirement("client", NOT_KNOWN, f"needs {named} or later (see az version)")


def _images(pool: PoolFacts, target: OsSku, context: Context) -> tuple[ImageFit, ...]:
    """The images of the workloads on the pool, those that do not fit first."""
    if pool.os_type != "Windows":
        return ()
    used: dict[str, list[str]] = {}
    for workload in context.snapshot.workloads:
        if pool.name in workload.pools:
            for ref in images_of(workload.template):
                used.setdefault(ref, []).append(workload.target)
    fits = [
        ImageFit(
            ref,
            verdict(context.snapshot.image(ref), target.id, context.catalog),
            explain_verdict(context.snapshot.image(ref), target.id, context.catalog),
            tuple(sorted(set(targets))),
        )
        for ref, targets in used.items()
    ]
    order = ("rebuild", "unknown", "fits-unsupported", "fits")
    return tuple(sorted(fits, key=lambda f: (order.index(f.verdict), f.ref)))


def _notes(pool: PoolFacts, target: OsSku, way: str, context: Context) -> Iterator[str]:
    if way == NEW_POOL:
        if pool.os_type == "Windows" and not _offers_in_place(pool, target, context):
            yield context.catalog.constraint(_NOT_IN_PLACE_FACT).statement
        return
    fact = context.catalog.constraint(_IN_PLACE_FACT if pool.os_type == "Windows" else _LINUX_FACT)
    yield fact.statement
    if pool.os_type != "Windows":
        return
    yield fact.consequence
    pinned = sorted(_pinned(pool, context))
    if pinned:
        yield f"pinned to what changes, and Pending after it: {', '.join(pinned)}"


def _pinned(pool: PoolFacts, context: Context) -> Iterator[str]:
    for workload in context.snapshot.workloads:
        spec = workload.template.spec
        if pool.name in workload.pools and any(required_values(spec, k) for k in VERSION_KEYS):
            yield workload.target


def _commands(
    pool: PoolFacts, target: OsSku, way: str, generation: str, context: Context
) -> tuple[str, ...]:
    fips = " --enable-fips-image" if target.fips == "required" else ""
    if way == IN_PLACE:
        arguments = context.pool_arguments(pool.name)
        return (f"az aks nodepool update {arguments} --os-sku {target.id}{fips}",)
    header = ""
    if generation == GEN2 and needs_header(target, context.catalog):
        header = f" --aks-custom-headers {GEN2_HEADER}"
    return (
        f"poolshift plan {context.cluster_arguments} --to {target.id} --pool {quote(pool.name)} "
        "--out plan.yaml",
        f"az aks nodepool add {context.pool_arguments('GREEN')} --os-type {pool.os_type} "
        f"--os-sku {target.id} -s {quote(pool.vm_size)}{fips}{header}",
    )


def _sources(pool: PoolFacts, target: OsSku, way: str, context: Context) -> tuple[str, ...]:
    catalog = context.catalog
    if way == NEW_POOL:
        return dated(target.source, catalog.os_skus.read_on)
    fact = _IN_PLACE_FACT if pool.os_type == "Windows" else _LINUX_FACT
    return dated(catalog.constraint(fact).source, catalog.constraints.read_on)


def other_generation(story: GenerationStory, ways: tuple[Future, ...]) -> str:
    """How a Gen1 pool comes to Gen2, in a sentence; empty where it is Gen2 or nothing is known."""
    if story.generation != GEN1:
        return ""
    there = [f"{f.to} {f.way}" for f in ways if f.possible and f.generation == GEN2]
    if there:
        return f"to Gen2: {', '.join(there)}"
    if story.size_generations == (GEN1,):
        return "to Gen2: only with another VM size, and so with a new pool"
    return "to Gen2: no way is open as the cluster is now"
