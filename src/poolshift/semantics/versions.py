"""Kubernetes versions, Windows builds and the names of node images, read apart."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from poolshift.catalog import Catalog

_VERSION = re.compile(r"v?(\d+)\.(\d+)")
_BUILD = re.compile(r"(?:10\.0\.)?(\d{5})(?:\.\d+)?")
_WINDOWS_IMAGE = re.compile(
    r"AKSWindows-(?P<release>[0-9A-Za-z]+)(?:-containerd)?(?P<gen2>-gen2)?(?:-tl)?"
    r"-(?P<build>\d{5}\.\d+)\.(?P<date>\d{6})"
)
_LINUX_IMAGE = re.compile(
    r"AKS(?P<release>[A-Za-z]+(?:-V?\d+)?)(?:gen2|fips|arm64|containerd)*-(?P<date>\d{4,6}[\d.]+)"
)


def minor(version: str) -> tuple[int, int]:
    """`(1, 23)` of `1.23.8`, `v1.23` or `1.23`; `(0, 0)` of what is no version."""
    found = _VERSION.match(version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def in_range(version: str, first: str | None, last: str | None) -> bool:
    """Whether a version lies in a range of minors; a None bound is open, both are inclusive."""
    at = minor(version)
    return (first is None or at >= minor(first)) and (last is None or at <= minor(last))


def range_holds(version: str, text: str) -> bool:
    """Whether a version lies in a range as the catalog writes it.

    `>=1.33`, `<=1.24`, `1.25-1.36`, `1.35+`, `1.36`, or `any`.
    """
    if text in ("", "any", "all"):
        return True
    if text.startswith(">="):
        return minor(version) >= minor(text[2:])
    if text.startswith("<="):
        return minor(version) <= minor(text[2:])
    if text.endswith("+"):
        return minor(version) >= minor(text[:-1])
    first, _, last = text.partition("-")
    return in_range(version, first, last or first)


def build_of(version: str) -> str:
    """The three-part Windows build of a longer one: `10.0.20348` of `10.0.20348.825`."""
    found = _BUILD.fullmatch(version)
    return f"10.0.{found[1]}" if found else ""


def revision_of(version: str) -> int | None:
    """The fourth part of a Windows build: 825 of `10.0.20348.825`; None where there is none."""
    last = version.removeprefix(build_of(version)).removeprefix(".")
    return int(last) if build_of(version) and last.isdigit() else None


class NodeImage(msgspec.Struct, frozen=True):
    """A node image by its name.

    `os_sku` is an OS SKU or an OS release of the catalog, empty when none is known by that name;
    `build` has four parts and is empty on Linux; `generation` is V1 or V2; `date` is as the name
    has it (`221019`, `202603.30.0`).
    """

    name: str
    os_sku: str
    build: str
    generation: str
    date: str


def parse_node_image(name: str, catalog: Catalog) -> NodeImage | None:
    """What nodeImageVersion tells; None for a name of another form."""
    windows = _WINDOWS_IMAGE.fullmatch(name)
    if windows:
        build = f"10.0.{windows['build']}"
        generation = "V2" if windows["gen2"] else "V1"
        return NodeImage(name, catalog.sku_of_build(build), build, generation, windows["date"])
    linux = _LINUX_IMAGE.fullmatch(name)
    if linux is None:
        return None
    generation = "V2" if _is_gen2(name, catalog) else "V1"
    return NodeImage(name, _linux_sku(linux["release"], catalog), "", generation, linux["date"])


def image_day(image: NodeImage) -> date | None:
    """The day in a node image's name: `260109` on Windows, `202603.30.0` on Linux; None without."""
    text = image.date.replace(".", "")
    year, rest = (f"20{text[:2]}", text[2:]) if image.build else (text[:4], text[4:])
    month, day = rest[:2], rest[2:4]
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _is_gen2(name: str, catalog: Catalog) -> bool:
    """Names that carry no generation are Gen2 where an example of the same stem says so."""
    if "gen2" in name:
        return True
    stem = name.rpartition("-")[0]
    examples = catalog.os_skus.node_image_names.examples
    return any(e.value.rpartition("-")[0] == stem and e.generation == "V2" for e in examples)


def _linux_sku(release: str, catalog: Catalog) -> str:
    """The OS SKU or OS release that image names write as `Ubuntu-2204` or `AzureLinux-V3`."""
    name = re.sub(r"-V?", "", release)
    found = catalog.sku(name) or catalog.release(name)
    return found.id if found else ""
