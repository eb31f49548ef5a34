"""What a registry can prove of a reference that the catalog's mapping leaves to a person.

A candidate is made of the old reference: the same precision, for the target. It becomes an edit
only where the registry shows it with the target's own build. A pin stays a pin:

| what the mapping stopped at | candidate |
|---|---|
| a tag with another Windows version | the same tag with the target's |
| a build, or an update by its KB number | the build that the target's tag holds |
| a digest | the digest of the target's tag |
| a day | none: which day would follow cannot be told |
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from poolshift.core.finding import Verdict
from poolshift.semantics.images import successor, taken, verdict
from poolshift.semantics.tags import (
    family_of,
    is_windows_base,
    oses_of_tag,
    retagged,
    unpinned,
)

if TYPE_CHECKING:
    from poolshift.core.image import ImageFacts
    from poolshift.rewrite.model import Resolve, Settings
    from poolshift.semantics.images import Reference

_RETAGGED = frozenset(
    {
        "dotnet-core",
        "dotnet-nano",
        "foreign-os-tag",
        "fw-samples",
        "fw48-2019",
        "fw48-2022",
        "ltsc2022-any",
        "powershell",
        "unmapped",
    }
)
"""Mappings after which the same tag with the target's Windows version means the same."""

_BUILD = re.compile(r"10\.0\.\d{5}(?P<revision>\.\d+)?")
_NAMED_UPDATE = re.compile(r"[\w.]+-kb\d+", re.IGNORECASE)


class Proof(msgspec.Struct, frozen=True):
    """What came of asking: the new reference, empty where none is proved; and what was seen."""

    ref: str = ""
    seen: str = ""


def prove(ref: Reference, rule: str, settings: Settings, resolve: Resolve) -> Proof:
    """The reference that follows one on the target, as far as the registry shows it.

    Args:
        ref: the old reference, which does not fit the target as it is.
        rule: the id of the mapping that left it to a person.
        settings: the target and the catalog.
        resolve: asks the registry.
    """
    match rule:
        case "digest-pin":
            return _digest(ref, settings, resolve)
        case "exact-build" | "kb-tag":
            return _build(ref, rule, settings, resolve)
        case "dated-tag":
            return _day(ref, settings, resolve)
        case _ if rule in _RETAGGED and not ref.digest:
            return _retag(ref, settings, resolve)
        case _:
            return Proof()


def _fitting(ref: str, settings: Settings, resolve: Resolve) -> ImageFacts | None:
    """What the registry says of a reference that holds the target's own build."""
    facts = resolve(ref)
    return facts if verdict(facts, settings.to, settings.catalog) == Verdict.FITS else None


def _build_in(facts: ImageFacts, settings: Settings) -> str:
    platform = taken(facts, settings.to, settings.catalog)
    return platform.os_version if platform is not None else ""


def _retag(ref: Reference, settings: Settings, resolve: Resolve) -> Proof:
    candidate = _for_target(ref, settings)
    if not candidate:
        return Proof()
    facts = _fitting(candidate, settings, resolve)
    if facts is None:
        return Proof(seen=f"the registry does not show {candidate} with the target's build")
    return Proof(candidate, f"the registry shows it with {_build_in(facts, settings)}")


def _for_target(ref: Reference, settings: Settings) -> str:
    """The reference of the target that a tag without a pin leads to, not yet looked up."""
    found = successor(ref.text, settings.to, settings.catalog)
    if found.ref is not None:
        return found.ref
    named = oses_of_tag(ref.tag, settings.catalog)
    image_os = settings.catalog.image_os(settings.to)
    if found.rule == "already":
        return ref.text
    if found.rule not in _RETAGGED or len(named) != 1 or not image_os:
        return ""
    return ref.with_tag(retagged(ref.tag, image_os, settings.catalog))


def _base(
    ref: Reference, rule: str, settings: Settings, resolve: Resolve
) -> tuple[str, ImageFacts | None]:
    """The target's reference without the pin, and what the registry says where it fits."""
    bare = unpinned(ref, rule, settings.catalog)
    candidate = _for_target(bare, settings) if bare is not None else ""
    return candidate, _fitting(candidate, settings, resolve) if candidate else None


def _digest(ref: Reference, settings: Settings, resolve: Resolve) -> Proof:
    if not ref.tag and not _is_windows_alone(ref, settings, resolve):
        return Proof()
    candidate, facts = _base(ref, "digest-pin", settings, resolve)
    if facts is None or not facts.digest:
        return _unseen(candidate)
    name = candidate if ref.tag else ref.name
    build = _build_in(facts, settings)
    return Proof(f"{name}@{facts.digest}", f"the digest of {candidate}, which holds {build}")


def _is_windows_alone(ref: Reference, settings: Settings, resolve: Resolve) -> bool:
    """Whether a digest without a tag is surely an image of Windows and nothing on top."""
    family = family_of(ref, settings.catalog)
    if family is None or not is_windows_base(family, settings.catalog):
        return False
    facts = resolve(ref.text)
    return facts is not None and any(p.os == "windows" and p.os_version for p in facts.platforms)


def _build(ref: Reference, rule: str, settings: Settings, resolve: Resolve) -> Proof:
    candidate, facts = _base(ref, rule, settings, resolve)
    if facts is None:
        return _unseen(candidate)
    build = _build_in(facts, settings)
    pinned = _BUILD.search(ref.tag)
    if rule == "exact-build" and pinned is not None and not pinned["revision"]:
        # Three parts follow every update, as the name of the Windows version does.
        return Proof(candidate, f"the registry shows it with {build}")
    pin = _BUILD if rule == "exact-build" else _NAMED_UPDATE
    exact = ref.with_tag(pin.sub(lambda _: build, ref.tag, count=1))
    shown = _fitting(exact, settings, resolve)
    if shown is None or _build_in(shown, settings) != build:
        return Proof(seen=f"{candidate} holds {build}, but the registry does not show {exact}")
    return Proof(exact, f"the build that {candidate} holds")


def _day(ref: Reference, settings: Settings, resolve: Resolve) -> Proof:
    candidate, facts = _base(ref, "dated-tag", settings, resolve)
    if facts is None:
        return _unseen(candidate)
    return Proof(seen=f"the registry shows {candidate} with {_build_in(facts, settings)}")


def _unseen(candidate: str) -> Proof:
    if not candidate:
        return Proof()
    return Proof(seen=f"the registry does not show {candidate} with the target's build")
