"""Records of constraints."""

from __future__ import annotations

import msgspec

from poolshift.catalog.model.base import CatalogFile, Claim, Record, Source


class Constraint(Record, frozen=True):
    """What combination is refused, breaks, or needs a step."""

    id: str
    area: str
    statement: str
    applies_when: str
    severity: str
    error_code: str | None
    consequence: str
    remedy: str
    source: Source
    confidence: str
    exception: str = ""
    older_claims: tuple[Claim, ...] = ()
    aliases: tuple[str, ...] = ()
    applies_from: str = ""
    generation: dict[str, str] = msgspec.field(default_factory=dict)
    derived: bool | None = None
    min_cli: str = ""
    note: str = ""
    plugin_input: str = ""


class ConstraintsFile(CatalogFile, frozen=True):
    """The file `constraints.yaml`."""

    severity_scale: dict[str, str]
    applies_dates: str
    constraints: tuple[Constraint, ...]
