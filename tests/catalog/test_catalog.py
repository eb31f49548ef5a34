"""Which claim holds, and what the catalog answers."""

from __future__ import annotations

import pytest

from poolshift.catalog import Claim, load_catalog, sources_of, winner
from poolshift.core.errors import InvariantError, UsageError

CATALOG = load_catalog()


def claim(value: str | None, *, official: bool = True) -> Claim:
    return Claim(value=value, source="s", read_on="2026-01-01", official=official)


def test_newest_official_claim_wins() -> None:
    rumour, new, old = claim("a", official=False), claim("b"), claim("c")
    assert winner((rumour, new, old)) is new
    assert winner((rumour,)) is rumour
    assert winner(()) is None


@pytest.mark.parametrize(
    ("sku", "what", "value"),
    [
        ("Windows2019", "create", "2026-03-01"),
        ("Windows2019", "patch", "2026-03-01"),
        ("Windows2019", "upgrade", None),
        ("Windows2019", "scale", "2027-04-01"),
        ("windows2022", "scale", "2029-06-30"),
        ("Windows2022", "patch", "2028-06-30"),
        ("Windows2025", "scale", None),
        ("AzureLinux2", "scale", "2026-03-31"),
    ],
    ids=lambda v: str(v),
)
def test_end_of_an_os(sku: str, what: str, value: str | None) -> None:
    found = CATALOG.ends(sku, what)
    assert found is not None
    assert found.value == value
    assert found.source


def test_superseded_claims_are_kept() -> None:
    values = [c.value for c in CATALOG.claims_of_end("Windows2022", "scale")]
    assert values == ["2029-06-30", "2029-06-30", "2028-04-01"]


def test_os_without_ends_answers_nothing() -> None:
    assert CATALOG.ends("Ubuntu2604", "create") is None
    assert CATALOG.ends("NoSuch", "create") is None


def test_sku_is_found_in_any_case_and_by_alias() -> None:
    assert CATALOG.sku("WINDOWS2022") is CATALOG.sku("Windows2022")
    mariner = CATALOG.sku("Mariner")
    assert mariner is not None
    assert mariner.id == "CBLMariner"
    assert CATALOG.sku("Windows2031") is None


def test_builds_go_both_ways() -> None:
    assert CATALOG.build_of("Windows2022") == "10.0.20348"
    assert CATALOG.build_of("Ubuntu2204") == ""
    assert CATALOG.sku_of_build("10.0.26100.33158") == "Windows2025"
    assert CATALOG.sku_of_build("10.0.1") == ""


def test_kubernetes_range_may_be_open() -> None:
    assert CATALOG.k8s_range("Windows2022") == ("1.23", "1.36")
    assert CATALOG.k8s_range("Windows2025") == ("1.32", None)
    assert CATALOG.k8s_range("NoSuch") == (None, None)


def test_hosts_run_the_builds_that_are_listed() -> None:
    runs = CATALOG.host_runs()
    assert runs["10.0.17763"] == {"10.0.17763"}
    assert runs["10.0.20348"] == {"10.0.20348"}
    assert runs["10.0.26100"] == {"10.0.26100", "10.0.20348"}
    assert CATALOG.runs("windows2025") == runs["10.0.26100"]
    assert CATALOG.runs("Ubuntu2204") == frozenset()


def test_windows_skus_have_an_image_os() -> None:
    assert CATALOG.image_os("Windows2019") == "ltsc2019"
    assert CATALOG.image_os("Windows2025") == "ltsc2025"
    assert CATALOG.image_os("AzureLinux3") == ""
    assert "Windows2022" in CATALOG.windows_skus()


def test_sizes_are_found_in_any_case() -> None:
    size = CATALOG.vm_size("standard_d2S_v3")
    assert size is not None
    assert (size.vcpus, size.memory_gb, size.family) == (2, 8.0, "standardDSv3Family")
    assert CATALOG.vm_generations("Standard_D2_v2") == ("V1",)
    assert CATALOG.vm_generations("Standard_D2ds_v6") == ("V2",)
    assert CATALOG.vm_generations("Standard_Z1") is None


def test_limits_are_numbers_by_key() -> None:
    assert CATALOG.limit_number("pool-name-windows-length", "max") == 6
    with pytest.raises(InvariantError):
        CATALOG.limit_number("pool-name-pattern", "max")
    with pytest.raises(InvariantError):
        CATALOG.limit("no-such")


def test_errors_are_found_by_code_alias_and_sub() -> None:
    error = CATALOG.error("ErrCode_InsufficientVCPUQuota")
    assert error is not None
    assert error.code == "QuotaExceeded"
    assert CATALOG.error("NoSuchCode") is None
    several = [e for e in CATALOG.errors.errors if e.code == "OperationNotAllowed"]
    assert {CATALOG.error(e.code, e.sub) for e in several} == set(several)


def test_constraint_is_found_by_alias() -> None:
    by_alias = CATALOG.constraint("windows-inplace-2022-2025-coming")
    assert by_alias.id == "windows-inplace-2022-2025"


def test_timing_is_found_in_any_section() -> None:
    assert getattr(CATALOG.timing("sum-pool-add-windows"), "n", 0) > 0
    with pytest.raises(InvariantError):
        CATALOG.timing("no-such")


@pytest.mark.parametrize(
    ("wanted", "full"),
    [
        ("Windows2022", "os_skus/os_skus/Windows2022"),
        ("windows2022", "os_skus/os_skus/Windows2022"),
        ("os_skus/os_skus/Windows2022", "os_skus/os_skus/Windows2022"),
        ("1.35", "kubernetes_versions/kubernetes_versions/1.35"),
        ("Mariner", "os_skus/os_skus/CBLMariner"),
        ("UnsatisfiablePDB", "errors/errors/UnsatisfiablePDB"),
        ("kubernetes.io/os", "os_skus/node_labels/kubernetes.io/os"),
        ("node_names", "os_skus/node_names/node_names"),
    ],
)
def test_record_is_found_by_full_and_short_id(wanted: str, full: str) -> None:
    assert CATALOG.record(wanted).id == full


def test_unknown_record_says_how_to_list() -> None:
    with pytest.raises(UsageError, match="catalog list"):
        CATALOG.record("no-such-record")


def test_ambiguous_record_names_what_it_may_mean() -> None:
    with pytest.raises(UsageError, match=r"OperationNotAllowed\+"):
        CATALOG.record("OperationNotAllowed")


def test_sources_read_alike_in_both_forms() -> None:
    assert sources_of("a") == ("a",)
    assert sources_of(("a", "b")) == ("a", "b")
    assert sources_of("") == ()
