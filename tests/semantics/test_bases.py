"""Which base an image has: by its layers, by what it states, by its build."""

from __future__ import annotations

import pytest

from poolshift.catalog import load_catalog
from poolshift.core.image import Base, BaseKnownBy, ImageFacts, ImageLayer, Platform
from poolshift.semantics.bases import windows_references, with_bases

CATALOG = load_catalog()
MCR = "mcr.microsoft.com"
BUILD = "10.0.20348.825"
LATER = "10.0.20348.1249"


def image(
    ref: str, *layers: str, build: str = BUILD, system: str = "windows", base_name: str = ""
) -> ImageFacts:
    told = tuple(ImageLayer(layer, 10) for layer in layers)
    platform = Platform(system, os_version=build, layers=told, base_name=base_name)
    return ImageFacts(ref, platforms=(platform,))


CORE = image(f"{MCR}/windows/servercore:ltsc2022", "rtm", "july")
IIS = image(f"{MCR}/windows/servercore/iis:windowsservercore-ltsc2022", "rtm", "july", "iis")


def base(found: ImageFacts, *others: ImageFacts) -> Base | None:
    return with_bases((found, *others), CATALOG)[0].platforms[0].base


def test_all_layers_of_a_base_at_the_bottom_are_that_base() -> None:
    found = base(image("r.io/a:1", "rtm", "july", "app"), CORE)
    assert found == Base(
        BaseKnownBy.LAYERS, os_version=BUILD, family="servercore", ref=CORE.ref, layers=2
    )


def test_the_highest_base_wins() -> None:
    found = base(image("r.io/a:1", "rtm", "july", "iis", "app"), CORE, IIS)
    assert found
    assert (found.family, found.layers) == ("iis", 3)


def test_the_build_of_a_base_tells_what_the_image_does_not() -> None:
    found = base(image("r.io/a:1", "rtm", "july", "app", build=""), CORE)
    assert found
    assert found.os_version == BUILD


def test_a_shared_bottom_layer_tells_the_family_at_another_month() -> None:
    found = base(image("r.io/a:1", "rtm", "october", "app", build=LATER), CORE)
    assert found == Base(BaseKnownBy.LAYERS, os_version=LATER, family="servercore")


def test_a_bottom_layer_shared_with_more_than_windows_itself_tells_no_family() -> None:
    found = base(image("r.io/a:1", "rtm", "october", build=LATER), IIS)
    assert found == Base(BaseKnownBy.OS_VERSION, os_version=LATER)


def test_a_bottom_layer_of_two_families_tells_neither() -> None:
    nano = image(f"{MCR}/windows/nanoserver:ltsc2022", "rtm", "nano")
    found = base(image("r.io/a:1", "rtm", "october"), CORE, nano)
    assert found == Base(BaseKnownBy.OS_VERSION, os_version=BUILD)


@pytest.mark.parametrize(
    ("stated", "family"),
    [
        (f"{MCR}/windows/nanoserver:ltsc2022", "nanoserver"),
        ("r.io/our/base:7", ""),
    ],
    ids=["known", "private"],
)
def test_a_stated_base_is_believed_where_no_layer_speaks(stated: str, family: str) -> None:
    found = base(image("r.io/a:1", "x", base_name=stated), CORE)
    assert found == Base(BaseKnownBy.LABEL, os_version=BUILD, family=family, ref=stated)


def test_layers_go_before_labels() -> None:
    stated = f"{MCR}/windows/nanoserver:ltsc2022"
    found = base(image("r.io/a:1", "rtm", "july", "app", base_name=stated), CORE)
    assert found
    assert found.family == "servercore"


def test_what_tells_nothing_stays_unknown() -> None:
    assert base(image("r.io/a:1", build="")) is None
    assert base(image("r.io/a:1", "rtm", "july", build="", system="linux"), CORE) is None


def test_the_images_that_are_windows_itself_are_of_bare_versions() -> None:
    found = windows_references(CATALOG)
    assert f"{MCR}/windows/servercore:ltsc2022" in found
    assert f"{MCR}/windows/nanoserver:1809" in found
    assert not [ref for ref in found if "iis" in ref or "dotnet" in ref]
