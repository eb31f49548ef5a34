"""PSW146: an image on the full windows base, which ends with Windows Server 2019."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.images.uses import families, must_change, uses_of
from poolshift.rules.interface import Rule
from poolshift.semantics.tags import MCR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.interface import Context


class FullWindowsImage(Rule):
    """An image stands on a base whose repository has nothing for the target: the full windows.

    What it finds:
        An image that moves whose own name, or whose base, is of a family of Windows images that
        another repository follows for the target.

    Why it matters:
        There is no tag of the same repository for the target. windows/server is another image
        with another set of parts, so graphics, print and media use may behave differently.

    How it is decided:
        By the reference of the image and of its base, or the base's bottom layer, and the
        repositories that the catalog lists. An image that runs as it is, is left alone.

    What to do:
        Build on windows/server, or on servercore with fonts and the parts that are missing, and
        test what draws, prints or plays.

    Example:
        FROM mcr.microsoft.com/windows:1809 becomes mcr.microsoft.com/windows/server:ltsc2022.
    """

    id = "PSW146"
    name = "full-windows-image"
    severity = Severity.REQUIRED
    sources = (
        "constraints/constraints/windows-full-image-ends",
        "os_changes/changes/ws2022-full-windows-image",
        "base_images/tag_mapping/windows-full",
    )

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the bases of all images that move."""
        for use in uses_of(context):
            image_os = context.catalog.image_os(use.to)
            for family, reference in families(use, context.catalog).values():
                if not family.successor_repository or family.available.get(image_os):
                    continue
                if not must_change(use, context.catalog):
                    continue
                follower = f"{MCR}/{family.successor_repository}:{image_os}"
                yield self.finding(
                    use.target,
                    what=f"it stands on {family.repository}, which has no image for {use.to}",
                    why=f"{family.successor_repository} follows it, with another set of parts: "
                    "graphics, print and media use may behave differently",
                    fix=f"Build it on {follower}, or on servercore with the parts that it needs; "
                    "test it, then pass --image OLD=NEW",
                    evidence=(Evidence("base", reference.text), use.used_by()),
                )
