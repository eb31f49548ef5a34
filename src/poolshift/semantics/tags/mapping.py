"""Which record of the catalog's mapping a reference falls under."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from poolshift.semantics.tags.reference import MCR
from poolshift.semantics.tags.releases import family_of, lookups

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.catalog.model.base_images import OsVersion, TagMapping
    from poolshift.semantics.tags.reference import Reference

SUFFIX = "-amd64"
"""What may follow the name of a Windows version in a tag and stays."""

BUILD = re.compile(r"10\.0\.(\d{5})(?:\.\d+)?")
_KB_TAG = re.compile(r"-kb\d+", re.IGNORECASE)
_DATED_TAG = re.compile(r"(?<!\d)\d{8}(?!\d)")
_VERSION_ALONE = re.compile(r"|latest|\d+(\.\d+){0,2}")


def match(
    mapping: TagMapping, ref: Reference, target: OsVersion, catalog: Catalog
) -> dict[str, str] | None:
    """The parts that a mapping takes from a reference; None when it is for another kind."""
    if target.id not in mapping.to:
        return None
    expression = _pattern(mapping.match)
    if expression is not None:
        if ref.registry != MCR:
            return None
        # No tag means the tag latest.
        found = expression.fullmatch(f"{ref.repository}:{ref.tag or 'latest'}")
        return {k: v or "" for k, v in found.groupdict().items()} if found else None
    versioned = {"v": ref.tag} if ref.tag not in ("", "latest") else {}
    return versioned if _prose_match(mapping.id, ref, catalog) else None


@cache
def _pattern(notation: str) -> re.Pattern[str] | None:
    """The catalog's `repository:tag` notation as an expression; None when it is prose.

    `*` is any text, `<v>` a version, `(a|b)` a choice, a trailing `(-amd64)?` the suffix. `*-` is
    a version that may be left out, as the newest is by its makers.
    """
    if " " in notation or ":" not in notation:
        return None
    body, suffix = notation, ""
    if notation.endswith(f"({SUFFIX})?"):
        body, suffix = notation.removesuffix(f"({SUFFIX})?"), f"(?P<suffix>{SUFFIX})?"
    repository, _, tag = body.partition(":")
    if tag.startswith("("):
        tag = f"(?P<app>{tag[1:]}"
    tag = _escape(tag)
    return re.compile(f"{_escape(repository)}:{tag}{suffix}")


def _escape(text: str) -> str:
    escaped = re.sub(r"[.+]", lambda m: f"\\{m[0]}", text)
    escaped = escaped.replace("*-", "(?:@-)?").replace("*", ".*").replace("@", ".*")
    return escaped.replace("<v>", r"(?P<v>[\w.]+)")


def _prose_match(rule: str, ref: Reference, catalog: Catalog) -> bool:
    """The kinds of reference that the catalog describes in words, by the mapping's id."""
    match rule:
        case "digest-pin":
            return bool(ref.digest)
        case "exact-build":
            return BUILD.search(ref.tag) is not None
        case "kb-tag":
            return _KB_TAG.search(ref.tag) is not None
        case "dated-tag":
            return _DATED_TAG.search(ref.tag) is not None
        case "dotnet-floating" | "iis-floating" | "ltsc2022-any" | "foreign-os-tag":
            return _family_match(rule, ref, catalog)
        case "dead-sac":
            return ref.registry == MCR and _is_dead(ref, catalog)
        case _:
            # Mappings on whole files (arg-from, multi-stage) are the rewriter's business.
            return False


def _family_match(rule: str, ref: Reference, catalog: Catalog) -> bool:
    family = family_of(ref, catalog)
    if rule == "foreign-os-tag":
        return family is None and bool(lookups(catalog).oses(ref.tag))
    if family is None:
        return False
    if rule == "dotnet-floating":
        return family.id == "dotnet" and _VERSION_ALONE.fullmatch(ref.tag) is not None
    if rule == "iis-floating":
        return family.id == "iis" and ref.tag in ("", "latest")
    return ref.tag.removesuffix(SUFFIX).endswith("ltsc2022")


def _is_dead(ref: Reference, catalog: Catalog) -> bool:
    in_family = ref.repository == "windows" or ref.repository.startswith("windows/")
    bare = ref.tag.removesuffix(SUFFIX).rpartition("-")[2]
    return in_family and bare.lower() in lookups(catalog).dead
