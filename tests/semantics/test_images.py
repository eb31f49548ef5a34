"""Verdicts on images, and how a tag becomes the tag of another Windows version."""

from __future__ import annotations

import pytest

from poolshift.catalog import load_catalog
from poolshift.core.finding import Verdict
from poolshift.core.image import ImageFacts, Platform
from poolshift.semantics.images import (
    Action,
    builds_of,
    explain_verdict,
    is_hostless,
    parse_ref,
    successor,
    verdict,
)

CATALOG = load_catalog()
MCR = "mcr.microsoft.com/"


def image(*builds: str, linux: bool = False) -> ImageFacts:
    platforms = tuple(Platform("windows", os_version=b) for b in builds)
    return ImageFacts("i", "", platforms + ((Platform("linux"),) if linux else ()))


@pytest.mark.parametrize(
    ("builds", "host", "expected"),
    [
        (("10.0.17763.1",), "Windows2019", Verdict.FITS),
        (("10.0.17763.1",), "Windows2022", Verdict.REBUILD),
        (("10.0.17763.1",), "Windows2025", Verdict.REBUILD),
        (("10.0.20348.1",), "Windows2022", Verdict.FITS),
        (("10.0.20348.1",), "Windows2025", Verdict.FITS_UNSUPPORTED),
        (("10.0.20348.1",), "WindowsAnnual", Verdict.FITS),
        (("10.0.26100.1",), "Windows2022", Verdict.REBUILD),
        (("10.0.26100.1", "10.0.20348.1"), "Windows2025", Verdict.FITS),
        (("10.0.17763.1", "10.0.20348.1"), "Windows2022", Verdict.FITS),
        (("",), "Windows2022", Verdict.UNKNOWN),
        (("", "10.0.20348.1"), "Windows2022", Verdict.FITS),
        (("", "10.0.17763.1"), "Windows2022", Verdict.UNKNOWN),
        (("10.0.20348.1",), "Windows2031", Verdict.UNKNOWN),
    ],
)
def test_verdict(builds: tuple[str, ...], host: str, expected: Verdict) -> None:
    facts = image(*builds)
    assert verdict(facts, host, CATALOG) == expected
    assert explain_verdict(facts, host, CATALOG)


B19, B22, B25 = "10.0.17763.1", "10.0.20348.1", "10.0.26100.1"


def index(*entries: str) -> ImageFacts:
    """An index; a build after `?` is in the config blob alone."""
    platforms = tuple(
        Platform("windows", os_version=e.removeprefix("?"), hidden=e.startswith("?"))
        for e in entries
    )
    return ImageFacts("i", "", platforms)


@pytest.mark.parametrize(
    ("entries", "host", "expected"),
    [
        ((f"?{B19}", f"?{B22}"), "Windows2019", Verdict.UNKNOWN),
        ((f"?{B19}", f"?{B22}"), "Windows2022", Verdict.REBUILD),
        ((f"?{B22}", f"?{B19}"), "Windows2022", Verdict.UNKNOWN),
        ((f"?{B22}",), "Windows2022", Verdict.FITS),
        ((f"?{B19}",), "Windows2022", Verdict.REBUILD),
        ((f"?{B22}",), "Windows2025", Verdict.FITS_UNSUPPORTED),
        ((f"?{B22}", f"?{B25}"), "Windows2025", Verdict.FITS_UNSUPPORTED),
        ((f"?{B19}", B22), "Windows2022", Verdict.FITS),
        ((f"?{B19}", B22), "Windows2025", Verdict.UNKNOWN),
        ((f"?{B19}", "?"), "Windows2022", Verdict.REBUILD),
        (("?", f"?{B22}"), "Windows2022", Verdict.UNKNOWN),
        (("", B22), "Windows2025", Verdict.UNKNOWN),
    ],
)
def test_an_index_that_hides_builds_is_judged_by_what_nodes_take(
    entries: tuple[str, ...], host: str, expected: Verdict
) -> None:
    assert verdict(index(*entries), host, CATALOG) == expected


def test_the_reason_names_the_entry_that_nodes_take() -> None:
    why = explain_verdict(index(f"?{B19}", f"?{B22}"), "Windows2022", CATALOG)
    assert f"takes the first of them, which is for {B19} and does not start there" in why
    assert "only by that order" in explain_verdict(
        index(f"?{B22}", f"?{B19}"), "Windows2022", CATALOG
    )


