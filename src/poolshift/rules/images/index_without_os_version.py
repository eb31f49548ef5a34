"""PSW140: an index that lists Windows entries without their build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.images.uses import uses_of
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.core.image import Platform
    from poolshift.rules.interface import Context


class IndexWithoutOsVersion(Rule):
    """An image's index lists Windows entries without os.version; only their configs state it.

    What it finds:
        An image of a workload that moves, whose index has Windows entries without a build, while
        the config blobs of those entries state one.

    Why it matters:
        Nodes choose an entry by what the index says. Where it says nothing, every node takes the
        first such entry, whatever Windows it is for. It works by the order of the index alone, and
        the next push may turn the order around.

    How it is decided:
        The registry's index had no os.version for the entry, and the config blob did. An image
        that nobody states a build of is PSW105's; one that does not run on the target is
        PSW104's as well.

    What to do:
        Push the index again with the os.version of each entry, with docker manifest annotate, or
        with a build tool that keeps the field.

    Example:
        shop/search:4 lists two windows/amd64 entries; only their configs say 17763 and 20348.
    """

    id = "PSW140"
    name = "index-without-os-version"
    severity = Severity.RECOMMENDED
    sources = (
        "base_images/manifest_facts/os-version-field",
        "base_images/manifest_facts/config-os-version",
        "base_images/manifest_facts/match-rule",
    )
    pains = ("B3",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at every image that moves, once."""
        seen: set[str] = set()
        for use in uses_of(context):
            platforms = use.facts.platforms if use.facts else ()
            hidden = [p for p in platforms if p.os == "windows" and p.hidden and p.os_version]
            if not hidden or use.ref in seen:
                continue
            seen.add(use.ref)
            yield self.finding(
                use.target,
                what="its index lists Windows entries without os.version",
                why="nodes choose an entry by the index alone: without os.version every node takes "
                "the first such entry, whichever Windows it is for",
                fix="Push the index again with the os.version of each entry: docker manifest "
                "annotate --os-version BUILD LIST IMAGE, then docker manifest push LIST",
                evidence=(
                    Evidence("os.version in the config blobs", ", ".join(_builds(hidden))),
                    use.used_by(),
                ),
            )


def _builds(platforms: list[Platform]) -> list[str]:
    return [p.os_version for p in platforms]
