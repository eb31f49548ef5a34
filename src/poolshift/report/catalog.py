"""The catalog as a document: records, their claims, and which claim won."""

from __future__ import annotations

from typing import Any

import msgspec

from poolshift.catalog import Claim, Entry, winner


class ClaimLine(msgspec.Struct, frozen=True):
    """A claim; `won` tells the one that counts."""

    field: str
    value: Any
    source: str
    read_on: str
    official: bool
    won: bool
    note: str = ""


class RecordDocument(msgspec.Struct, frozen=True):
    """A record of the catalog as it stands, and its claims."""

    id: str
    record: dict[str, Any]
    claims: tuple[ClaimLine, ...]


class CatalogDocument(msgspec.Struct, frozen=True):
    """`catalog list` (records without claims) and `catalog show` (one record)."""

    records: tuple[RecordDocument, ...]
    schema: str = "poolshift.catalog/1"


def record_document(entry: Entry) -> RecordDocument:
    """One record with every claim it holds."""
    plain = msgspec.to_builtins(entry.record)
    return RecordDocument(id=entry.id, record=plain, claims=_claims(entry.record))


def _claims(record: Any) -> tuple[ClaimLine, ...]:
    groups: dict[str, tuple[Claim, ...]] = {}
    ends = getattr(record, "ends", None)
    if ends is not None:
        groups |= {f"ends.{w}": ends.claims(w) for w in ("create", "patch", "upgrade", "scale")}
    claims = getattr(record, "claims", None)
    if isinstance(claims, dict):
        groups |= claims
    lines = []
    for name, group in groups.items():
        best = winner(group)
        lines += [
            ClaimLine(
                field=name,
                value=c.value,
                source=c.source,
                read_on=str(c.read_on),
                official=c.official,
                won=c is best,
                note=c.note,
            )
            for c in group
        ]
    return tuple(lines)
