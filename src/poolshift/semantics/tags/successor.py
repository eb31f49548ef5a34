"""What a reference in a Windows build or workload becomes for an OS SKU."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from poolshift.semantics.tags.mapping import SUFFIX, match
from poolshift.semantics.tags.pinned import unpinned
from poolshift.semantics.tags.reference import DOCKER_HUB, MCR, parse_ref
from poolshift.semantics.tags.releases import (
    family_of,
    lookups,
    retired_name_of,
    unhosted_family_of,
)

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.catalog.model.base_images import (
        ImageFamily,
        OsVersion,
        RetiredName,
        TagMapping,
    )
    from poolshift.semantics.tags.reference import Reference

_OLD_OWNER = "microsoft/"
"""Whose images have left Docker Hub altogether."""

_WHY = {
    "digest-pin": "a digest pins the old image, whatever the tag says",
    "exact-build": "its tag pins a Windows build",
    "kb-tag": "its tag pins an update of Windows",
    "dated-tag": "its tag pins a day",
    "dotnet-floating": "this tag holds Linux only, and the build is a Windows one",
    "foreign-os-tag": "its tag names another Windows version, and the catalog does not know "
    "whether the image exists for the target",
    "powershell": "the catalog has no tag of this image that means the same on the target",
    "fw48-2022": "there is no image of .NET Framework 4.8 for the target; 4.8.1 replaces 4.8 in "
    "place, and whether the application takes it is its owner's to test",
    "fw-samples": "the samples have no image for the target",
    "fw35": "images of .NET Framework 3.5 for later Windows versions are no longer rebuilt, or do "
    "not exist",
    "private-base": "its tag does not tell the Windows version, and the catalog does not know it",
}
"""Why the kinds that the catalog describes in words need a person."""

_PINS = {
    "digest-pin": "or that with the digest that the registry tells for it",
    "exact-build": "or a build of it that the registry lists",
    "kb-tag": "or an update of it that the registry lists",
    "dated-tag": "or a day of it that the registry lists",
}
"""What else than the tag without its pin a person may choose."""


class Action(StrEnum):
    """What is to be done about a reference."""

    EDIT = "edit"
    NEEDS_HUMAN = "needs-human"
    NONE_NEEDED = "none-needed"


class Successor(msgspec.Struct, frozen=True):
    """What a reference becomes for an OS SKU.

    `ref` is the new reference when `action` is edit. `optional` tells that the old one runs on
    the target as well. `rule` is the id of the mapping that decided, or a short name of another
    reason.
    """

    action: Action
    rule: str
    reason: str
    ref: str | None = None
    suggestion: str = ""
    optional: bool = False


def successor(ref: str, to_sku: str, catalog: Catalog) -> Successor:
    """What a reference in a Windows build or workload becomes for an OS SKU.

    Args:
        ref: the reference as written, with tag or digest.
        to_sku: the OS SKU to move to.
        catalog: where the mapping stands.
    """
    image_os = catalog.image_os(to_sku)
    known = lookups(catalog)
    target = next((v for v in known.releases if v.id == image_os), None)
    if target is None:
        return _human("no-target", f"the catalog names no image OS for {to_sku}", "")
    return _succeed(parse_ref(ref), target, to_sku, catalog)


def _succeed(ref: Reference, target: OsVersion, to_sku: str, catalog: Catalog) -> Successor:
    gone = _given_up(ref, target, to_sku, catalog)
    if gone is not None:
        return gone
    named = lookups(catalog).oses(ref.tag)
    if len(named) > 1:
        products = " and ".join(v.product for v in named)
        why = f"its tag names {products}, which leaves open what it is for"
        return _human("several-os", why, f"a tag that names {target.id} alone")
    if named and named[0].id == target.id:
        return Successor(Action.NONE_NEEDED, "already", f"its tag names {target.product} already")
    order = lookups(catalog).by_build
    if named and order.index(named[0]) > order.index(target):
        why = f"its tag names {named[0].product}, newer than {target.product}"
        return _human("newer-os", why, f"a tag of {target.id}, or a newer target")
    return _by_mapping(ref, target, to_sku, catalog)


def _given_up(ref: Reference, target: OsVersion, to_sku: str, catalog: Catalog) -> Successor | None:
    """What to say of a name that no longer holds, or never held, the maker's images."""
    retired = retired_name_of(ref, catalog)
    if retired is not None:
        return _retired(retired, ref, target, to_sku, catalog)
    if ref.registry == DOCKER_HUB and ref.repository.startswith(_OLD_OWNER):
        why = f"the images of {_OLD_OWNER.rstrip('/')} moved from Docker Hub to {MCR}"
        return _human("retired-name", why, f"what follows it in {MCR}, with a tag of {target.id}")
    if unhosted_family_of(ref, catalog) is None:
        return None
    why = f"without a registry Docker looks for it on Docker Hub, and it is in {MCR}"
    hosted = parse_ref(f"{MCR}/{ref.text}")
    return _human("no-registry", why, _likeliest(hosted, target, to_sku, catalog))


