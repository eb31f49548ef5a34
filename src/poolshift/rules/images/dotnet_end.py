"""PSW155: an image on a .NET version whose support ends or has ended."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from poolshift.core.finding import Evidence, Severity
from poolshift.rules.images.uses import families, must_change, uses_of
from poolshift.rules.interface import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog.model.base_images import DotnetVersion, ImageFamily
    from poolshift.core.finding import Finding, NotChecked
    from poolshift.rules.images.uses import Use
    from poolshift.rules.interface import Context

_FAMILY = "dotnet"


class DotnetVersionEnds(Rule):
    """An image stands on a .NET version whose support has ended or ends soon.

    What it finds:
        An image that moves whose own name, or whose base, is an image of .NET in a version that is
        past its end of support, or comes to it within thresholds.soon_days.

    Why it matters:
        A version past its end gets no fixes, and its base images are not rebuilt. An image that
        must be rebuilt for the target anyway is best rebuilt on a version that stays.

    How it is decided:
        By the tag of the image or of its base, as its layers or labels tell it, and the ends in the
        catalog. An image that runs on the target as it is, is information.

    What to do:
        Rebuild on the newest version with long support; the application is built again for it.

    Example:
        dotnet/aspnet:8.0-nanoserver-1809 on a pool that moves to Windows2022.
    """

    id = "PSW155"
    name = "dotnet-version-ends"
    severity = Severity.RECOMMENDED
    sources = ("base_images/families/dotnet",)

    def check(self, context: Context) -> Iterator[Finding | NotChecked]:
        """Look at the .NET versions of all images that move."""
        soon = context.as_of + timedelta(days=context.thresholds.soon_days)
        for use in uses_of(context):
            for family, reference in families(use, context.catalog).values():
                version = _version(family, reference.tag) if family.id == _FAMILY else None
                end = version.end_of_support if version is not None else None
                if version is not None and end is not None and date.fromisoformat(end) <= soon:
                    yield self._found(context, use, reference.text, version, end)

    def _found(
        self, context: Context, use: Use, base: str, version: DotnetVersion, end: str
    ) -> Finding:
        past = date.fromisoformat(end) <= context.as_of
        change = must_change(use, context.catalog)
        stays = _latest(context)
        return self.finding(
            use.target,
            severity=None if change else Severity.INFO,
            what=f"it stands on .NET {version.version}, whose support "
            + ("has ended" if past else "ends soon"),
            why=f"after {end} it gets no fixes, and its base images are not rebuilt",
            fix=(
                f"Since it must be rebuilt for {use.to}, rebuild it on .NET {stays}"
                if change
                else f"Rebuild it on .NET {stays} when the move is done"
            )
            + ", the version whose support ends last",
            deadline=end,
            evidence=(
                Evidence("base", base),
                Evidence(f"catalog/dotnet/{version.version}/end_of_support", end),
                use.used_by(),
            ),
        )


def _version(family: ImageFamily, tag: str) -> DotnetVersion | None:
    """The version that a tag names, a patch of it included."""
    named = tag.partition("-")[0]
    return next(
        (v for v in family.versions if f"{named}.".startswith(f"{v.version}.")),
        None,
    )


def _latest(context: Context) -> str:
    """The version whose support ends last, of those that have an end."""
    known = context.catalog.base_images.families
    ends = [
        (v.end_of_support or "", v.version) for f in known if f.id == _FAMILY for v in f.versions
    ]
    return max(ends)[1]
