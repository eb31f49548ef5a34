"""Records of limits."""

from __future__ import annotations

import msgspec

from poolshift.catalog.model.base import CatalogFile, Record, Source


class Limit(Record, frozen=True):
    """A number that a plan must respect."""

    id: str
    current: str | dict[str, str | int | bool | dict[str, int]]
    source: Source
    confidence: str
    unit: str = ""
    seed: dict[str, str | int] | None = None
    error: str = ""
    note: str = ""
    older: dict[str, str | int] | None = None
    live_field: str = ""
    docs_note: str = ""
    defaults: dict[str, int] = msgspec.field(default_factory=dict)
    windows: dict[str, int] = msgspec.field(default_factory=dict)
    quota_by_offer: dict[str, int] = msgspec.field(default_factory=dict)
    field: str = ""
    disagreement: str = ""
    status: str = ""
    min_cli: str = ""


class LimitsFile(CatalogFile, frozen=True):
    """The file `limits.yaml`."""

    limits: tuple[Limit, ...]
