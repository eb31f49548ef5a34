"""Why a pool has its VM generation, and what another generation takes."""

from __future__ import annotations

import pytest

from poolshift.catalog import load_catalog
from poolshift.core.arm import VmSize
from poolshift.core.snapshot import PoolFacts
from poolshift.semantics.generation import (
    CauseKind,
    default_sku,
    generation_story,
    in_place_generation,
    new_pool_generation,
    size_generations,
)

CATALOG = load_catalog()
IMAGES = {
    ("Windows2019", "V1"): "AKSWindows-2019-containerd-17763.8389.260210",
    ("Windows2022", "V1"): "AKSWindows-2022-containerd-20348.1787.230614",
    ("Windows2022", "V2"): "AKSWindows-2022-containerd-gen2-20348.5386.260715",
    ("Windows2025", "V1"): "AKSWindows-2025-26100.33158.260715",
    ("Windows2025", "V2"): "AKSWindows-2025-gen2-26100.32522.260311",
    ("Ubuntu2404", "V2"): "AKSUbuntu-2404gen2containerd-202603.30.0",
    ("Ubuntu2204", "V1"): "AKSUbuntu-2204containerd-202603.30.0",
}
BOTH, ONLY1, ONLY2 = "Standard_D2s_v3", "Standard_D2_v3", "Standard_D4ds_v6"


def pool(sku: str, generation: str, size: str = BOTH, version: str = "1.24.9") -> PoolFacts:
    os_type = "Windows" if sku.startswith("Windows") else "Linux"
    image = IMAGES.get((sku, generation), "")
    return PoolFacts("p", os_type, sku, "User", 1, size, version, image)


def kinds(facts: PoolFacts) -> list[str]:
    return [c.kind for c in generation_story(facts, (), CATALOG).causes]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (pool("Windows2019", "V1"), ["os-gen1-only", "image-upgrade-keeps"]),
        (
            pool("Windows2019", "V1", version="1.30.2"),
            ["os-gen1-only", "image-upgrade-keeps", "version-upgrade-keeps"],
        ),
        (pool("Windows2022", "V1"), ["header-not-sent", "image-upgrade-keeps"]),
        (pool("Windows2022", "V1", ONLY1), ["size-gen1-only", "image-upgrade-keeps"]),
        (pool("Windows2022", "V2", ONLY2), ["header-sent"]),
        (pool("Windows2025", "V2"), ["os-takes-gen2"]),
        (pool("Windows2025", "V1", ONLY1), ["size-gen1-only", "image-upgrade-keeps"]),
        (pool("Ubuntu2204", "V1", ONLY1), ["size-gen1-only"]),
        (pool("Ubuntu2404", "V2"), []),
    ],
    ids=lambda value: f"{value.os_sku}-{value.vm_size}" if isinstance(value, PoolFacts) else None,
)
def test_causes_are_told_apart(facts: PoolFacts, expected: list[str]) -> None:
    assert kinds(facts) == expected


def test_newer_os_than_the_default_is_no_cause_of_a_version_upgrade() -> None:
    assert not generation_story(pool("Windows2022", "V1"), (), CATALOG).has(
        CauseKind.VERSION_UPGRADE_KEEPS
    )


def test_what_nothing_explains_is_left_open() -> None:
    odd = generation_story(pool("Windows2025", "V1", BOTH), (), CATALOG)
    assert odd.causes == ()
    assert odd.created_by is None
    assert "nothing that is known" in odd.open_question


def test_unknown_image_and_unknown_os_are_left_open() -> None:
    assert "node image" in generation_story(pool("Windows2022", "?"), (), CATALOG).open_question
    facts = PoolFacts(
        "p", "Windows", "Windows2031", "User", 1, BOTH, "1.32", IMAGES["Windows2022", "V1"]
    )
    assert "no record of Windows2031" in generation_story(facts, (), CATALOG).open_question


def test_service_is_believed_before_the_table() -> None:
    told = (VmSize(BOTH.upper(), "f", 2, 8, ("V1",)),)
    assert size_generations(BOTH, told, CATALOG) == (("V1",), "service")
    assert size_generations(BOTH, (), CATALOG) == (("V1", "V2"), "catalog")
    assert size_generations("Standard_Q1", (), CATALOG) == ((), "")
    story = generation_story(pool("Windows2022", "V1"), told, CATALOG)
    assert story.created_by is CauseKind.SIZE_GEN1_ONLY


def test_every_cause_names_a_fact_of_the_catalog() -> None:
    for facts in (
        pool("Windows2019", "V1", version="1.30"),
        pool("Windows2022", "V1"),
        pool("Windows2022", "V2"),
        pool("Windows2025", "V2"),
        pool("Windows2022", "V1", ONLY1),
    ):
        for cause in generation_story(facts, (), CATALOG).causes:
            assert CATALOG.constraint(cause.fact).statement


@pytest.mark.parametrize(
    ("sku", "size", "header", "expected"),
    [
        ("Windows2019", ("V1", "V2"), True, "V1"),
        ("Windows2019", ("V2",), False, ""),
        ("Windows2022", ("V1", "V2"), False, "V1"),
        ("Windows2022", ("V1", "V2"), True, "V2"),
        ("Windows2022", ("V2",), False, ""),
        ("Windows2022", ("V1",), True, ""),
        ("Windows2025", ("V1", "V2"), False, "V2"),
        ("Windows2025", ("V1",), False, "V1"),
    ],
)
def test_generation_of_a_new_pool(
    sku: str, size: tuple[str, ...], header: bool, expected: str
) -> None:
    record = CATALOG.sku(sku)
    assert record is not None
    assert new_pool_generation(record, size, header=header, catalog=CATALOG) == expected


@pytest.mark.parametrize(
    ("generation", "size", "expected"),
    [
        ("V1", ("V1",), "V1"),
        ("V1", ("V1", "V2"), "V2"),
        ("V2", ("V2",), "V2"),
        ("V2", ("V1",), ""),
        ("", ("V1", "V2"), ""),
        ("V1", (), ""),
    ],
)
def test_generation_after_the_change_in_place(
    generation: str, size: tuple[str, ...], expected: str
) -> None:
    sku = CATALOG.sku("Windows2022")
    assert sku is not None
    assert in_place_generation(sku, generation, size) == expected


def test_default_of_a_version() -> None:
    found = {v: default_sku(v, CATALOG) for v in ("1.23.8", "1.30.0", "1.37.1")}
    ids = {v: sku.id if sku else "" for v, sku in found.items()}
    assert ids == {"1.23.8": "Windows2019", "1.30.0": "Windows2022", "1.37.1": "Windows2025"}
