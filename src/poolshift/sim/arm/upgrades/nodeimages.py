"""Which node images there are, by the virtual calendar.

The scenario lists those that exist when its clock starts. After that, new ones come out: for Linux
every seven days from the date in the last one's name, for Windows the day after the second Tuesday
of each month. A Windows image that was recorded is taken as it was; else its revision is made up
(so many a month on top of the one before). What is in a new Linux image (kernel, runtime) is not
known: it stays as it was. Nothing comes out for an OS after the end of its fixes.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from poolshift.semantics.support import end_day, end_of
from poolshift.semantics.versions import parse_node_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.sim.arm.state import ArmWorld, Make
    from poolshift.sim.scenarioparts import NodeImage

_LINUX = re.compile(r"(?P<family>AKS\w+-.*?)(?P<year>20\d\d)(?P<month>\d\d)\.(?P<day>\d\d)\.\d+")
_WINDOWS = re.compile(
    r"(?P<family>AKSWindows-.*?)(?P<build>\d{5})\.(?P<revision>\d+)\.(?P<date>\d{6})"
)
_WEEK = dt.timedelta(days=7)
_TUESDAY = 1
# Recorded revisions of 17763, 20348 and 26100 rose by 60 to 130 a month; an assumption beyond them.
_REVISIONS_A_MONTH = 120


class _Windows(NamedTuple):
    """A Windows image's name, taken apart."""

    date: dt.date
    revision: int
    build: str
    family: str

    @property
    def name(self) -> str:
        return f"{self.family}{self.build}.{self.revision}.{self.date:%y%m%d}"


def newest(world: ArmWorld, sku: str, generation: str, *, fips: bool) -> NodeImage | None:
    """The newest image of an OS SKU that is out now; None when the scenario has none that boots.

    A Linux SKU may have images of one generation alone; the FIPS one is taken where there is one.
    """
    images = [i for i in world.scenario.node_images if i.os_sku.lower() == sku.lower()]
    fitting = [i for i in images if i.generation == generation]
    if not fitting and not sku.startswith("Windows"):
        fitting = images
    best = [i for i in fitting if i.fips == fips] or fitting
    return current(world, best[-1]) if best else None


def newest_for(world: ArmWorld, make: Make) -> NodeImage:
    """The newest image for machines as they are now."""
    image = make.image
    return newest(world, make.os_sku, image.generation, fips=make.fips) or current(world, image)


def current(world: ArmWorld, image: NodeImage) -> NodeImage:
    """What has become of an image's line by now: itself, or one that came out after the start."""
    newest_known = _by_calendar(world, image)
    beside = world.azure.troubles.out_of_turn
    while newest_known.version in beside:
        newest_known = beside[newest_known.version]
    return newest_known


def out_of_turn(world: ArmWorld, image: NodeImage) -> NodeImage | None:
    """The next build of an image's line, dated today; None for a line that gets none any more.

    Its revision is made up: the next number.
    """
    today = world.clock.moment().date()
    if _until(world, image) < today:
        return None
    windows, linux = _WINDOWS.fullmatch(image.version), _LINUX.fullmatch(image.version)
    if windows is not None:
        last = _taken_apart(windows)
        return _of_windows(image, last._replace(date=today, revision=last.revision + 1))
    if linux is None:
        return None
    same_day = image.version.startswith(f"{linux['family']}{today:%Y%m.%d}.")
    number = int(image.version.rpartition(".")[2]) + 1 if same_day else 0
    version = f"{linux['family']}{today:%Y%m.%d}.{number}"
    return msgspec.structs.replace(image, version=version)


def _by_calendar(world: ArmWorld, image: NodeImage) -> NodeImage:
    start, now = world.scenario.start.date(), _until(world, image)
    windows = _WINDOWS.fullmatch(image.version)
    if windows is not None:
        return _current_windows(image, _taken_apart(windows), start, now)
    linux = _LINUX.fullmatch(image.version)
    return image if linux is None else _current_linux(image, linux, start, now)


def _until(world: ArmWorld, image: NodeImage) -> dt.date:
    """Today, or the last day on which its OS gets new images."""
    catalog, today = world.catalog, world.clock.moment().date()
    found = parse_node_image(image.version, catalog)
    os_id = found.os_sku if found is not None and found.os_sku else image.os_sku
    end = end_day(end_of(os_id, "patch", world.cluster.version, catalog))
    return today if end is None else min(today, end)


def _current_linux(
    image: NodeImage, found: re.Match[str], start: dt.date, now: dt.date
) -> NodeImage:
    first = dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
    out = first + _WEEK * max((now - first).days // _WEEK.days, 0)
    if out <= start or out <= first:
        return image
    return msgspec.structs.replace(image, version=f"{found['family']}{out:%Y%m.%d}.0")


def _current_windows(image: NodeImage, first: _Windows, start: dt.date, now: dt.date) -> NodeImage:
    last = first
    for month in _months(start, now):
        recorded = [
            r
            for r in _recorded()
            if (r.family, r.build) == (first.family, first.build)
            and (r.date.year, r.date.month) == (month.year, month.month)
        ]
        coming = recorded or [
            last._replace(date=_patch_day(month), revision=_revision(last, month))
        ]
        out = [c for c in coming if start < c.date <= now and c.date > last.date]
        if out:
            last = out[-1]
    return image if last is first else _of_windows(image, last)


def _of_windows(image: NodeImage, last: _Windows) -> NodeImage:
    """The image of a name, in the line of another."""
    build = f"10.0.{last.build}.{last.revision}"
    kernel = build if image.kernel == image.build else image.kernel
    return msgspec.structs.replace(image, version=last.name, build=build, kernel=kernel)


def _revision(last: _Windows, month: dt.date) -> int:
    months = (month.year - last.date.year) * 12 + month.month - last.date.month
    return last.revision + _REVISIONS_A_MONTH * max(months, 1)


def _months(start: dt.date, now: dt.date) -> Iterator[dt.date]:
    """The first day of each month, from the start's to now's."""
    month = start.replace(day=1)
    while month <= now:
        yield month
        month = (month + dt.timedelta(days=32)).replace(day=1)


def _patch_day(month: dt.date) -> dt.date:
    """The day after the second Tuesday of a month."""
    tuesday = (_TUESDAY - month.weekday()) % 7
    return month + dt.timedelta(days=tuesday + 8)


@functools.cache
def _recorded() -> tuple[_Windows, ...]:
    """The Windows images that were seen of the real service, in order of date."""
    file = resources.files("poolshift.sim.arm.upgrades").joinpath("windows_images.txt")
    names = (_WINDOWS.fullmatch(line) for line in file.read_text(encoding="utf-8").splitlines())
    return tuple(sorted(_taken_apart(found) for found in names if found is not None))


def _taken_apart(found: re.Match[str]) -> _Windows:
    date = dt.datetime.strptime(found["date"] + "+0000", "%y%m%d%z").date()
    return _Windows(date, int(found["revision"]), found["build"], found["family"])
