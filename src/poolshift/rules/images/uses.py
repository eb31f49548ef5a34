"""The images that moves take along, each once for every target, and what they are built on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from poolshift.core.finding import Evidence, Verdict
from poolshift.core.snapshot import images_of
from poolshift.semantics.images import FITTING, is_hostless, verdict
from poolshift.semantics.pins import (
    OS_SKU_KEY,
    POOL_KEYS,
    has_host_process,
    is_host_process,
    is_windows,
    required_values,
)
from poolshift.semantics.tags import MCR, family_of, os_of_tag, parse_ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from poolshift.catalog import Catalog
    from poolshift.catalog.model.base_images import ImageFamily
    from poolshift.core.image import ImageFacts
    from poolshift.core.snapshot import TemplateFacts, WorkloadFacts
    from poolshift.rules.interface import Context, Move
    from poolshift.semantics.tags import Reference

SERVICE_NAMESPACE = "kube-system"
"""What AKS ships there is replaced by AKS itself."""

_OWN_NAMESPACES = frozenset(
    {
        SERVICE_NAMESPACE,
        "app-routing-system",
        "calico-system",
        "gatekeeper-system",
        "tigera-operator",
    }
)
_OWN_PREFIX = "aks-"
"""Where AKS puts its own workloads and those of its add-ons."""

User: TypeAlias = "WorkloadFacts | TemplateFacts"

NAMED = 3
"""Workloads that evidence names; the rest is counted."""


class Use(NamedTuple):
    """An image of what moves, templates that have no pods now among it.

    `facts` is None where no registry told of it.
    """

    ref: str
    facts: ImageFacts | None
    users: tuple[User, ...]
    to: str

    @property
    def target(self) -> str:
        """What a finding on the image is about."""
        return f"image/{self.ref}"

    def used_by(self) -> Evidence:
        """Who uses it: the first few, and how many more."""
        return users_evidence(self.users)


def users_evidence(workloads: Sequence[User]) -> Evidence:
    """The first few of some workloads or templates, and how many more there are."""
    named = ", ".join(w.target for w in workloads[:NAMED])
    more = len(workloads) - NAMED
    return Evidence("used by", f"{named} and {more} more" if more > 0 else named)


def is_shipped(workload: WorkloadFacts) -> bool:
    """Whether AKS ships a workload: in a namespace of its own, with the vendor's images alone."""
    space = workload.namespace
    if space not in _OWN_NAMESPACES and not space.startswith(_OWN_PREFIX):
        return False
    return all(parse_ref(ref).registry == MCR for ref in images_of(workload.template))


def strays(context: Context, workload: WorkloadFacts, ref: str) -> bool:
    """Whether an image has nothing for Windows and its workload never asked for Windows.

    Its pods are on Windows nodes by mistake: a selector is missing, not a build.
    """
    facts = context.index.images.get(ref)
    if facts is None or not facts.platforms or is_windows(workload.template.spec):
        return False
    return all(platform.os != "windows" for platform in facts.platforms)


def why_unread(context: Context, ref: str) -> str:
    """What to say of an image whose builds nobody read."""
    reason = context.snapshot.unknown_reason(f"image/{ref}")
    return f"{ref}: {reason or 'the snapshot holds nothing of this image'}"


def windows_moves(context: Context) -> Iterator[Move]:
    """The Windows workloads that move, host-process ones left out."""
    for move in context.moves:
        windows = move.pool.os_type == "Windows"
        if windows and not is_host_process(move.workload.template.spec):
            yield move


def windows_templates(context: Context) -> Iterator[tuple[TemplateFacts, str]]:
    """Templates of CronJobs and the like that may land on a Windows pool to move, by target.

    Those that select another pool or OS SKU are left out, and host-process ones.
    """
    for template in context.snapshot.templates:
        spec = template.template.spec
        if not is_windows(spec) or has_host_process(spec):
            continue
        skus = required_values(spec, OS_SKU_KEY)
        named = [v for v in (required_values(spec, key) for key in POOL_KEYS) if v is not None]
        targets = {
            to
            for pool, to in context.moving_windows
            if (skus is None or pool.os_sku in skus) and all(pool.name in v for v in named)
        }
        for to in sorted(targets):
            yield template, to


def uses_of(context: Context) -> tuple[Use, ...]:
    """The images of what moves with Windows pools, without the base of host-process containers."""
    found: dict[tuple[str, str], list[User]] = {}
    pairs: list[tuple[User, str]] = [(m.workload, m.to) for m in windows_moves(context)]
    pairs += windows_templates(context)
    for user, to in pairs:
        for ref in images_of(user.template):
            if not is_hostless(ref):
                found.setdefault((ref, to), []).append(user)
    images = context.index.images
    return tuple(Use(ref, images.get(ref), tuple(found[ref, to]), to) for ref, to in sorted(found))


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
