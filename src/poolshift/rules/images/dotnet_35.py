"""PSW144: an image on the .NET Framework 3.5, which the target has no image of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.images.frameworks import Standing, framework_uses
from poolshift.rules.images.uses import must_change
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.images.frameworks import FrameworkUse
    from poolshift.rules.interface import Context

VERSION = "3.5"


class DotnetFramework35(Rule):
    """An image stands on the .NET Framework 3.5, for which the target has no maintained image.

    What it finds:
        An image that moves whose own name, or whose base, is a dotnet/framework image of 3.5.

    Why it matters:
        No 3.5 image is published for Windows Server 2025. The one for 2022 is there, but it is
        not rebuilt, so it misses every fix since.

    How it is decided:
        By the reference of the image and of its base, as its layers or labels tell it, and the
        tags that the catalog lists for the target. An image that does not run on the target and
        has no base there is required work; one that runs as it is, is information.

    What to do:
        For 2025: stay on the image for 2022, which runs there, or add the 3.5 feature to
        servercore. For 2022: take the image that is published, knowing that it stands still.

    Example:
        dotnet/framework/aspnet:3.5-windowsservercore-ltsc2019 on a pool that moves to Windows2025.
    """

    id = "PSW144"
    name = "dotnet-framework-35"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/net35-missing-2025",
        "base_images/tag_mapping/fw35",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the images on the .NET Framework."""
        for found in framework_uses(context):
            if found.version == VERSION and found.standing is not Standing.BUILT:
                yield self._found(context, found)

    def _found(self, context: Context, found: FrameworkUse) -> Finding:
        use, none = found.use, found.standing is Standing.NONE
        change = must_change(use, context.catalog)
        severity = Severity.REQUIRED if none else Severity.RECOMMENDED
        said = "none is published" if none else "the one that is published is not rebuilt"
        return self.finding(
            use.target,
            severity=severity if change else Severity.INFO,
            what=f"it stands on the .NET Framework {VERSION}; for {use.to} {said}",
            why="the image needs a base for the target, and there is none that is maintained"
            if change
            else f"it runs on {use.to} as it is, and has no base there to be rebuilt on",
            fix=_fix(context, found, none=none, change=change),
            evidence=(Evidence("base", found.reference.text), use.used_by()),
        )


def _fix(context: Context, found: FrameworkUse, *, none: bool, change: bool) -> str:
    target = context.catalog.image_os(found.use.to)
    if not change:
        return f"Nothing must be done. Keep the image; do not rebuild it on {target}"
    if none:
        return (
            "Build it on the newest 3.5 image that the target's nodes run, or on servercore of "
            f"{target} with the feature NET-Framework-Core added, and pass --image OLD=NEW"
        )
    return (
        f"Build it on the published 3.5 image for {target}, or on servercore of {target} with "
        "the feature NET-Framework-Core added, which gets fixes; then pass --image OLD=NEW"
    )
