"""What an image reference says, and whether an image runs on the nodes of an OS SKU.

Windows containers under process isolation share the node's kernel, so an image runs only on nodes
whose build the catalog lists for it; the fourth part of the build does not count.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.finding import Verdict
from poolshift.core.image import Platform
from poolshift.semantics.tags import Action, Reference, Successor, parse_ref, successor
from poolshift.semantics.versions import build_of

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.core.image import ImageFacts

__all__ = [
    "FITTING",
    "Action",
    "Reference",
    "Successor",
    "builds_of",
    "explain_verdict",
    "is_hostless",
    "parse_ref",
    "successor",
    "verdict",
]

_HOST_PROCESS_BASE = re.compile(r"windows-host-process-containers-base-image")


FITTING = frozenset({Verdict.FITS, Verdict.FITS_UNSUPPORTED})
"""Verdicts under which an image runs."""


class _Sorted(msgspec.Struct, frozen=True):
    """An image's platforms by what they tell."""

    windows: tuple[Platform, ...]
    builds: frozenset[str]


def _sort(image: ImageFacts) -> _Sorted:
    windows = tuple(p for p in image.platforms if p.os == "windows")
    builds = frozenset(build_of(p.os_version) for p in windows if build_of(p.os_version))
    return _Sorted(windows, builds)


def builds_of(image: ImageFacts) -> tuple[str, ...]:
    """The Windows builds that an image holds, in four parts as the registry gives them."""
    found = {p.os_version for p in image.platforms if p.os == "windows" and p.os_version}
    return tuple(sorted(found))


def is_hostless(ref: str) -> bool:
    """Whether the reference is the base of host-process containers, which has no OS of its own."""
    return bool(_HOST_PROCESS_BASE.search(ref))


def verdict(image: ImageFacts | None, host_sku: str, catalog: Catalog) -> Verdict:
    """Whether an image runs on the nodes of an OS SKU.

    Args:
        image: what the registry said; None when nothing could be read.
        host_sku: the OS SKU of the nodes.
        catalog: which builds run where.

    Returns:
        `unknown` when the image or the OS SKU could not be looked up, or a Windows platform
        without os.version leaves it open; `fits-unsupported` where it runs but sources of the
        vendor disagree on it.
    """
    sku = catalog.sku(host_sku)
    if image is None or not image.platforms or sku is None:
        return Verdict.UNKNOWN
    if sku.os_type != "Windows":
        linux = any(p.os == "linux" for p in image.platforms)
        return Verdict.FITS if linux else Verdict.REBUILD
    parts = _sort(image)
    runs = catalog.runs(sku.id)
    if not runs:
        return Verdict.UNKNOWN
    if sku.build in parts.builds:
        return Verdict.FITS
    if parts.builds & runs:
        return Verdict.FITS_UNSUPPORTED if sku.container_isolation_disagreement else Verdict.FITS
    if any(not build_of(p.os_version) for p in parts.windows):
        return Verdict.UNKNOWN
    return Verdict.REBUILD


def explain_verdict(image: ImageFacts | None, host_sku: str, catalog: Catalog) -> str:
    """Why the verdict is what it is, in one sentence."""
    build = catalog.build_of(host_sku)
    if image is None or not image.platforms:
        return "the registry said nothing about the image"
    parts = _sort(image)
    if not parts.windows:
        names = ", ".join(sorted({f"{p.os}/{p.architecture}" for p in image.platforms}))
        return f"the image has no Windows platform, only {names}"
    held = ", ".join(builds_of(image)) or "no build that it states"
    match verdict(image, host_sku, catalog):
        case Verdict.FITS:
            return f"the image holds {held} and {host_sku} nodes are {build}"
        case Verdict.FITS_UNSUPPORTED:
            sku = catalog.sku(host_sku)
            note = sku.container_isolation_disagreement if sku else ""
            return f"the image holds {held}, which {host_sku} nodes ({build}) run; but {note}"
        case Verdict.REBUILD:
            runs = ", ".join(sorted(catalog.runs(host_sku)))
            return f"the image holds {held}; {host_sku} nodes are {build} and run only {runs}"
        case Verdict.UNKNOWN:
            return f"the image holds {held}, which does not tell whether {host_sku} nodes run it"
