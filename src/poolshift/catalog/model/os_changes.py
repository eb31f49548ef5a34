"""Records of what an OS change changes for workloads."""

from __future__ import annotations

import msgspec

from poolshift.catalog.model.base import CatalogFile, Claim, Record, Source


class Hop(Record, frozen=True):
    """A move from one OS to another."""

    id: str
    from_: str = msgspec.field(name="from")
    to: str
    note: str = ""


class OsChange(Record, frozen=True):
    """What a hop changes for workloads.

    `k8s` names the minors of pools that it changes; `fits_from` the first major version of a
    program from which on every release copes with it, by the word of its hint.
    """

    id: str
    hop: str
    carried_by: str
    topic: str
    severity: str
    statement: str
    detect: str
    remedy: str
    source: Source
    confidence: str
    k8s: str = "any"
    fits_from: dict[str, int] = msgspec.field(default_factory=dict)
    claims: tuple[Claim, ...] = ()


class OsChangesFile(CatalogFile, frozen=True):
    """The file `os_changes.yaml`."""

    conventions: dict[str, str]
    severity_scale: dict[str, str]
    hops: tuple[Hop, ...]
    changes: tuple[OsChange, ...]
