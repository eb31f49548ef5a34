"""What every record of the catalog is made of: claims, sources, the base of records and files."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

Source: TypeAlias = str | tuple[str, ...]
"""Where a record comes from: one address or several. Read it through `sources_of`."""


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all records: a key that the type does not name is an error, not a surprise."""


class CatalogFile(Record, frozen=True):
    """Base of a whole file; `as_of` and `read_on` are ISO dates that hold for its records."""

    schema: str
    as_of: str
    read_on: str


class Claim(Record, frozen=True):
    """What one source says of one field.

    `value` is None where the source publishes none, and the note says what bounds it instead;
    `k8s` narrows the claim to some Kubernetes minors, None where it holds for all.
    """

    value: str | bool | tuple[str, ...] | None
    source: str
    read_on: str
    official: bool
    note: str = ""
    k8s: str | None = None


class Ends(Record, frozen=True):
    """When an OS stops: no new pools, no images, no Kubernetes upgrade, no scaling."""

    create: tuple[Claim, ...] = ()
    patch: tuple[Claim, ...] = ()
    upgrade: tuple[Claim, ...] = ()
    scale: tuple[Claim, ...] = ()

    def claims(self, what: str) -> tuple[Claim, ...]:
        """The claims for create, patch, upgrade or scale."""
        claims: tuple[Claim, ...] = getattr(self, what)
        return claims


class Statement(Record, frozen=True):
    """A fact in a sentence."""

    id: str
    statement: str
    source: Source
    confidence: str


END_KINDS = ("create", "patch", "upgrade", "scale")


def sources_of(source: Source) -> tuple[str, ...]:
    """The sources as a tuple, whichever form the record has."""
    if isinstance(source, str):
        return (source,) if source else ()
    return source


def winner(claims: tuple[Claim, ...]) -> Claim | None:
    """The claim that holds: the first official one, since claims stand newest first.

    Without an official claim the first one; None without any.
    """
    return next((c for c in claims if c.official), claims[0] if claims else None)
