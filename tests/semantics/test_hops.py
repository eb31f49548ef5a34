"""Which hops a move makes, what an image makes of them, and containerd's step."""

from __future__ import annotations

from typing import Any

import pytest

from poolshift.catalog import Catalog, load_catalog
from poolshift.core.image import ImageFacts, Platform
from poolshift.core.snapshot import PoolFacts
from poolshift.semantics.hops import (
    containerd_major,
    containerd_step,
    hops_of,
    image_hops,
    unrecorded,
    way,
)

W19, W22, W25 = "10.0.17763.8027", "10.0.20348.4405", "10.0.26100.7000"
BOTH_HOPS = frozenset({"ws2019-ws2022", "ws2022-ws2025"})


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def pool(sku: str, version: str = "1.32.1", **changes: Any) -> PoolFacts:
    system = "Windows" if sku.startswith("Windows") else "Linux"
    return PoolFacts("p", system, sku, "User", 1, "s", version, **changes)


def image(*builds: str, hidden: bool = False) -> ImageFacts:
    return ImageFacts(
        "r", platforms=tuple(Platform("windows", os_version=b, hidden=hidden) for b in builds)
    )


def test_a_move_over_two_versions_makes_both_hops(catalog: Catalog) -> None:
    assert way(pool("Windows2019"), "Windows2025", catalog) == (
        "Windows2019",
        "Windows2022",
        "Windows2025",
    )
    assert hops_of(pool("Windows2019"), "Windows2025", catalog) == BOTH_HOPS
    assert hops_of(pool("Windows2019"), "Windows2022", catalog) == {"ws2019-ws2022"}
    assert unrecorded(pool("Windows2019"), "Windows2025", catalog) is None


def test_an_unversioned_os_counts_as_what_it_stands_for(catalog: Catalog) -> None:
    at_131 = pool("AzureLinux", "1.31.1")
    assert hops_of(at_131, "AzureLinux3", catalog) == {"azl2-azl3"}
    assert hops_of(pool("AzureLinux", "1.32.1"), "AzureLinux3", catalog) == frozenset()
    # Asked for without a version the target is what the pool's Kubernetes makes of it.
    assert way(pool("Ubuntu2204", "1.36.1"), "Ubuntu", catalog)[-1] == "Ubuntu2404"


def test_a_way_that_is_not_recorded_is_named(catalog: Catalog) -> None:
    assert unrecorded(pool("Ubuntu2204"), "AzureLinux3", catalog) == ("Ubuntu2204", "AzureLinux3")
    assert unrecorded(pool("WindowsAnnual"), "Windows2025", catalog) == (
        "WindowsAnnual",
        "Windows2025",
    )
    old = pool("Ubuntu", node_image_version="AKSUbuntu-2004fipsgen2containerd-202601.05.0")
    assert unrecorded(old, "Ubuntu2404", catalog) == ("Ubuntu2004", "Ubuntu2204")
    assert unrecorded(pool("Windows2031"), "Windows2025", catalog) == (
        "Windows2031",
        "Windows2025",
    )


@pytest.mark.parametrize(
    ("held", "host", "to", "hops"),
    [
        (image(W19), "Windows2019", "Windows2025", BOTH_HOPS),
        (image(W19, W22), "Windows2019", "Windows2022", {"ws2019-ws2022"}),
        (image(W19, W22), "Windows2019", "Windows2025", {"ws2019-ws2022"}),
        (image(W22), "Windows2022", "Windows2025", set()),
        (image(W22, W25), "Windows2022", "Windows2025", {"ws2022-ws2025"}),
        (image(""), "Windows2022", "Windows2025", set()),
        (image(W25), "Windows2022", "Windows2025", set()),
        (image(W22), "Windows2022", "AzureLinux3", set()),
        (image(W22), "Windows2031", "Windows2025", set()),
    ],
)
def test_an_image_makes_a_hop_where_its_own_windows_changes(
    held: ImageFacts, host: str, to: str, hops: set[str], catalog: Catalog
) -> None:
    assert image_hops(held, host, to, catalog) == hops


@pytest.mark.parametrize(
    ("sku", "version", "major"),
    [
        ("Windows2019", "1.32.1", 1),
        ("Windows2022", "1.29.0", 1),
        ("Windows2022", "1.33.4", 1),
        ("Windows2022", "1.34.0", 2),
        ("Windows2022", "1.99.0", 2),
        ("Windows2025", "1.32.0", 2),
        ("Ubuntu2404", "1.32.0", 2),
        ("AzureLinux3", "1.32.0", 1),
        ("AzureLinux3", "1.33.0", 2),
        ("AzureContainerLinux", "1.33.0", None),
        ("Windows2031", "1.33.0", None),
    ],
)
def test_containerd_of_new_nodes(
    sku: str, version: str, major: int | None, catalog: Catalog
) -> None:
    assert containerd_major(sku, version, catalog) == major


def test_containerd_rises_by_what_the_nodes_say_first(catalog: Catalog) -> None:
    p = pool("Ubuntu2204")
    assert containerd_step(p, (), "Ubuntu2404", "1.32.1", catalog) == (1, 2)
    assert containerd_step(p, ("containerd://1.7.29-1",), "Ubuntu2404", "1.32", catalog) == (1, 2)
    assert containerd_step(p, ("containerd://2.0.6",), "Ubuntu2404", "1.32", catalog) is None
    assert containerd_step(p, ("docker://19.3",), "Ubuntu2404", "1.32", catalog) == (1, 2)
    assert containerd_step(p, (), "AzureContainerLinux", "1.32", catalog) is None