def _retired(
    retired: RetiredName, ref: Reference, target: OsVersion, to_sku: str, catalog: Catalog
) -> Successor:
    why = f"{ref.name} is a name that its maker has given up: {retired.note}"
    repository, tag = retired.successor, ref.tag
    for word, other in retired.by_tag.items():
        parts = re.split(rf"(?:^|-){re.escape(word)}(?=-|$)", ref.tag, maxsplit=1)
        if len(parts) == 2:
            repository, tag = other, "".join(parts).strip("-")
            break
    if not repository:
        return _human("retired-name", why, f"an image of your own on {target.product}")
    moved = parse_ref(f"{MCR}/{repository}" + (f":{tag}" if tag else ""))
    return _human("retired-name", why, _likeliest(moved, target, to_sku, catalog))


def _likeliest(ref: Reference, target: OsVersion, to_sku: str, catalog: Catalog) -> str:
    """The reference that stands nearest to another one on the target, or its name alone."""
    found = _succeed(ref, target, to_sku, catalog)
    if found.ref:
        return found.ref
    if found.action == Action.NONE_NEEDED:
        return ref.text
    if f"{MCR}/" in found.suggestion or ref.registry != MCR:
        return found.suggestion
    nearest = _nearest(ref, target, catalog)
    return ref.with_tag(nearest) if nearest else f"{ref.name}: {found.suggestion}"


def _by_mapping(ref: Reference, target: OsVersion, to_sku: str, catalog: Catalog) -> Successor:
    for mapping in catalog.base_images.tag_mapping:
        groups = match(mapping, ref, target, catalog)
        if groups is not None:
            return _apply(mapping, groups, ref, target, to_sku, catalog)
    family = family_of(ref, catalog)
    if family is not None and target.id in family.shared_tags.get(ref.tag or "latest", ()):
        why = f"the shared tag {ref.tag or 'latest'} holds {target.id}"
        return Successor(Action.NONE_NEEDED, "shared-tag", why)
    if family is not None:
        return _missing(ref, target, to_sku, catalog, "unmapped")
    return _private(ref, target, catalog)


def _private(ref: Reference, target: OsVersion, catalog: Catalog) -> Successor:
    why = _WHY["private-base"]
    if lookups(catalog).names_dead(ref.tag):
        why = "its tag names a Windows version that no AKS node runs any more"
    hint = f"build it on {target.product} and name the new reference: --image {ref.text}=NEW"
    return _human("private-base", why, hint)


def _apply(
    mapping: TagMapping,
    groups: dict[str, str],
    ref: Reference,
    target: OsVersion,
    to_sku: str,
    catalog: Catalog,
) -> Successor:
    note = _WHY.get(mapping.id) or mapping.note or f"mapping {mapping.id} of the catalog"
    current = next(iter(lookups(catalog).oses(ref.tag)), None)
    runs = current is not None and current.os_version_prefix in catalog.runs(to_sku)
    if mapping.id == "foreign-os-tag" and current is not None and runs:
        why = f"its tag names {current.product}, which {to_sku} nodes run"
        return Successor(Action.NONE_NEEDED, mapping.id, why, optional=True)
    action = _of_target(mapping.action, target.id)
    if action == Action.NONE_NEEDED:
        return Successor(Action.NONE_NEEDED, mapping.id, note)
    hint = _fill(_of_target(mapping.suggestion, target.id), groups)
    suggestion = _as_ref(ref, hint, target, catalog)
    if mapping.id == "ltsc2022-any":
        new_tag = _retag_2022(ref.tag, target)
    else:
        new_tag = _fill(mapping.to[target.id] or "", groups)
    if not new_tag or action == Action.NEEDS_HUMAN:
        said = _concrete(mapping.id, ref, target, to_sku, catalog) or suggestion
        nearest = _as_ref(ref, _nearest(ref, target, catalog), target, catalog)
        return _human(mapping.id, note, said or nearest)
    if not _exists(ref, new_tag, target, catalog):
        return _missing(ref, target, to_sku, catalog, mapping.id)
    same = f"the same image for {target.product} (mapping {mapping.id})"
    reason = f"{same}; {mapping.note}" if suggestion and mapping.note else same
    return Successor(Action.EDIT, mapping.id, reason, ref.with_tag(new_tag), suggestion, runs)