def test_image_that_was_not_read_is_unknown() -> None:
    assert verdict(None, "Windows2022", CATALOG) == Verdict.UNKNOWN
    assert verdict(image(), "Windows2022", CATALOG) == Verdict.UNKNOWN
    assert "nothing" in explain_verdict(None, "Windows2022", CATALOG)


def test_linux_only_image_fits_linux_nodes_alone() -> None:
    facts = image(linux=True)
    assert verdict(facts, "Windows2022", CATALOG) == Verdict.REBUILD
    assert verdict(facts, "AzureLinux3", CATALOG) == Verdict.FITS
    assert verdict(image("10.0.20348.1"), "AzureLinux3", CATALOG) == Verdict.REBUILD


def test_builds_are_listed_once_in_order() -> None:
    assert builds_of(image("10.0.20348.2", "10.0.17763.1", "10.0.20348.2", "")) == (
        "10.0.17763.1",
        "10.0.20348.2",
    )


@pytest.mark.parametrize(
    ("ref", "registry", "repository", "tag", "digest"),
    [
        ("mcr.microsoft.com/a/b:1", "mcr.microsoft.com", "a/b", "1", ""),
        ("localhost:5000/a", "localhost:5000", "a", "", ""),
        ("a:1@sha256:f", "docker.io", "a", "1", "sha256:f"),
        ("org/a", "docker.io", "org/a", "", ""),
        ("", "docker.io", "", "", ""),
    ],
)
def test_reference(ref: str, registry: str, repository: str, tag: str, digest: str) -> None:
    found = parse_ref(ref)
    assert (found.registry, found.repository, found.tag, found.digest) == (
        registry,
        repository,
        tag,
        digest,
    )


EDITS = [
    ("windows/servercore:ltsc2019", "Windows2022", "windows/servercore:ltsc2022"),
    ("windows/servercore:1809", "Windows2025", "windows/servercore:ltsc2025"),
    ("windows/servercore:1809-amd64", "Windows2022", "windows/servercore:ltsc2022-amd64"),
    ("windows/nanoserver:1809", "Windows2022", "windows/nanoserver:ltsc2022"),
    (
        "windows/servercore/iis:windowsservercore-ltsc2019",
        "Windows2022",
        "windows/servercore/iis:windowsservercore-ltsc2022",
    ),
    (
        "dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019",
        "Windows2022",
        "dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022",
    ),
    (
        "dotnet/framework/aspnet:4.8-windowsservercore-ltsc2019",
        "Windows2022",
        "dotnet/framework/aspnet:4.8-windowsservercore-ltsc2022",
    ),
    ("dotnet/aspnet:8.0-nanoserver-1809", "Windows2025", "dotnet/aspnet:8.0-nanoserver-ltsc2025"),
    (
        "dotnet/sdk:9.0-windowsservercore-ltsc2019-amd64",
        "Windows2022",
        "dotnet/sdk:9.0-windowsservercore-ltsc2022-amd64",
    ),
]


@pytest.mark.parametrize(("ref", "to", "new"), EDITS, ids=[e[0] for e in EDITS])
def test_tag_follows_the_mapping(ref: str, to: str, new: str) -> None:
    found = successor(MCR + ref, to, CATALOG)
    assert (found.action, found.ref) == (Action.EDIT, MCR + new)
    assert not found.optional


def test_2022_image_on_2025_is_an_optional_edit() -> None:
    ref = f"{MCR}windows/servercore/iis:windowsservercore-ltsc2022"
    found = successor(ref, "Windows2025", CATALOG)
    assert found.ref == f"{MCR}windows/servercore/iis:windowsservercore-ltsc2025"
    assert found.optional


