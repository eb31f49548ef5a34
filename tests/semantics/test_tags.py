"""References taken apart, and what of Windows they speak."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from poolshift.catalog import load_catalog
from poolshift.semantics.tags import (
    Action,
    is_reference,
    names_windows,
    os_of_tag,
    oses_of_tag,
    parse_ref,
    retagged,
    successor,
    unpinned,
)

if TYPE_CHECKING:
    from poolshift.catalog.model.base_images import RetiredName

CATALOG = load_catalog()
MCR = "mcr.microsoft.com"


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("a", "docker.io", "a", "", ""),
        ("a/b:c", "docker.io", "a/b", "c", ""),
        ("localhost/a:b", "localhost", "a", "b", ""),
        ("a:5000/b/c:d@sha256:e", "a:5000", "b/c", "d", "sha256:e"),
        ("docker.io/microsoft/iis", "docker.io", "microsoft/iis", "", ""),
        ("index.docker.io/a/b:c", "docker.io", "a/b", "c", ""),
        ("MCR.Microsoft.com/a:b", MCR, "a", "b", ""),
    ],
)
def test_reference_is_taken_apart(
    text: str, registry: str, repository: str, tag: str, digest: str
) -> None:
    found = parse_ref(text)
    assert (found.registry, found.repository, found.tag, found.digest) == (
        registry,
        repository,
        tag,
        digest,
    )


@pytest.mark.parametrize(
    "text",
    ["a", "a/b-c__d.e:F_1.2-3", "a.io:5000/b:c@sha256:0a", "MCR.microsoft.com/a", "[::1]:5000/a:b"],
)
def test_reference_that_docker_takes(text: str) -> None:
    assert is_reference(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.io/B:c",
        "a/B:c",
        "a:",
        "a@",
        "a:@t@",
        "a:<t>",
        "a:{{t}}",
        "a b",
        "a:b:c",
        "a::b",
        "-a",
        "a/:b",
    ],
)
def test_text_that_is_no_reference(text: str) -> None:
    assert not is_reference(text)


@pytest.mark.parametrize(
    "tag", ["1809", "x-1809-amd64", "ltsc2019", "LTSC2019", "10.0.17763.1", "1809_amd64"]
)
def test_names_of_one_version_are_one(tag: str) -> None:
    release = os_of_tag(tag, CATALOG)
    assert release is not None
    assert release.id == "ltsc2019"


@pytest.mark.parametrize("tag", ["", "18090", "11809", "1.1809", "vs2022", "2019", "10.0.1776"])
def test_numbers_that_are_no_version_name_none(tag: str) -> None:
    assert oses_of_tag(tag, CATALOG) == ()


def test_several_versions_are_all_named() -> None:
    assert [v.id for v in oses_of_tag("ltsc2022-1809", CATALOG)] == ["ltsc2019", "ltsc2022"]


def test_tag_is_asked_for_with_another_version_in_the_same_place() -> None:
    assert retagged("a-1809-vs2022", "ltsc2022", CATALOG) == "a-ltsc2022-vs2022"


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        (f"{MCR}/windows/servercore", True),
        (f"{MCR}/dotnet/framework/sdk:4.8", True),
        (f"{MCR}/dotnet/sdk:8.0", False),
        (f"{MCR}/dotnet/sdk:8.0-nanoserver-1809", True),
        (f"{MCR}/powershell:1803", True),
        ("microsoft/aspnet", True),
        ("microsoft/dotnet:2.1-sdk", False),
        ("microsoft/dotnet:2.1-sdk-nanoserver-1809", True),
        ("a.io/app:1-1809", True),
        ("a.io/app:1.1809", False),
        ("a.io/app:build1809", False),
        ("a.io/app:2004", False),
        ("gcr.io/x/windows-servercore-cache:1.0-linux-amd64-1809", False),
    ],
)
def test_reference_speaks_of_windows(text: str, windows: bool) -> None:
    assert names_windows(parse_ref(text), CATALOG) is windows


@pytest.mark.parametrize("known", CATALOG.base_images.retired_names, ids=lambda r: r.id)
@pytest.mark.parametrize("to", ["Windows2022", "Windows2025"])
def test_retired_name_tells_what_follows_it(known: RetiredName, to: str) -> None:
    found = successor(f"{known.registry}/{known.repository}:1809", to, CATALOG)
    assert (found.action, found.rule) == (Action.NEEDS_HUMAN, "retired-name")
    assert known.note in found.reason
    expected = f"{MCR}/{known.successor}" if known.successor else "your own"
    assert expected in found.suggestion


FOLLOWERS = [
    ("microsoft/windowsservercore:1809", "windows/servercore:ltsc2022"),
    ("microsoft/nanoserver:1803", "windows/nanoserver:ltsc2022"),
    ("microsoft/iis", "windows/servercore/iis:windowsservercore-ltsc2022"),
    (
        "microsoft/aspnet:4.8-windowsservercore-ltsc2019",
        "dotnet/framework/aspnet:4.8-windowsservercore-ltsc2022",
    ),
    (
        "microsoft/dotnet-framework:4.7.2-sdk",
        "dotnet/framework/sdk:4.8.1-windowsservercore-ltsc2022",
    ),
    (
        "microsoft/dotnet-framework:4.7.2-runtime-windowsservercore-1803",
        "dotnet/framework/runtime:4.8.1-windowsservercore-ltsc2022",
    ),
    (
        "microsoft/dotnet:2.2-aspnetcore-runtime-nanoserver-1809",
        "dotnet/aspnet:8.0-nanoserver-ltsc2022",
    ),
    ("microsoft/dotnet:2.1-sdk-nanoserver-1809", "dotnet/sdk:8.0-nanoserver-ltsc2022"),
    (f"{MCR}/dotnet/core/runtime:3.1-nanoserver-1809", "dotnet/runtime:8.0-nanoserver-ltsc2022"),
    ("windows/nanoserver:1809", "windows/nanoserver:ltsc2022"),
]


@pytest.mark.parametrize(("old", "new"), FOLLOWERS, ids=[old for old, _ in FOLLOWERS])
def test_suggestion_names_the_tag_of_the_target(old: str, new: str) -> None:
    assert f"{MCR}/{new}" in successor(old, "Windows2022", CATALOG).suggestion


PINS = [
    ("a.io/b:1-1809@sha256:x", "digest-pin", "a.io/b:1-1809"),
    (f"{MCR}/windows/nanoserver@sha256:x", "digest-pin", f"{MCR}/windows/nanoserver:1809"),
    ("a.io/b@sha256:x", "digest-pin", None),
    ("a.io/b:1-10.0.17763.5-x", "exact-build", "a.io/b:1-ltsc2019-x"),
    ("a.io/b:10.0.19035.1", "exact-build", None),
    ("a.io/b:ltsc2019-KB123-amd64", "kb-tag", "a.io/b:ltsc2019-amd64"),
    ("a.io/b:4.8-20240813-ltsc2019", "dated-tag", "a.io/b:4.8-ltsc2019"),
    ("a.io/b:20240813-ltsc2019", "dated-tag", "a.io/b:ltsc2019"),
    ("a.io/b:20240813", "dated-tag", None),
    ("a.io/b:1809", "servercore", None),
]


@pytest.mark.parametrize(("text", "rule", "bare"), PINS, ids=[pin[0] for pin in PINS])
def test_pin_is_taken_off(text: str, rule: str, bare: str | None) -> None:
    found = unpinned(parse_ref(text), rule, CATALOG)
    assert (found.text if found is not None else None) == bare


def test_suggestion_for_a_pin_names_the_reference_without_it() -> None:
    found = successor(f"{MCR}/windows/servercore:1809-KB4487044", "Windows2022", CATALOG)
    assert found.suggestion.startswith(f"{MCR}/windows/servercore:ltsc2022, or an update")
    found = successor("a.io/b:1-1809@sha256:x", "Windows2025", CATALOG)
    assert found.suggestion.startswith("a.io/b:1-ltsc2025, ")
