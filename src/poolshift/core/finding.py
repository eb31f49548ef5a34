"""What assess says: findings, what was not checked, and the verdict on each image."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class Severity(StrEnum):
    """How much a finding matters: what must be done, should be done, is good to know."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"
    INFO = "info"


class Evidence(msgspec.Struct, frozen=True):
    """A value that was seen, and where."""

    path: str
    value: str


class Ignored(msgspec.Struct, frozen=True):
    """Why the user wants to hear no more of a finding, and until which day (None: for ever)."""

    reason: str
    until: str | None = None


class Finding(msgspec.Struct, frozen=True):
    """One thing found by one rule.

    `target` is `cluster`, `pool/NAME`, `node/NAME`, `NAMESPACE/KIND/NAME` or `image/REF`;
    `deadline` an ISO date, None without one. A `blocks` finding is what the service would refuse
    or what would break a promise: the planner turns it into a blocker. `pools` are those that the
    target is, is in or runs on; an `ignored` finding stays in the report and counts for nothing.
    """

    rule: str
    name: str
    severity: Severity
    target: str
    what: str
    why: str
    fix: str
    deadline: str | None = None
    evidence: tuple[Evidence, ...] = ()
    docs: str = ""
    blocks: bool = False
    pools: tuple[str, ...] = ()
    ignored: Ignored | None = None


class NotChecked(msgspec.Struct, frozen=True):
    """A rule that could not decide about a target, and why: never the same as fine."""

    rule: str
    target: str
    reason: str


class Verdict(StrEnum):
    """Whether an image runs on the nodes of an OS SKU.

    `fits-unsupported`: it runs, but a page of the vendor still asks for equal versions.
    """

    FITS = "fits"
    FITS_UNSUPPORTED = "fits-unsupported"
    REBUILD = "rebuild"
    UNKNOWN = "unknown"


class ImageReport(msgspec.Struct, frozen=True):
    """An image: the Windows builds it holds, its size, who uses it, the verdict by OS SKU."""

    ref: str
    builds: tuple[str, ...]
    size_bytes: int
    used_by: tuple[str, ...]
    verdict: dict[str, Verdict]


class DeadlineClaim(msgspec.Struct, frozen=True):
    """What one source says of a deadline; `on` is None where it says that there is no end yet."""

    on: str | None
    source: str
    read_on: str
    official: bool


class Deadline(msgspec.Struct, frozen=True):
    """What stops for a pool on which day: create, patch, upgrade or scale.

    `claims` are all that is said of it, newest first, where sources disagree; empty otherwise.
    """

    what: str
    on: str
    source: str
    claims: tuple[DeadlineClaim, ...] = ()


class PoolReport(msgspec.Struct, frozen=True):
    """A pool as assess shows it."""

    name: str
    os_type: str
    os_sku: str
    build: str
    count: int
    vm_size: str
    vm_generation: str
    node_image_version: str
    deadlines: tuple[Deadline, ...]
    mode: str = ""
    kubernetes_version: str = ""
    owner: str = "none"


class ClusterReport(msgspec.Struct, frozen=True):
    """The cluster as assess shows it."""

    id: str
    name: str
    region: str
    kubernetes_version: str


class Summary(msgspec.Struct, frozen=True):
    """Findings by severity; ignored ones are counted apart."""

    required: int
    recommended: int
    info: int
    ignored: int = 0


class Assessment(msgspec.Struct, frozen=True):
    """The whole answer of assess."""

    as_of: str
    cluster: ClusterReport
    pools: tuple[PoolReport, ...]
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    images: tuple[ImageReport, ...]
    summary: Summary
    schema: str = "poolshift.assess/1"


def to_builtins(document: msgspec.Struct) -> dict[str, Any]:
    """Plain JSON values of a document, `schema` first."""
    plain = msgspec.to_builtins(document)
    return {"schema": plain.pop("schema"), **plain}
