"""Holds the catalog to its own conventions: what `poolshift catalog check` runs."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.catalog.model.base import END_KINDS, Claim, Record, winner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.catalog.catalog import Catalog
    from poolshift.catalog.model.os_skus import OsRelease, OsSku
    from poolshift.catalog.records import Entry

_NO_FACTS = frozenset({"apis/base", "os_changes/hops"})
"""Sections that name things for other records and state no fact of their own."""

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Problem(msgspec.Struct, frozen=True):
    """Something that a record does not keep to; `record` is its full id or a file."""

    record: str
    what: str


def check(catalog: Catalog, *, as_of: date) -> list[Problem]:
    """Everything that breaks a convention, in the order of the files; empty when all holds.

    Args:
        catalog: every file of it is read.
        as_of: today; a record cannot have been read after it.
    """
    entries = list(catalog.records())
    problems = [p for entry in entries for p in _check_entry(entry, as_of)]
    problems += _check_unique(entries)
    problems += _check_files(catalog, as_of)
    problems += _check_skus(catalog)
    problems += _check_references(catalog)
    return problems


def _check_entry(entry: Entry, as_of: date) -> Iterator[Problem]:
    if not entry.name:
        yield Problem(entry.id, "nothing of it can serve as its id")
    if f"{entry.file}/{entry.section}" not in _NO_FACTS:
        if not (entry.source or _claims_of(entry.record) or hasattr(entry.record, "where")):
            yield Problem(entry.id, "it has no source")
        if not entry.confidence:
            yield Problem(entry.id, "it has no confidence")
    for claim in _claims_of(entry.record):
        yield from _check_claim(entry.id, claim, as_of)


def _check_claim(record: str, claim: Claim, as_of: date) -> Iterator[Problem]:
    read_on = _day(claim.read_on)
    if read_on is None:
        yield Problem(record, f"read_on {claim.read_on!r} is no date")
    elif read_on > as_of:
        yield Problem(record, f"it was read on {claim.read_on}, after {as_of.isoformat()}")
    if not claim.source:
        yield Problem(record, "a claim has no source")
    if isinstance(claim.value, str) and _ISO_DAY.fullmatch(claim.value) and not _day(claim.value):
        yield Problem(record, f"{claim.value!r} is no date of the calendar")


def _check_unique(entries: list[Entry]) -> Iterator[Problem]:
    for record, count in Counter(e.id for e in entries).items():
        if count > 1:
            yield Problem(record, f"{count} records have this id")


def _check_files(catalog: Catalog, as_of: date) -> Iterator[Problem]:
    for stem in dict.fromkeys(e.file for e in catalog.records()):
        file = catalog.file(stem)
        for name in ("as_of", "read_on"):
            day = _day(getattr(file, name))
            if day is None or day > as_of:
                yield Problem(f"{stem}.yaml", f"{name} {getattr(file, name)!r} is no past date")


def _check_skus(catalog: Catalog) -> Iterator[Problem]:
    for sku in catalog.os_skus.os_skus:
        record = f"os_skus/os_skus/{sku.id}"
        yield from _check_ends(record, sku)
        for field, claims in sku.claims.items():
            if sku.resolves_to and field == "default_for_k8s":
                # Claims on an unversioned OS SKU say what it resolves to, not when it is taken.
                continue
            yield from _check_winner(record, sku, field, claims)
        for field in ("end_support", "end_images", "ga"):
            value = getattr(sku, field)
            if isinstance(value, str) and _day(value) is None:
                yield Problem(record, f"{field} {value!r} is no date")
    for release in catalog.os_skus.os_releases:
        yield from _check_ends(f"os_skus/os_releases/{release.id}", release)


def _check_ends(record: str, sku: Any) -> Iterator[Problem]:
    """An OS with an end states all four, since they fall on four days."""
    if sku.ends is None:
        if getattr(sku, "end_support", None) is not None:
            yield Problem(record, "it has an end but no `ends`")
        return
    for what in END_KINDS:
        if not sku.ends.claims(what):
            yield Problem(record, f"`ends` says nothing of {what}")
    pairs = (("end_support", "patch"), ("end_images", "scale"))
    for field, what in pairs:
        plain, won = getattr(sku, field, None), winner(sku.ends.claims(what))
        if plain is not None and won is not None and won.value != plain:
            yield Problem(record, f"{field} is {plain} but the claim on {what} says {won.value}")


def _check_winner(
    record: str, sku: Record, field: str, claims: tuple[Claim, ...]
) -> Iterator[Problem]:
    """The plain field repeats the claim that holds.

    A null field means that nothing is published any more, whatever older claims said; a text may
    go on after the claim's own; a structured field is what a true claim looks like in full.
    """
    won, plain = winner(claims), getattr(sku, field, None)
    if won is None:
        yield Problem(record, f"claims.{field} is empty")
        return
    if plain is None or won.value == plain:
        return
    if isinstance(plain, str) and isinstance(won.value, str) and plain.startswith(won.value):
        return
    if isinstance(plain, Record) and won.value is True:
        return
    yield Problem(record, f"{field} is {plain!r} but the claim that holds says {won.value!r}")


def _check_references(catalog: Catalog) -> Iterator[Problem]:
    skus: tuple[OsSku | OsRelease, ...] = (
        *catalog.os_skus.os_skus,
        *catalog.os_skus.os_releases,
    )
    for sku in skus:
        named = {sku.successor, *getattr(sku, "successor_alternatives", ())} - {None}
        for name in sorted(str(n) for n in named):
            if catalog.sku(name) is None:
                yield Problem(f"os_skus/{sku.id}", f"its successor {name} has no record")
    ids = {c.id for c in catalog.constraints.constraints}
    for constraint in catalog.constraints.constraints:
        if constraint.exception and constraint.exception not in ids:
            yield Problem(
                f"constraints/{constraint.id}", f"its exception {constraint.exception} is unknown"
            )
    yield from _check_image_references(catalog)


def _check_image_references(catalog: Catalog) -> Iterator[Problem]:
    releases = {v.id for v in catalog.base_images.os_versions}
    for host in catalog.base_images.host_compatibility:
        if catalog.sku(host.host) is None:
            yield Problem(f"base_images/{host.host}", "the host has no OS SKU record")
        for release in sorted(set(host.runs) - releases):
            yield Problem(f"base_images/{host.host}", f"it runs {release}, which has no record")
    for mapping in catalog.base_images.tag_mapping:
        for release in sorted(set(mapping.to) - releases):
            yield Problem(f"base_images/{mapping.id}", f"it maps to {release}, unknown")
    yield from _check_retired_names(catalog)


def _check_retired_names(catalog: Catalog) -> Iterator[Problem]:
    """What follows a retired name must be of a family, and so not be retired itself."""
    families = catalog.base_images.families
    known = {r for family in families for r in (family.repository, *family.repositories)}
    for retired in catalog.base_images.retired_names:
        for follower in (retired.successor, *retired.by_tag.values()):
            if follower and follower not in known:
                what = f"{follower}, which follows it, is of no family"
                yield Problem(f"base_images/{retired.id}", what)


def _claims_of(record: Record) -> tuple[Claim, ...]:
    """Every claim of a record, of its ends included."""
    found: list[Claim] = []
    claims = getattr(record, "claims", ())
    for group in claims.values() if isinstance(claims, dict) else (claims,):
        found.extend(group)
    ends = getattr(record, "ends", None)
    if ends is not None:
        found.extend(claim for what in END_KINDS for claim in ends.claims(what))
    older = getattr(record, "older_claims", ())
    found.extend(claim for claim in older if isinstance(claim, Claim))
    return tuple(found)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _ISO_DAY.fullmatch(text) else None
    except ValueError:
        return None
