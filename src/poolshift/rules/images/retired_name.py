"""PSW147: an image name that its maker has given up."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.images.uses import references, uses_of
from poolshift.rules.interface import Rule
from poolshift.semantics.tags import MCR, family_of, successor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog import Catalog
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context
    from poolshift.semantics.tags import Reference

_DEAD_TAG = "dead-sac"
_HUB, _OLD_OWNER = "docker.io", "microsoft/"


class RetiredImageName(Rule):
    """An image or its base has a name that its maker has given up.

    What it finds:
        An image that moves, or its base, on Docker Hub under microsoft/; with the tag of a
        semi-annual Windows version; from an insider repository; or a Windows base without a tag.

    Why it matters:
        Such names get no new builds. None of them holds a Windows version that nodes of today
        run, so a rebuild on them fails or gives what was there years ago.

    How it is decided:
        By the reference of the image and that of its base, and the dead tags of the catalog.

    What to do:
        Build on the same family in mcr.microsoft.com with the tag of the target.

    Example:
        microsoft/iis:windowsservercore-1803 becomes
        mcr.microsoft.com/windows/servercore/iis:windowsservercore-ltsc2022.
    """

    id = "PSW147"
    name = "retired-image-name"
    severity = Severity.RECOMMENDED
    sources = (
        "base_images/manifest_facts/docker-hub-names",
        "base_images/tag_mapping/dead-sac",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the names of all images that move, and of their bases."""
        for use in uses_of(context):
            for reference in references(use):
                why = _given_up(reference, use.to, context.catalog)
                if not why:
                    continue
                yield self.finding(
                    use.target,
                    what="it has, or stands on, a name that its maker has given up",
                    why=why,
                    fix=f"Build it on the family in {MCR} with the tag of "
                    f"{context.catalog.image_os(use.to)}, and pass --image OLD=NEW",
                    evidence=(Evidence("reference", reference.text), use.used_by()),
                )
                break


def _given_up(reference: Reference, to: str, catalog: Catalog) -> str:
    """Why a name is dead; empty when it is not known to be."""
    if reference.registry == _HUB and reference.repository.startswith(_OLD_OWNER):
        return f"the images of {_OLD_OWNER.rstrip('/')} moved from Docker Hub to {MCR}"
    if reference.registry != MCR:
        return ""
    if successor(reference.text, to, catalog).rule == _DEAD_TAG:
        return "its tag names a Windows version that no node of today runs"
    for dead in catalog.base_images.dead_tags:
        if any(_matches(pattern, reference, catalog) for pattern in dead.tags):
            return dead.note
    return ""


def _matches(pattern: str, reference: Reference, catalog: Catalog) -> bool:
    """Whether a dead tag of the catalog that is no version is meant."""
    if "*" in pattern:
        return fnmatchcase(reference.repository, pattern) or fnmatchcase(reference.tag, pattern)
    family = family_of(reference, catalog)
    of_windows = family is not None and reference.repository.startswith("windows")
    floating = reference.tag in ("", "latest") and not reference.digest
    return pattern == "latest" and floating and of_windows and reference.repository.count("/") < 2
