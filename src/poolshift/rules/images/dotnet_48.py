"""PSW145: an image on a .NET Framework 4 that is not built any more for the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.images.dotnet_35 import VERSION as VERSION_35
from poolshift.rules.images.frameworks import Standing, framework_uses
from poolshift.rules.images.uses import must_change
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.images.frameworks import FrameworkUse
    from poolshift.rules.interface import Context


class DotnetFramework48(Rule):
    """An image stands on a .NET Framework 4 that the target has no maintained image of.

    What it finds:
        An image that moves whose own name, or whose base, is a dotnet/framework image of a
        version that is not built for the target: 4.8 and older.

    Why it matters:
        Replacing only the Windows part of the tag gives an image for 2022 that gets no fixes any
        more, and for 2025 a tag that does not exist. The floating 4.8 pulls nothing on either.

    How it is decided:
        By the reference of the image and of its base, and the tags that the catalog lists as
        built for the target. An image that runs on the target as it is, is information.

    What to do:
        Build it on the maintained version. It replaces the older 4.x in place and its maker lists
        no breaking change; let the owner of the application agree and test.

    Example:
        dotnet/framework/aspnet:4.8-windowsservercore-ltsc2019 becomes
        4.8.1-windowsservercore-ltsc2022.
    """

    id = "PSW145"
    name = "dotnet-framework-48"
    severity = Severity.RECOMMENDED
    sources = (
        "constraints/constraints/net48-tag-gone-2022",
        "os_changes/changes/ws2022-dotnet-framework",
        "os_changes/changes/ws2025-dotnet-framework",
        "base_images/tag_mapping/fw48-2019",
        "base_images/tag_mapping/fw48-2022",
        "base_images/tag_mapping/fw48-floating",
        "base_images/tag_mapping/fw47x",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the images on the .NET Framework."""
        for found in framework_uses(context):
            if found.version != VERSION_35 and found.standing is not Standing.BUILT:
                yield self._found(context, found)

    def _found(self, context: Context, found: FrameworkUse) -> Finding:
        use = found.use
        change = must_change(use, context.catalog)
        none = found.standing is Standing.NONE
        said = "no such image exists" if none else "that image is not rebuilt any more"
        newer = f"build it on {found.newest}" if found.newest else "choose a maintained base"
        return self.finding(
            use.target,
            severity=None if change else Severity.INFO,
            what=f"it stands on the .NET Framework {found.version}; for {use.to} {said}",
            why="changing only the Windows part of the tag gives no image, or one without fixes",
            fix=f"Let its owner agree to the newer framework, {newer}, and pass --image OLD=NEW"
            if change
            else f"Nothing must be done now: it runs on {use.to} as it is. At the next rebuild "
            f"{newer}",
            evidence=(Evidence("base", found.reference.text), use.used_by()),
        )