HUMANS = [
    ("windows/servercore@sha256:abc", "Windows2022", "digest-pin", ""),
    ("windows/nanoserver:10.0.17763.55", "Windows2022", "exact-build", ""),
    ("windows/servercore:1809-KB4487044", "Windows2022", "kb-tag", ""),
    (
        "dotnet/framework/runtime:4.8-20200114-windowsservercore-ltsc2019",
        "Windows2022",
        "dated-tag",
        "",
    ),
    (
        "dotnet/framework/aspnet:4.8-windowsservercore-ltsc2019",
        "Windows2025",
        "fw48-2019",
        "4.8.1-windowsservercore-ltsc2025",
    ),
    ("dotnet/framework/aspnet:4.8", "Windows2022", "fw48-floating", "4.8.1-"),
    ("dotnet/framework/runtime:4.7.2", "Windows2022", "fw47x", "4.8.1-windowsservercore-ltsc2022"),
    ("dotnet/framework/sdk:3.5-windowsservercore-ltsc2019", "Windows2025", "fw35", "none"),
    ("dotnet/aspnet:8.0.11-nanoserver-1809", "Windows2022", "dotnet-nano", "8.0-nanoserver-ltsc"),
    ("dotnet/sdk:6.0", "Windows2022", "dotnet-floating", "6.0-nanoserver-ltsc2022"),
    ("windows/servercore/iis", "Windows2022", "iis-floating", "windowsservercore-ltsc2022"),
    ("windows:1809", "Windows2022", "windows-full", "windows/server:ltsc2022"),
    ("windows:1909", "Windows2025", "dead-sac", "windows/server:ltsc2025"),
    ("windows/servercore:20H2", "Windows2022", "dead-sac", "windows/servercore:ltsc2022"),
    ("powershell:nanoserver-ltsc2022", "Windows2025", "ltsc2022-any", "as it is"),
    ("windows/servercore:latest", "Windows2022", "unmapped", "windows/servercore:ltsc2022"),
    ("windows/servercore:ltsc2025", "Windows2022", "newer-os", "ltsc2022"),
]


@pytest.mark.parametrize(("ref", "to", "rule", "hint"), HUMANS, ids=[h[0] for h in HUMANS])
def test_what_the_mapping_leaves_needs_a_person(ref: str, to: str, rule: str, hint: str) -> None:
    found = successor(MCR + ref, to, CATALOG)
    assert (found.action, found.rule, found.ref) == (Action.NEEDS_HUMAN, rule, None)
    assert hint in found.suggestion
    assert found.reason


@pytest.mark.parametrize(
    ("ref", "rule"),
    [
        ("python:3.9-windowsservercore-1809", "foreign-os-tag"),
        ("localhost:5000/app:windows-ltsc2019-vs2022", "foreign-os-tag"),
        ("shop.azurecr.io/cart:10.0.17763", "exact-build"),
        ("shop.azurecr.io/cart:42", "private-base"),
        ("microsoft/nanoserver:1803", "retired-name"),
        ("index.docker.io/microsoft/iis", "retired-name"),
        ("microsoft/some-demo:1", "retired-name"),
        ("windows/servercore:ltsc2019", "no-registry"),
        ("shop.azurecr.io/cart:ltsc2019-ltsc2022", "several-os"),
    ],
)
def test_foreign_image_needs_a_person(ref: str, rule: str) -> None:
    found = successor(ref, "Windows2022", CATALOG)
    assert (found.action, found.rule) == (Action.NEEDS_HUMAN, rule)


@pytest.mark.parametrize(
    ("ref", "to"),
    [
        (f"{MCR}windows/servercore:ltsc2022", "Windows2022"),
        (f"{MCR}windows/servercore:ltsc2022@sha256:abc", "Windows2022"),
        (f"{MCR}dotnet/framework/aspnet:4.8.1", "Windows2025"),
        (f"{MCR}dotnet/framework/samples:aspnetapp", "Windows2025"),
        ("shop.azurecr.io/cart:42-ltsc2022", "Windows2022"),
        ("shop.azurecr.io/cart:42-ltsc2022", "Windows2025"),
    ],
)
def test_nothing_is_needed(ref: str, to: str) -> None:
    found = successor(ref, to, CATALOG)
    assert (found.action, found.ref) == (Action.NONE_NEEDED, None)


def test_target_without_an_image_os_needs_a_person() -> None:
    assert successor("a:ltsc2019", "AzureLinux3", CATALOG).rule == "no-target"


def test_mapped_tags_map_to_nothing_further() -> None:
    for ref, to, _ in EDITS:
        new = successor(MCR + ref, to, CATALOG).ref
        assert new is not None
        assert successor(new, to, CATALOG).action == Action.NONE_NEEDED


def test_host_process_base_has_no_os() -> None:
    base = "mcr.microsoft.com/oss/kubernetes/windows-host-process-containers-base-image:v1.0.0"
    assert is_hostless(base)
    assert not is_hostless(f"{MCR}windows/servercore:ltsc2022")
