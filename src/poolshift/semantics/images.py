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
    "hides_fitting",
    "is_hostless",
    "parse_ref",
    "successor",
    "taken",
    "verdict",
]

_HOST_PROCESS_BASE = re.compile(r"windows-host-process-containers-base-image")


FITTING = frozenset({Verdict.FITS, Verdict.FITS_UNSUPPORTED})
"""Verdicts under which an image runs."""


class _Choice(msgspec.Struct, frozen=True):
    """The entries that nodes of a build may take, the likeliest first.

    `compatible` tells that an entry of another build that the nodes run is listed as well.
    """

    entries: tuple[Platform, ...]
    compatible: bool = False


def _choice(image: ImageFacts, build: str, runs: frozenset[str]) -> _Choice:
    """What a node chooses among: an entry without a build matches every node.

    An entry of the node's own build wins against all others. Without one the first that states
    nothing is taken, whatever its config blob says: nodes choose by the index alone.
    """
    windows = [p for p in image.platforms if p.os == "windows"]
    listed = [p for p in windows if not p.hidden and build_of(p.os_version)]
    own = [p for p in listed if build_of(p.os_version) == build]
    if own:
        return _Choice((own[0],))
    compatible = [p for p in listed if build_of(p.os_version) in runs]
    blind = [p for p in windows if p not in listed]
    return _Choice((*blind, *compatible), bool(compatible))


def taken(image: ImageFacts, host_sku: str, catalog: Catalog) -> Platform | None:
    """The entry that the nodes of an OS SKU most likely take; None where they find none.

    For Linux it is the first one.
    """
    sku = catalog.sku(host_sku)
    if sku is None:
        return None
    if sku.os_type != "Windows":
        return next((p for p in image.platforms if p.os == "linux"), None)
    entries = _choice(image, sku.build or "", catalog.runs(sku.id)).entries
    return entries[0] if entries else None


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
        without os.version leaves it open, in the index or everywhere; `fits-unsupported` where it
        runs but sources of the vendor disagree on it.
    """
    sku = catalog.sku(host_sku)
    if image is None or not image.platforms or sku is None:
        return Verdict.UNKNOWN
    if sku.os_type != "Windows":
        linux = any(p.os == "linux" for p in image.platforms)
        return Verdict.FITS if linux else Verdict.REBUILD
    runs = catalog.runs(sku.id)
    if not runs:
        return Verdict.UNKNOWN
    choice = _choice(image, sku.build or "", runs)
    fit = _chosen_fit(choice, runs)
    own = all(build_of(p.os_version) == sku.build for p in choice.entries)
    if fit is not Verdict.FITS or own:
        return fit
    return Verdict.FITS_UNSUPPORTED if sku.container_isolation_disagreement else Verdict.FITS


def _chosen_fit(choice: _Choice, runs: frozenset[str]) -> Verdict:
    """Whether what is chosen runs: fits, rebuild, or unknown where the order decides."""
    if not choice.entries:
        return Verdict.REBUILD
    builds = [build_of(p.os_version) for p in choice.entries]
    if all(b in runs for b in builds):
        return Verdict.FITS
    if "" not in builds and not any(b in runs for b in builds):
        return Verdict.REBUILD
    wrong = builds[0] != "" and builds[0] not in runs
    # With a compatible entry listed, runtimes differ in which of the two they prefer.
    return Verdict.REBUILD if wrong and not choice.compatible else Verdict.UNKNOWN


def explain_verdict(image: ImageFacts | None, host_sku: str, catalog: Catalog) -> str:
    """Why the verdict is what it is, in one sentence."""
    build = catalog.build_of(host_sku)
    if image is None or not image.platforms:
        return "the registry said nothing about the image"
    if not any(p.os == "windows" for p in image.platforms):
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
            if hides_fitting(image, host_sku, catalog):
                return f"the image holds {held}, {_hidden(image, catalog.runs(host_sku))}"
            return f"the image holds {held}; {host_sku} nodes are {build} and run only {runs}"
        case Verdict.UNKNOWN:
            if hides_fitting(image, host_sku, catalog):
                return f"the image holds {held}, {_hidden(image, catalog.runs(host_sku))}"
            return f"the image holds {held}, which does not tell whether {host_sku} nodes run it"


def hides_fitting(image: ImageFacts, host_sku: str, catalog: Catalog) -> bool:
    """Whether the image holds a build that the nodes run, which its index does not tell them."""
    runs = catalog.runs(host_sku)
    return any(
        p.os == "windows" and p.hidden and build_of(p.os_version) in runs for p in image.platforms
    )


def _hidden(image: ImageFacts, runs: frozenset[str]) -> str:
    """What a node makes of an index that keeps its builds to itself."""
    blind = [p for p in image.platforms if p.os == "windows" and (p.hidden or not p.os_version)]
    build = build_of(blind[0].os_version)
    if build in runs:
        what = f"is for {blind[0].os_version} and starts there only by that order"
    elif build:
        what = f"is for {blind[0].os_version} and does not start there"
    else:
        what = "says nowhere which build it is for"
    return (
        "but its index lists entries without os.version: a node of any build takes the first of "
        f"them, which {what}"
    )
