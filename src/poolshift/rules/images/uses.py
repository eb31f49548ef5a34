"""The images that moves take along, each once for every target, and what they are built on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from poolshift.core.finding import Evidence, Verdict
from poolshift.core.snapshot import images_of
from poolshift.rules.images.image_build import SERVICE_NAMESPACE
from poolshift.semantics.images import FITTING, is_hostless, verdict
from poolshift.semantics.pins import is_host_process
from poolshift.semantics.tags import MCR, family_of, os_of_tag, parse_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog import Catalog
    from poolshift.catalog.model.base_images import ImageFamily
    from poolshift.core.image import ImageFacts
    from poolshift.core.snapshot import PoolFacts, WorkloadFacts
    from poolshift.rules.interface import Context, Move
    from poolshift.semantics.tags import Reference

NAMED = 3
"""Workloads that evidence names; the rest is counted."""


class Use(NamedTuple):
    """An image of Windows workloads that move; `facts` is None where no registry told of it."""

    ref: str
    facts: ImageFacts | None
    users: tuple[WorkloadFacts, ...]
    pool: PoolFacts
    to: str

    @property
    def target(self) -> str:
        """What a finding on the image is about."""
        return f"image/{self.ref}"

    def used_by(self) -> Evidence:
        """Who uses it: the first few, and how many more."""
        return users_evidence(self.users)


def users_evidence(workloads: tuple[WorkloadFacts, ...]) -> Evidence:
    """The first few of some workloads, and how many more there are."""
    named = ", ".join(w.target for w in workloads[:NAMED])
    more = len(workloads) - NAMED
    return Evidence("used by", f"{named} and {more} more" if more > 0 else named)


def is_shipped(workload: WorkloadFacts) -> bool:
    """Whether AKS ships a workload: in kube-system, with images of the vendor's registry alone."""
    refs = images_of(workload.template)
    vendors = all(parse_ref(ref).registry == MCR for ref in refs)
    return workload.namespace == SERVICE_NAMESPACE and vendors


def windows_moves(context: Context) -> Iterator[Move]:
    """The Windows workloads that move, host-process ones left out."""
    for move in context.moves:
        windows = move.pool.os_type == "Windows"
        if windows and not is_host_process(move.workload.template.spec):
            yield move


def uses_of(context: Context) -> tuple[Use, ...]:
    """The images of Windows workloads that move, without the base of host-process containers."""
    found: dict[tuple[str, str], list[Move]] = {}
    for move in windows_moves(context):
        for ref in images_of(move.workload.template):
            if not is_hostless(ref):
                found.setdefault((ref, move.to), []).append(move)
    return tuple(
        Use(
            ref,
            context.index.images.get(ref),
            tuple(m.workload for m in moves),
            moves[0].pool,
            to,
        )
        for (ref, to), moves in sorted(found.items())
    )


def must_change(use: Use, catalog: Catalog) -> bool:
    """Whether the image cannot go along as it is.

    Where the registry leaves it open, its tag decides; one that names no Windows version is not
    known to run.
    """
    judged = verdict(use.facts, use.to, catalog)
    if judged != Verdict.UNKNOWN:
        return judged not in FITTING
    named = os_of_tag(parse_ref(use.ref).tag, catalog)
    return named is None or named.os_version_prefix not in catalog.runs(use.to)


def references(use: Use) -> tuple[Reference, ...]:
    """The image's own reference, and those of its base as far as they are known."""
    found = {use.ref: None}
    for platform in use.facts.platforms if use.facts else ():
        if platform.os == "windows":
            found |= dict.fromkeys(
                filter(None, (platform.base.ref if platform.base else "", platform.base_name))
            )
    return tuple(parse_ref(ref) for ref in found)


def families(use: Use, catalog: Catalog) -> dict[str, tuple[ImageFamily, Reference]]:
    """The families of base images that the image is or stands on, by id, with the reference."""
    found: dict[str, tuple[ImageFamily, Reference]] = {}
    for reference in references(use):
        family = family_of(reference, catalog)
        if family is not None:
            found.setdefault(family.id, (family, reference))
    known = {f.id: f for f in catalog.base_images.families}
    for platform in use.facts.platforms if use.facts else ():
        family = known.get(platform.base.family) if platform.base else None
        if family is not None:
            bare = parse_ref(f"{MCR}/{family.repository}")
            found.setdefault(family.id, (family, bare))
    return found
