"""How the tag of a Windows image becomes the tag of another Windows version.

A tag changes only along the mapping of the catalog, and only where its meaning stays the same:
same family, same version, same precision. Nothing is ever replaced inside a string because it
looks like an OS. What the mapping does not know is a person's decision.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from poolshift.semantics.versions import build_of

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.catalog.model.base_images import ImageFamily, OsVersion, TagMapping

MCR = "mcr.microsoft.com"
"""The registry of all families in the catalog."""
_BUILD_TAG = re.compile(r"10\.0\.(\d{5})(?:\.\d+)?")
_KB_TAG = re.compile(r"-kb\d+", re.IGNORECASE)
_DATED_TAG = re.compile(r"(?<!\d)\d{8}(?!\d)")
_SUFFIX = "-amd64"


_WHY = {
    "digest-pin": "a digest pins the old image, whatever the tag says",
    "exact-build": "its tag pins a Windows build",
    "kb-tag": "its tag pins an update of Windows",
    "dated-tag": "its tag pins a day",
    "dotnet-floating": "this tag holds Linux only, and the build is a Windows one",
    "foreign-os-tag": "its tag names another Windows version, and the catalog does not know "
    "whether the image exists for the target",
    "powershell": "the catalog has no tag of this image that means the same on the target",
    "private-base": "its tag does not tell the Windows version, and the catalog does not know it",
}
"""Why the kinds that the catalog describes in words need a person."""


class Action(StrEnum):
    """What is to be done about a reference."""

    EDIT = "edit"
    NEEDS_HUMAN = "needs-human"
    NONE_NEEDED = "none-needed"


class Reference(msgspec.Struct, frozen=True):
    """An image reference taken apart as it was written.

    `name` is registry and repository as they stand, `registry` what they mean (`docker.io` when
    none is written); tag and digest are empty where absent.
    """

    text: str
    name: str
    registry: str
    repository: str
    tag: str
    digest: str

    def with_tag(self, tag: str) -> str:
        """The same image under another tag, without the digest, which belongs to the old one."""
        return f"{self.name}:{tag}"


class Successor(msgspec.Struct, frozen=True):
    """What a reference becomes for an OS SKU.

    `ref` is the new reference when `action` is edit. `optional` tells that the old one runs on
    the target as well. `rule` is the id of the mapping that decided.
    """

    action: Action
    rule: str
    reason: str
    ref: str | None = None
    suggestion: str = ""
    optional: bool = False


def parse_ref(text: str) -> Reference:
    """Take an image reference apart; a part that looks like a host is the registry."""
    rest, _, digest = text.partition("@")
    head, slash, last = rest.rpartition("/")
    last, _, tag = last.partition(":")
    name = f"{head}{slash}{last}"
    first, _, path = name.partition("/")
    if path and ("." in first or ":" in first or first == "localhost"):
        return Reference(text, name, first.lower(), path, tag, digest)
    return Reference(text, name, "docker.io", name, tag, digest)


def os_of_tag(tag: str, catalog: Catalog) -> OsVersion | None:
    """The Windows version that a tag names: `1809`, `ltsc2019` and `10.0.17763` are one."""
    for release in catalog.base_images.os_versions:
        words = (release.id, release.os_version_prefix, *release.alt_tags)
        if any(_names(word, tag) for word in words):
            return release
    return None


def _names(word: str, tag: str) -> bool:
    pattern = rf"(?<![\d.]){re.escape(word)}(?!\d)"
    return re.search(pattern, tag, re.IGNORECASE) is not None


def family_of(ref: Reference, catalog: Catalog) -> ImageFamily | None:
    """The family of base images that a reference belongs to."""
    for family in catalog.base_images.families:
        repositories = (*family.repositories, family.repository)
        if ref.registry == MCR and ref.repository in repositories:
            return family
    return None


def names_windows(ref: Reference, catalog: Catalog) -> bool:
    """Whether the reference itself says that it is a Windows image."""
    text = f"{ref.repository}:{ref.tag}".lower()
    words = ("windows", "nanoserver", "servercore", "dotnet/framework", "dotnet-framework")
    if any(word in text for word in words):
        return True
    dead = tuple(word.lower() for word in _dead_words(catalog))
    in_windows_repository = ref.repository.startswith(("microsoft/iis", "microsoft/aspnet"))
    return (
        in_windows_repository or os_of_tag(ref.tag, catalog) is not None or ref.tag.lower() in dead
    )


def successor(ref: str, to_sku: str, catalog: Catalog) -> Successor:
    """What a reference in a Windows build or workload becomes for an OS SKU.

    Args:
        ref: the reference as written, with tag or digest.
        to_sku: the OS SKU to move to.
        catalog: where the mapping stands.
    """
    image_os = catalog.image_os(to_sku)
    target = next((v for v in catalog.base_images.os_versions if v.id == image_os), None)
    parsed = parse_ref(ref)
    if target is None:
        return _human("no-target", f"the catalog names no image OS for {to_sku}", "")
    current = os_of_tag(parsed.tag, catalog)
    if current is not None and build_of(current.os_version_prefix) == target.os_version_prefix:
        return Successor(Action.NONE_NEEDED, "already", f"its tag names {target.product} already")
    if current is not None and _is_newer(current, target, catalog):
        why = f"its tag names {current.product}, newer than {target.product}"
        return _human("newer-os", why, f"a tag of {target.id}, or a newer target")
    return _by_mapping(parsed, target, to_sku, catalog)


def _is_newer(current: OsVersion, target: OsVersion, catalog: Catalog) -> bool:
    order = sorted(catalog.base_images.os_versions, key=lambda v: _build_number(v))
    return order.index(current) > order.index(target)


def _build_number(release: OsVersion) -> int:
    return int(release.os_version_prefix.rsplit(".", 1)[-1])


def _by_mapping(ref: Reference, target: OsVersion, to_sku: str, catalog: Catalog) -> Successor:
    for mapping in catalog.base_images.tag_mapping:
        groups = _match(mapping, ref, target, catalog)
        if groups is not None:
            return _apply(mapping, groups, ref, target, to_sku, catalog)
    family = family_of(ref, catalog)
    if family is not None and target.id in family.shared_tags.get(ref.tag or "latest", ()):
        why = f"the shared tag {ref.tag or 'latest'} holds {target.id}"
        return Successor(Action.NONE_NEEDED, "shared-tag", why)
    if family is not None:
        return _missing(ref, target, catalog, "unmapped")
    return _private(ref, target, catalog)


def _private(ref: Reference, target: OsVersion, catalog: Catalog) -> Successor:
    why = _WHY["private-base"]
    if any(_names(word, ref.tag) for word in _dead_words(catalog)):
        why = "its tag names a Windows version that no AKS node runs any more"
    hint = f"build it on {target.product} and name the new reference: --image {ref.text}=NEW"
    return _human("private-base", why, hint)


def _match(
    mapping: TagMapping, ref: Reference, target: OsVersion, catalog: Catalog
) -> dict[str, str] | None:
    """The parts that a mapping takes from a reference; None when it is for another kind."""
    if target.id not in mapping.to:
        return None
    pattern = _pattern(mapping.match)
    if pattern is not None:
        found = pattern.fullmatch(f"{ref.repository}:{ref.tag}") if ref.registry == MCR else None
        return {k: v or "" for k, v in found.groupdict().items()} if found else None
    versioned = {"v": ref.tag} if ref.tag not in ("", "latest") else {}
    return versioned if _prose_match(mapping.id, ref, catalog) else None


@cache
def _pattern(match: str) -> re.Pattern[str] | None:
    """The catalog's `repository:tag` notation as an expression; None when it is prose.

    `*` is any text, `<v>` a version, `(a|b)` a choice, a trailing `(-amd64)?` the suffix.
    """
    if " " in match or ":" not in match:
        return None
    body, suffix = match, ""
    if match.endswith(f"({_SUFFIX})?"):
        body, suffix = match.removesuffix(f"({_SUFFIX})?"), f"(?P<suffix>{_SUFFIX})?"
    repository, _, tag = body.partition(":")
    if tag.startswith("("):
        tag = f"(?P<app>{tag[1:]}"
    tag = _escape(tag)
    return re.compile(f"{_escape(repository)}:{tag}{suffix}")


def _escape(text: str) -> str:
    escaped = re.sub(r"[.+]", lambda m: f"\\{m[0]}", text)
    return escaped.replace("*", ".*").replace("<v>", r"(?P<v>[\w.]+)")


def _prose_match(rule: str, ref: Reference, catalog: Catalog) -> bool:
    """The kinds of reference that the catalog describes in words, by the mapping's id."""
    family = family_of(ref, catalog)
    match rule:
        case "digest-pin":
            return bool(ref.digest)
        case "exact-build":
            return _BUILD_TAG.search(ref.tag) is not None
        case "kb-tag":
            return _KB_TAG.search(ref.tag) is not None
        case "dated-tag":
            return _DATED_TAG.search(ref.tag) is not None
        case "dotnet-floating":
            floating = re.fullmatch(r"|latest|\d+(\.\d+){0,2}", ref.tag) is not None
            return family is not None and family.id == "dotnet" and floating
        case "iis-floating":
            return family is not None and family.id == "iis" and ref.tag in ("", "latest")
        case "dead-sac":
            return ref.registry == MCR and _is_dead(ref, catalog)
        case "ltsc2022-any":
            return family is not None and ref.tag.removesuffix(_SUFFIX).endswith("ltsc2022")
        case "foreign-os-tag":
            return family is None and os_of_tag(ref.tag, catalog) is not None
        case _:
            # Mappings on whole files (arg-from, multi-stage) are the rewriter's business.
            return False


