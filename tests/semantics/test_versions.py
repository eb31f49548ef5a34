"""Versions, builds and node image names."""

from __future__ import annotations

import pytest

from poolshift.catalog import load_catalog
from poolshift.semantics.versions import (
    build_of,
    in_range,
    minor,
    parse_node_image,
    range_holds,
)

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1.23.8", (1, 23)), ("v1.9", (1, 9)), ("1.35", (1, 35)), ("", (0, 0)), ("x", (0, 0))],
)
def test_minor(text: str, expected: tuple[int, int]) -> None:
    assert minor(text) == expected


def test_range_is_inclusive_and_may_be_open() -> None:
    assert in_range("1.36.9", "1.23", "1.36")
    assert not in_range("1.37.0", "1.23", "1.36")
    assert not in_range("1.22.9", "1.23", None)
    assert in_range("1.99", None, None)


@pytest.mark.parametrize(
    ("version", "text", "holds"),
    [
        ("1.33.0", ">=1.33", True),
        ("1.32.9", ">=1.33", False),
        ("1.24.1", "<=1.24", True),
        ("1.25.1", "<=1.24", False),
        ("1.30", "1.25-1.34", True),
        ("1.35", "1.25-1.34", False),
        ("1.36", "1.35+", True),
        ("1.34", "1.35+", False),
        ("1.36.2", "1.36", True),
        ("1.2", "any", True),
    ],
)
def test_range_as_the_catalog_writes_it(version: str, text: str, holds: bool) -> None:
    assert range_holds(version, text) is holds


@pytest.mark.parametrize(
    ("text", "build"),
    [
        ("10.0.20348.825", "10.0.20348"),
        ("10.0.20348", "10.0.20348"),
        ("20348.825", "10.0.20348"),
        ("", ""),
        ("5.4.0-1085-azure", ""),
    ],
)
def test_windows_build(text: str, build: str) -> None:
    assert build_of(text) == build


EXAMPLES = CATALOG.os_skus.node_image_names.examples


@pytest.mark.parametrize("example", EXAMPLES, ids=[e.value for e in EXAMPLES])
def test_node_image_names_of_the_catalog(example: object) -> None:
    image = parse_node_image(example.value, CATALOG)  # type: ignore[attr-defined]
    assert image is not None
    assert image.os_sku == example.os_sku  # type: ignore[attr-defined]
    assert image.generation == example.generation  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "os_sku", "generation", "date"),
    [
        ("AKSUbuntu-1804gen2containerd-2022.10.03", "Ubuntu1804", "V2", "2022.10.03"),
        ("AKSUbuntu-2204containerd-202610.01.0", "Ubuntu2204", "V1", "202610.01.0"),
        ("AKSAzureLinux-V3gen2-202610.01.0", "AzureLinux3", "V2", "202610.01.0"),
        ("AKSUbuntu-2404gen2fipscontainerd-202603.30.0", "Ubuntu2404", "V2", "202603.30.0"),
        ("AKSWindows-2022-containerd-20348.825.220711", "Windows2022", "V1", "220711"),
    ],
)
def test_other_node_image_names(name: str, os_sku: str, generation: str, date: str) -> None:
    image = parse_node_image(name, CATALOG)
    assert image is not None
    assert (image.os_sku, image.generation, image.date) == (os_sku, generation, date)


def test_name_of_another_form_is_none() -> None:
    assert parse_node_image("", CATALOG) is None
    assert parse_node_image("AKSWindows-latest", CATALOG) is None
