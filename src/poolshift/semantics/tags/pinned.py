"""References that pin more than a Windows version, and what they are without the pin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.semantics.tags.mapping import BUILD
from poolshift.semantics.tags.reference import parse_ref
from poolshift.semantics.tags.releases import family_of, is_windows_base, lookups

if TYPE_CHECKING:
    from poolshift.catalog import Catalog
    from poolshift.semantics.tags.reference import Reference

_KB = re.compile(r"-kb\d+", re.IGNORECASE)
_DAY = re.compile(r"-\d{8}(?!\d)|(?<!\d)\d{8}-")


def unpinned(ref: Reference, rule: str, catalog: Catalog) -> Reference | None:
    """The same image without its digest, build, update or day; None when that cannot be told.

    Args:
        ref: a reference that the mapping of the given id took for pinned.
        rule: `digest-pin`, `exact-build`, `kb-tag` or `dated-tag`.
        catalog: knows which build is which Windows version.
    """
    match rule:
        case "digest-pin":
            return _without_digest(ref, catalog)
        case "exact-build":
            named = lookups(catalog).oses(ref.tag)
            tag = BUILD.sub(lambda _: named[0].id, ref.tag, count=1) if named else ""
        case "kb-tag":
            tag = _KB.sub("", ref.tag, count=1)
        case "dated-tag":
            tag = _DAY.sub("", ref.tag, count=1)
        case _:
            tag = ""
    return parse_ref(ref.with_tag(tag)) if tag and tag != ref.tag else None


def _without_digest(ref: Reference, catalog: Catalog) -> Reference | None:
    if ref.tag:
        return parse_ref(ref.with_tag(ref.tag))
    family = family_of(ref, catalog)
    if family is None or not is_windows_base(family, catalog):
        return None
    # Windows alone has one image a version: the oldest stands for whichever the digest was.
    oldest = next((t for v in lookups(catalog).by_build if (t := family.tags.get(v.id))), "")
    return parse_ref(ref.with_tag(oldest)) if oldest else None