def _is_dead(ref: Reference, catalog: Catalog) -> bool:
    in_family = ref.repository == "windows" or ref.repository.startswith("windows/")
    bare = ref.tag.removesuffix(_SUFFIX).rpartition("-")[2]
    return in_family and bare in _dead_words(catalog)


def _dead_words(catalog: Catalog) -> tuple[str, ...]:
    """The names of Windows versions that are dead, without the patterns among them."""
    return tuple(t for d in catalog.base_images.dead_tags for t in d.tags if t[0].isdigit())


def _apply(
    mapping: TagMapping,
    groups: dict[str, str],
    ref: Reference,
    target: OsVersion,
    to_sku: str,
    catalog: Catalog,
) -> Successor:
    note = _WHY.get(mapping.id) or mapping.note or f"mapping {mapping.id} of the catalog"
    current = os_of_tag(ref.tag, catalog)
    runs = current is not None and current.os_version_prefix in catalog.runs(to_sku)
    if mapping.id == "foreign-os-tag" and current is not None and runs:
        why = f"its tag names {current.product}, which {to_sku} nodes run"
        return Successor(Action.NONE_NEEDED, mapping.id, why, optional=True)
    action = _of_target(mapping.action, target.id)
    hint = _fill(_of_target(mapping.suggestion, target.id), groups)
    suggestion = _as_ref(ref, hint, target, catalog)
    if action == Action.NONE_NEEDED:
        return Successor(Action.NONE_NEEDED, mapping.id, note)
    if mapping.id == "ltsc2022-any":
        new_tag = _retag_2022(ref.tag, target)
    else:
        new_tag = _fill(mapping.to[target.id] or "", groups)
    if not new_tag or action == Action.NEEDS_HUMAN:
        nearest = _nearest(ref, target, catalog)
        return _human(mapping.id, note, suggestion or _as_ref(ref, nearest, target, catalog))
    if not _exists(ref, new_tag, target, catalog):
        return _missing(ref, target, catalog, mapping.id)
    same = f"the same image for {target.product} (mapping {mapping.id})"
    reason = f"{same}; {mapping.note}" if suggestion and mapping.note else same
    return Successor(Action.EDIT, mapping.id, reason, ref.with_tag(new_tag), suggestion, runs)


def _retag_2022(tag: str, target: OsVersion) -> str:
    suffix = _SUFFIX if tag.endswith(_SUFFIX) else ""
    return tag.removesuffix(_SUFFIX).removesuffix("ltsc2022") + target.id + suffix


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
    return family is not None and tag.removesuffix(_SUFFIX) in _published(family, target)


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


def _missing(ref: Reference, target: OsVersion, catalog: Catalog, rule: str) -> Successor:
    nearest = _nearest(ref, target, catalog)
    why = f"the catalog knows no such tag of {ref.repository} for {target.product}"
    if nearest:
        return _human(rule, why, f"the nearest that exists: {ref.with_tag(nearest)}")
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
