"""Every record of the catalog under one id: `file/section/id`, or the short id where it is clear.

A record without an id of its own takes a stable one from what it is about: the version, the
error code (with its sub-code), the label key, the client, and so on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.catalog.model.base import CatalogFile, Record, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_NAMING_KEYS = (
    "id",
    "version",
    "code",
    "key",
    "family",
    "object",
    "client",
    "host",
    "osSKU",
    "name",
    "action",
    "call",
    "provider",
    "when",
)
"""Where a record's name is looked for, first match wins. `tags` of dead tags come last."""


class Entry(msgspec.Struct, frozen=True):
    """A record with its place. `own` tells an id that the record states from a derived one.

    `source` and `confidence` are the record's own or the defaults of its section, empty without.
    """

    file: str
    section: str
    name: str
    own: bool
    aliases: tuple[str, ...]
    record: Record
    source: Source
    confidence: str

    @property
    def id(self) -> str:
        """The full id."""
        return f"{self.file}/{self.section}/{self.name}"


def name_of_plain(plain: Mapping[str, Any]) -> str:
    """The name of a record in its plain form, empty when it says nothing of itself."""
    for key in _NAMING_KEYS:
        value = plain.get(key)
        if isinstance(value, str) and value:
            sub = plain.get("sub") if key == "code" else None
            return f"{value}+{sub}" if sub else value
    tags = plain.get("tags")
    return str(tags[0]) if isinstance(tags, list | tuple) and tags else ""


def _plain(record: Record) -> dict[str, Any]:
    names = {f.name: f.encode_name for f in msgspec.structs.fields(type(record))}
    return {wire: getattr(record, python) for python, wire in names.items()}


def _default(file: CatalogFile, section: str, what: str) -> Any:
    """A section's default: `operations_source` for operations, or the file's own."""
    stem = section.removesuffix("_used")
    for name in (f"{section}_{what}", f"{stem}_{what}"):
        if hasattr(file, name):
            return getattr(file, name)
    conventions = getattr(file, "conventions", {})
    return conventions.get(f"{what}_default", "")


def _entry(stem: str, section: str, file: CatalogFile, record: Record, *, single: bool) -> Entry:
    plain = _plain(record)
    name = section if single else name_of_plain(plain)
    return Entry(
        file=stem,
        section=section,
        name=name,
        own=single or bool(plain.get("id")),
        aliases=tuple(plain.get("aliases") or ()),
        record=record,
        source=plain.get("source") or _default(file, section, "source"),
        confidence=plain.get("confidence") or _default(file, section, "confidence"),
    )


def entries_of(stem: str, file: CatalogFile) -> Iterator[Entry]:
    """The records of one file, in its order."""
    for field in msgspec.structs.fields(type(file)):
        value = getattr(file, field.name)
        if isinstance(value, Record):
            yield _entry(stem, field.name, file, value, single=True)
        elif isinstance(value, tuple):
            for record in value:
                if isinstance(record, Record):
                    yield _entry(stem, field.name, file, record, single=False)


def find(entries: Iterable[Entry], wanted: str) -> tuple[Entry, ...]:
    """The records that an id may mean.

    A full id means one. A short id means the records that state it themselves, and only when
    there is none those that carry it as alias, code or derived name.
    """
    everything = tuple(entries)
    full = tuple(e for e in everything if e.id == wanted)
    if full:
        return full
    low = wanted.lower()
    own = tuple(e for e in everything if e.own and e.name.lower() == low)
    if own:
        return own
    return tuple(
        e
        for e in everything
        if e.name.lower() == low
        or e.name.lower().split("+")[0] == low
        or low in (a.lower() for a in e.aliases)
    )
