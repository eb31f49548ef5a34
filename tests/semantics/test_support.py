"""Until when an OS is served, and what may follow it."""

from __future__ import annotations

from datetime import date

import pytest

from poolshift.catalog import load_catalog
from poolshift.core.snapshot import PoolFacts
from poolshift.semantics.support import deadlines, effective_os, end_day, end_of, succeeds

CATALOG = load_catalog()


def pool(sku: str, version: str = "1.32.1", image: str = "") -> PoolFacts:
    os_type = "Windows" if sku.startswith("Windows") else "Linux"
    return PoolFacts("p", os_type, sku, "User", 1, "Standard_D2s_v3", version, image)


@pytest.mark.parametrize(
    ("facts", "os_id"),
    [
        (pool("Windows2022"), "Windows2022"),
        (pool("AzureLinux", "1.31.0"), "AzureLinux2"),
        (pool("AzureLinux", "1.32.0"), "AzureLinux3"),
        (pool("Ubuntu", "1.34.0"), "Ubuntu2204"),
        (pool("Ubuntu", "1.23.8"), None),
        (pool("Ubuntu", "1.23.8", "AKSUbuntu-1804gen2containerd-2022.10.03"), "Ubuntu1804"),
        (pool("Solaris"), None),
    ],
)
def test_effective_os(facts: PoolFacts, os_id: str | None) -> None:
    assert effective_os(facts, CATALOG) == os_id


def test_claim_that_names_minors_counts_only_there() -> None:
    old = end_of("Windows2019", "create", "1.32.0", CATALOG)
    new = end_of("Windows2019", "create", "1.33.0", CATALOG)
    assert old is not None
    assert new is not None
    assert (old.k8s, new.k8s) == ("any", ">=1.33")


def test_deadlines_stand_in_the_order_of_days() -> None:
    found = [(d.what, d.on) for d in deadlines(pool("Windows2019"), CATALOG)]
    assert found == [
        ("create", "2026-03-01"),
        ("patch", "2026-03-01"),
        ("scale", "2027-04-01"),
    ]
    assert deadlines(pool("Solaris"), CATALOG) == ()


def test_end_without_a_day() -> None:
    assert end_day(None) is None
    assert end_day(end_of("Windows2019", "upgrade", "1.32", CATALOG)) is None
    assert end_day(end_of("Windows2019", "scale", "1.32", CATALOG)) == date(2027, 4, 1)


@pytest.mark.parametrize(
    ("current", "to", "follows"),
    [
        ("Windows2019", "Windows2022", True),
        ("Windows2019", "windows2025", True),
        ("Windows2022", "Windows2022", False),
        ("Windows2025", "Windows2022", False),
        ("Windows2022", "AzureLinux3", False),
        ("Ubuntu2204", "Ubuntu2404", True),
        ("Ubuntu2204", "Windows2022", False),
        ("Windows2019", "Windows2031", False),
        ("Solaris", "Ubuntu2404", False),
    ],
)
def test_what_may_follow(current: str, to: str, follows: bool) -> None:
    assert succeeds(to, pool(current), CATALOG) is follows
