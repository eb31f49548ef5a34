"""What a registry proves of pinned and foreign images, and what it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from poolshift.catalog import load_catalog
from poolshift.core.image import ImageFacts, Platform
from poolshift.rewrite import rewrite_file
from poolshift.rewrite.decide import decide
from poolshift.rewrite.model import Settings
from poolshift.semantics.images import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite.decide import Decision

CATALOG = load_catalog()
CORE = "mcr.microsoft.com/windows/servercore"
NANO = "mcr.microsoft.com/windows/nanoserver"
FX = "mcr.microsoft.com/dotnet/framework/runtime"
BUILDS = {"2019": "10.0.17763.5820", "2022": "10.0.20348.5499", "2025": "10.0.26100.3000"}


def image(ref: str, year: str, digest: str = "") -> ImageFacts:
    return ImageFacts(ref, digest, (Platform("windows", os_version=BUILDS[year]),))


class Registry:
    """A registry that holds references by year, and notes what it was asked for."""

    def __init__(self, held: dict[str, str] | None = None) -> None:
        self.held = dict(held or {})
        self.asked: list[str] = []

    def add(self, ref: str, year: str) -> Registry:
        self.held[ref] = year
        return self

    def __call__(self, ref: str) -> ImageFacts | None:
        self.asked.append(ref)
        year = self.held.get(ref)
        return image(ref, year, f"sha256:{year}") if year else None


def decided(
    ref: str, resolve: Callable[[str], ImageFacts | None], to: str = "Windows2022"
) -> Decision:
    return decide(ref, Settings(to, CATALOG, "k", "v", None, resolve, {}))


PROVED = {
    "foreign": ("a.io/x:1-ltsc2019", {"a.io/x:1-ltsc2022": "2022"}, "a.io/x:1-ltsc2022"),
    "hub": (
        "python:3.9-windowsservercore-1809",
        {"python:3.9-windowsservercore-ltsc2022": "2022"},
        "python:3.9-windowsservercore-ltsc2022",
    ),
    "two-years-in-the-tag": (
        "a.io/x:windows-ltsc2019-vs2022",
        {"a.io/x:windows-ltsc2022-vs2022": "2022"},
        "a.io/x:windows-ltsc2022-vs2022",
    ),
    "patch-version": (
        "mcr.microsoft.com/dotnet/runtime:8.0.30-nanoserver-1809",
        {"mcr.microsoft.com/dotnet/runtime:8.0.30-nanoserver-ltsc2022": "2022"},
        "mcr.microsoft.com/dotnet/runtime:8.0.30-nanoserver-ltsc2022",
    ),
    "powershell": (
        "mcr.microsoft.com/powershell:7.2-nanoserver-1809",
        {"mcr.microsoft.com/powershell:7.2-nanoserver-ltsc2022": "2022"},
        "mcr.microsoft.com/powershell:7.2-nanoserver-ltsc2022",
    ),
    "exact-build": (
        f"{CORE}:10.0.17763.5820-amd64",
        {f"{CORE}:ltsc2022-amd64": "2022", f"{CORE}:10.0.20348.5499-amd64": "2022"},
        f"{CORE}:10.0.20348.5499-amd64",
    ),
    "exact-build-of-a-foreign-image": (
        "a.io/x:1-10.0.17763.1",
        {"a.io/x:1-ltsc2022": "2022", "a.io/x:1-10.0.20348.5499": "2022"},
        "a.io/x:1-10.0.20348.5499",
    ),
    "build-without-update": (
        f"{NANO}:10.0.17763",
        {f"{NANO}:ltsc2022": "2022"},
        f"{NANO}:ltsc2022",
    ),
    "update": (
        f"{CORE}:1809-KB4487044",
        {f"{CORE}:ltsc2022": "2022", f"{CORE}:10.0.20348.5499": "2022"},
        f"{CORE}:10.0.20348.5499",
    ),
    "digest-with-tag": (
        f"{CORE}:ltsc2019@sha256:old",
        {f"{CORE}:ltsc2022": "2022"},
        f"{CORE}:ltsc2022@sha256:2022",
    ),
    "digest-alone-of-windows": (
        f"{NANO}@sha256:old",
        {f"{NANO}@sha256:old": "2019", f"{NANO}:ltsc2022": "2022"},
        f"{NANO}@sha256:2022",
    ),
    "digest-of-a-foreign-image": (
        "a.io/x:1-1809@sha256:old",
        {"a.io/x:1-ltsc2022": "2022"},
        "a.io/x:1-ltsc2022@sha256:2022",
    ),
}


@pytest.mark.parametrize("name", PROVED)
def test_edit_that_the_registry_proves_is_made(name: str) -> None:
    ref, held, new = PROVED[name]
    found = decided(ref, Registry(held))
    assert (found.action, found.ref) == (Action.EDIT, new)
    assert "10.0.20348.5499" in found.reason or "sha256" in new or "the build" in found.reason


@pytest.mark.parametrize("name", PROVED)
def test_nothing_is_edited_where_the_registry_shows_another_build(name: str) -> None:
    ref, held, _ = PROVED[name]
    found = decided(ref, Registry(dict.fromkeys(held, "2019")))
    assert found.action == Action.NEEDS_HUMAN
    assert found.suggestion


@pytest.mark.parametrize("name", PROVED)
def test_nothing_is_edited_where_the_registry_is_silent(name: str) -> None:
    ref = PROVED[name][0]
    registry = Registry()
    assert decided(ref, registry).action == Action.NEEDS_HUMAN
    assert registry.asked


def test_build_whose_tag_holds_another_one_is_no_proof() -> None:
    def resolve(ref: str) -> ImageFacts | None:
        if ref == f"{CORE}:ltsc2022":
            return image(ref, "2022")
        if ref == f"{CORE}:10.0.20348.5499":
            return ImageFacts(ref, "", (Platform("windows", os_version="10.0.20348.1"),))
        return None

    found = decided(f"{CORE}:10.0.17763.1", resolve)
    assert found.action == Action.NEEDS_HUMAN
    assert "10.0.20348.5499" in found.reason


UNPROVABLE = {
    "day": (
        f"{FX}:4.8-20200114-windowsservercore-ltsc2019",
        f"{FX}:4.8-windowsservercore-ltsc2022",
    ),
    "retired-name": ("microsoft/nanoserver:1809", f"{NANO}:ltsc2022"),
    "dead-version": (f"{CORE}:1903", f"{CORE}:ltsc2022"),
    "other-repository": ("mcr.microsoft.com/windows:1809", "mcr.microsoft.com/windows:ltsc2022"),
    "digest-alone-of-what-stands-on-windows": (
        f"{FX}@sha256:old",
        f"{FX}:4.8.1-windowsservercore-ltsc2022",
    ),
    "several-versions": ("a.io/x:ltsc2019-ltsc2022", "a.io/x:ltsc2022-ltsc2022"),
    "no-version": ("a.io/x:1", "a.io/x:ltsc2022"),
}


@pytest.mark.parametrize("name", UNPROVABLE)
def test_another_precision_is_never_an_edit(name: str) -> None:
    ref, there = UNPROVABLE[name]
    found = decided(ref, Registry().add(there, "2022").add(ref, "2019"))
    assert found.action == Action.NEEDS_HUMAN


def test_reason_tells_what_the_registry_showed() -> None:
    ref = f"{FX}:4.8-20200114-windowsservercore-ltsc2019"
    registry = Registry().add(f"{FX}:4.8-windowsservercore-ltsc2022", "2022").add(ref, "2019")
    found = decided(ref, registry)
    assert BUILDS["2019"] in found.reason
    assert BUILDS["2022"] in found.reason
    assert decided("a.io/x:1-1809", Registry()).reason.endswith("with the target's build")


def test_pinned_image_that_fits_stays() -> None:
    ref = f"{CORE}:10.0.20348.5499"
    assert decided(ref, Registry().add(ref, "2022")).action == Action.NONE_NEEDED
    older = f"{CORE}:ltsc2022@sha256:old"
    found = decided(older, Registry().add(older, "2022"), "Windows2025")
    assert found.action == Action.NONE_NEEDED


def test_optional_edit_that_the_registry_does_not_confirm_is_left_out() -> None:
    found = decided(f"{CORE}:ltsc2022", Registry(), "Windows2025")
    assert found.action == Action.NONE_NEEDED
    assert "ltsc2025" in found.reason
    confirmed = Registry().add(f"{CORE}:ltsc2025", "2025")
    assert decided(f"{CORE}:ltsc2022", confirmed, "Windows2025").action == Action.EDIT


def test_proved_digest_of_an_argument_is_written_into_its_default() -> None:
    text = f"ARG T=ltsc2019@sha256:old\nFROM {CORE}:$T\nFROM {NANO}@sha256:old\n".encode()
    registry = Registry().add(f"{CORE}:ltsc2022", "2022").add(f"{NANO}:ltsc2022", "2022")
    registry.add(f"{NANO}@sha256:old", "2019")
    result = rewrite_file("Dockerfile", text, "Windows2022", CATALOG, resolve=registry)
    new = f"ARG T=ltsc2022@sha256:2022\nFROM {CORE}:$T\nFROM {NANO}@sha256:2022\n"
    assert result.data == new.encode()
    assert result.needs == ()
    again = (
        Registry().add(f"{NANO}@sha256:2022", "2022").add(f"{CORE}:ltsc2022@sha256:2022", "2022")
    )
    assert (
        rewrite_file("Dockerfile", result.data, "Windows2022", CATALOG, resolve=again).edits == ()
    )
