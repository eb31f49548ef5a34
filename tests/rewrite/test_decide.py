"""What becomes of one reference, with and without a registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from poolshift.catalog import load_catalog
from poolshift.core.image import ImageFacts, Platform
from poolshift.rewrite.decide import decide
from poolshift.rewrite.model import Settings, UnreadImageError
from poolshift.semantics.images import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

OLD = "mcr.microsoft.com/windows/servercore:ltsc2019"
NEW = "mcr.microsoft.com/windows/servercore:ltsc2022"
BASE = "mcr.microsoft.com/oss/kubernetes/windows-host-process-containers-base-image:v1.0.0"


def facts(*builds: str) -> ImageFacts:
    return ImageFacts("i", "", tuple(Platform("windows", os_version=b) for b in builds))


def settings(
    known: Mapping[str, ImageFacts] | None = None, images: Mapping[str, str] | None = None
) -> Settings:
    resolve = None if known is None else known.get
    return Settings("Windows2022", load_catalog(), "k", "v", None, resolve, images or {})


def test_replacement_of_the_user_wins_over_the_mapping() -> None:
    assert decide(OLD, settings(images={OLD: "a:1"})).ref == "a:1"
    assert decide(OLD, settings(images={OLD: OLD})).action == Action.NONE_NEEDED
    assert decide("a:1", settings(images={OLD: "a:1"})).action == Action.NONE_NEEDED


def test_host_process_base_stays() -> None:
    assert decide(BASE, settings()).action == Action.NONE_NEEDED


@pytest.mark.parametrize(
    ("known", "action", "said"),
    [
        ({NEW: facts("10.0.20348.1")}, Action.EDIT, "mapping servercore"),
        ({}, Action.NEEDS_HUMAN, "does not have it"),
        ({NEW: facts("10.0.17763.1")}, Action.NEEDS_HUMAN, "10.0.17763.1"),
    ],
    ids=["confirmed", "absent", "another-build"],
)
def test_registry_confirms_the_mapping(
    known: Mapping[str, ImageFacts], action: Action, said: str
) -> None:
    decision = decide(OLD, settings(known))
    assert decision.action == action
    assert said in decision.reason


def test_registry_shows_that_an_image_fits_as_it_is() -> None:
    decision = decide(
        "shop.azurecr.io/cart:1", settings({"shop.azurecr.io/cart:1": facts("10.0.20348.1")})
    )
    assert decision.action == Action.NONE_NEEDED


@pytest.mark.parametrize(
    ("ref", "candidate"),
    [
        ("shop.azurecr.io/cart:1-ltsc2019", "shop.azurecr.io/cart:1-ltsc2022"),
        ("shop.azurecr.io/cart:1809-1", "shop.azurecr.io/cart:ltsc2022-1"),
    ],
)
def test_registry_proves_the_tag_of_a_foreign_image(ref: str, candidate: str) -> None:
    assert decide(ref, settings({candidate: facts("10.0.20348.1")})).ref == candidate
    unproved = decide(ref, settings({candidate: facts("10.0.17763.1")}))
    assert unproved.action == Action.NEEDS_HUMAN


def test_pinned_images_are_never_guessed() -> None:
    ref = "shop.azurecr.io/cart:1-ltsc2019@sha256:abc"
    known = {"shop.azurecr.io/cart:1-ltsc2022": facts("10.0.20348.1")}
    assert decide(ref, settings(known)).action == Action.NEEDS_HUMAN


def unread(ref: str) -> ImageFacts | None:
    raise UnreadImageError("rate limited")


def test_registry_that_cannot_be_asked_leaves_the_mappings_word() -> None:
    asking = msgspec.structs.replace(settings(), resolve=unread)
    found = decide(OLD, asking)
    assert found.action is Action.EDIT
    assert "could not be asked: rate limited" in found.reason
    pinned = decide("shop.azurecr.io/cart:7-ltsc2019", asking)
    assert pinned.action is Action.NEEDS_HUMAN
    assert "could not be asked: rate limited" in pinned.reason