def _concrete(rule: str, ref: Reference, target: OsVersion, to_sku: str, catalog: Catalog) -> str:
    """A suggestion that names the very reference, where it can be told; else empty."""
    if rule == "foreign-os-tag":
        tag = lookups(catalog).retag(ref.tag, target.id)
        return f"{ref.with_tag(tag)}, if the registry has it: --registry asks"
    if rule not in _PINS:
        return ""
    bare = unpinned(ref, rule, catalog)
    if bare is None:
        return ""
    return f"{_likeliest(bare, target, to_sku, catalog)}, {_PINS[rule]}"


def _retag_2022(tag: str, target: OsVersion) -> str:
    suffix = SUFFIX if tag.endswith(SUFFIX) else ""
    return tag.removesuffix(SUFFIX).removesuffix("ltsc2022") + target.id + suffix


def _of_target(value: str | dict[str, str] | None, target: str) -> str:
    return value.get(target, "") if isinstance(value, dict) else value or ""


def _fill(template: str, groups: dict[str, str]) -> str:
    for key in ("v", "app", "suffix"):
        if key in groups or key == "suffix":
            template = template.replace(f"<{key}>", groups.get(key, ""))
    return template


def _exists(ref: Reference, tag: str, target: OsVersion, catalog: Catalog) -> bool:
    """Whether the catalog lists the tag for the family, the suffix aside."""
    family = family_of(ref, catalog)
    return family is not None and tag.removesuffix(SUFFIX) in _published(family, target)


def _published(family: ImageFamily, target: OsVersion) -> tuple[str, ...]:
    return (
        *family.available.get(target.id, ()),
        *family.published_not_rebuilt.get(target.id, ()),
    )


def _nearest(ref: Reference, target: OsVersion, catalog: Catalog) -> str:
    """The published tag of the target that shares the most with the reference's, or empty."""
    family = family_of(ref, catalog)
    tags = _published(family, target) if family is not None else ()
    wanted = set(ref.tag.split("-"))
    best = sorted(tags, key=lambda t: (-len(wanted & set(t.split("-"))), tags.index(t)))
    return best[0] if best else ""


def _missing(
    ref: Reference, target: OsVersion, to_sku: str, catalog: Catalog, rule: str
) -> Successor:
    why = f"the catalog knows no such tag of {ref.repository} for {target.product}"
    nearest = _nearest(ref, target, catalog)
    if nearest:
        return _human(rule, why, f"the nearest that exists: {ref.with_tag(nearest)}")
    for older in reversed(lookups(catalog).by_build):
        runs = older.os_version_prefix in catalog.runs(to_sku)
        nearest = _nearest(ref, older, catalog) if runs else ""
        if nearest and nearest == ref.tag:
            return _human(rule, why, f"{ref.text} as it is: {to_sku} nodes run it")
        if nearest:
            hint = f"{ref.with_tag(nearest)}, which {to_sku} nodes run as well"
            return _human(rule, why, f"the nearest that exists: {hint}")
    return _human(rule, why, f"{ref.repository} has no image for {target.product}")


def _as_ref(ref: Reference, hint: str, target: OsVersion, catalog: Catalog) -> str:
    """A suggestion with its bare tag or repository made a whole reference; prose stays.

    A family that ends before the target's OS is answered with the one that follows it.
    """
    head, comma, rest = hint.partition(", ")
    if re.fullmatch(r"[\w./]+/[\w.]+:[\w.-]+", head):
        return f"{MCR}/{head}{comma}{rest}"
    if not (re.fullmatch(r"[\w.]+(-[\w.]+)*", head) and re.search(r"\d", head)):
        return hint
    family = family_of(ref, catalog)
    if family is not None and family.successor_repository and not _published(family, target):
        return f"{MCR}/{family.successor_repository}:{head}{comma}{rest}"
    return f"{ref.with_tag(head)}{comma}{rest}"


def _human(rule: str, reason: str, suggestion: str) -> Successor:
    return Successor(Action.NEEDS_HUMAN, rule, reason, None, suggestion)
