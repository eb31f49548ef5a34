"""The labels of nodes that tell Windows versions apart, and what their values become."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.rewrite.scalars import line_of, pairs, replace_scalar
from poolshift.rewrite.yamltree import Scalar
from poolshift.semantics.images import parse_ref
from poolshift.semantics.pins import OS_SKU_KEY, WINDOWS_BUILD_KEY
from poolshift.semantics.tags import names_windows_surely, oses_of_tag
from poolshift.semantics.versions import build_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from poolshift.catalog.model.os_skus import OsSku
    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Node

VERSIONS = (OS_SKU_KEY, WINDOWS_BUILD_KEY)
_TAG = re.compile(r"\w[\w.-]*")
"""What may be a tag, or a word of one."""


def wanted(key: str, collector: Collector) -> str:
    """The value of a version label that is right for the target."""
    to = collector.settings.to
    return to if key == OS_SKU_KEY else collector.settings.catalog.build_of(to)


def version_pins(selector: Node | None) -> Iterator[tuple[Scalar, Scalar]]:
    """The entries of a nodeSelector that tell versions apart."""
    for key, value in pairs(selector):
        if key.value in VERSIONS and isinstance(value, Scalar):
            yield key, value


def pinned_build(key: str, value: str, collector: Collector) -> str:
    """The Windows build that a value of a version label stands for; empty when it is unknown."""
    if key == OS_SKU_KEY:
        sku = collector.settings.catalog.sku(value)
        return sku.build or "" if sku is not None and sku.os_type == "Windows" else ""
    return build_of(value)


def change_pin(key: str, value: Scalar, collector: Collector) -> None:
    """Change a pin to the target, unless it is newer or no known version."""
    new = wanted(key, collector)
    if value.value == new:
        return
    build, target = pinned_build(key, value.value, collector), collector.settings.build
    if not build:
        collector.need(
            line_of(value, collector),
            "unknown-pin",
            f"{key}: {value.value} names no Windows version that is known",
            new,
        )
    elif _number(build) > _number(target):
        collector.note(
            f"line {line_of(value, collector)}: {value.value} is newer than {collector.settings.to}"
        )
    else:
        replace_scalar(value, new, collector)


def _number(build: str) -> int:
    last = build.rpartition(".")[2]
    return int(last) if last.isdigit() else 0


def allow(
    key: str, operator: str, values: Sequence[Scalar], node: Node, collector: Collector
) -> None:
    """Make an expression of an affinity on a version label allow the target.

    One value is changed as a pin is; what a list of several is for is a person's to know.
    """
    new = wanted(key, collector)
    held = [v.value for v in values]
    if operator == "In" and len(held) == 1:
        change_pin(key, values[0], collector)
    elif (operator == "In") != (new in held) and operator in ("In", "NotIn"):
        collector.need(
            line_of(node, collector),
            "affinity",
            f"this affinity on {key} does not allow {new}",
            f"allow {new} in it",
        )


def is_older_pin(key: str, value: str, collector: Collector) -> bool:
    """Whether a value of a version label stands for a Windows version older than the target."""
    build = pinned_build(key, value, collector) if key in VERSIONS else ""
    return bool(build) and _number(build) < _number(collector.settings.build)


def older_sku(text: str, collector: Collector) -> OsSku | None:
    """The OS SKU that a text names, where it is one of Windows older than the target."""
    sku = collector.settings.catalog.sku(text)
    if sku is None or sku.os_type != "Windows":
        return None
    return sku if _number(sku.build or "") < _number(collector.settings.build) else None


def older_product(text: str, collector: Collector) -> str:
    """The product of the one Windows version that a text names, where it is an older one."""
    catalog = collector.settings.catalog
    target = _number(collector.settings.build)
    if not _TAG.fullmatch(text):
        return ""
    for release in catalog.base_images.os_versions:
        names = (release.id, release.os_version_prefix, *release.alt_tags)
        older = _number(release.os_version_prefix) < target
        if older and text.lower() in (name.lower() for name in names):
            return release.product
    named = oses_of_tag(text, catalog)
    surely = len(named) == 1 and names_windows_surely(parse_ref(f"image:{text}"), catalog)
    if surely and _number(named[0].os_version_prefix) < target:
        return named[0].product
    sku = older_sku(text, collector)
    return sku.product if sku is not None else ""
