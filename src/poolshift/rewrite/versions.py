"""The labels of nodes that tell Windows versions apart, and what their values become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.scalars import line_of, pairs, replace_scalar
from poolshift.rewrite.yamltree import Scalar
from poolshift.semantics.pins import OS_SKU_KEY, WINDOWS_BUILD_KEY
from poolshift.semantics.versions import build_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Node

VERSIONS = (OS_SKU_KEY, WINDOWS_BUILD_KEY)


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


def older_product(text: str, collector: Collector) -> str:
    """The product of a Windows version older than the target that a text is the name of."""
    settings = collector.settings
    target = _number(settings.build)
    for release in settings.catalog.base_images.os_versions:
        names = (release.id, release.os_version_prefix, *release.alt_tags)
        older = _number(release.os_version_prefix) < target
        if older and text.lower() in (name.lower() for name in names):
            return release.product
    sku = settings.catalog.sku(text)
    if sku is not None and sku.os_type == "Windows" and _number(sku.build or "") < target:
        return sku.product
    return ""
