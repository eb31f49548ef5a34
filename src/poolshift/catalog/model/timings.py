"""Records of observed durations."""

from __future__ import annotations

from poolshift.catalog.model.base import CatalogFile, Record, Source


class OperationTiming(Record, frozen=True):
    """Observed durations of one client command."""

    id: str
    command: str
    method: str
    resource: str
    os_type: str | None
    os_sku: str | None
    n: int
    p10_s: int
    p50_s: int
    p90_s: int
    max_s: int
    source: Source
    confidence: str
    note: str = ""


class TimingSummary(Record, frozen=True):
    """Observed durations of a kind of operation."""

    id: str
    what: str
    n: int
    p10_s: int
    p50_s: int
    p90_s: int
    max_s: int
    source: Source
    confidence: str


class PoolAddByCount(Record, frozen=True):
    """Durations of a pool creation by node count."""

    id: str
    os_type: str
    count: int
    n: int
    p10_s: int
    p50_s: int
    p90_s: int
    max_s: int
    source: Source
    confidence: str


class PoolAddByYear(Record, frozen=True):
    """Durations of a pool creation by year."""

    id: str
    os_type: str
    year: int
    n: int
    p10_s: int
    p50_s: int
    p90_s: int
    max_s: int
    source: Source
    confidence: str


class NodeTiming(Record, frozen=True):
    """How long nodes and images take."""

    id: str
    what: str
    source: Source
    confidence: str
    observed_s: int | None = None
    as_reported: str = ""
    use: str = ""
    limit_s: int | None = None
    image_gib: float | None = None
    derived_rate_mib_s: float | None = None
    image_gb: int | None = None
    derived_rate_mb_s: float | None = None
    range_s: tuple[int, ...] = ()
    note: str = ""
    default_s: int | None = None
    fixed_s: int | None = None


class DrainTiming(Record, frozen=True):
    """How long drains and deletions take."""

    id: str
    what: str
    source: Source
    confidence: str
    default_s: int | None = None
    range_s: tuple[int, ...] = ()
    observed_s: int | None = None
    asked_s: int | None = None
    limit_s: int | None = None


class ControlTiming(Record, frozen=True):
    """Limits and times of the control plane."""

    id: str
    what: str
    source: Source
    confidence: str
    window_s: int | None = None
    limit_s: int | None = None
    nodes_over: int | None = None
    max_s: int | None = None
    as_reported: str = ""
    observed_s: int | None = None


class ClientTiming(Record, frozen=True):
    """How clients wait and retry."""

    id: str
    what: str
    source: Source
    confidence: str
    default_s: int | None = None
    attempts: int | None = None
    waits_s: tuple[float, ...] = ()
    range_s: tuple[float, ...] = ()
    aks_range_s: tuple[float, ...] = ()


class TimingsFile(CatalogFile, frozen=True):
    """The file `timings.yaml`."""

    notes: tuple[str, ...]
    operations: tuple[OperationTiming, ...]
    summary: tuple[TimingSummary, ...]
    pool_add_by_count: tuple[PoolAddByCount, ...]
    pool_add_by_year: tuple[PoolAddByYear, ...]
    nodes_and_images: tuple[NodeTiming, ...]
    drain_and_delete: tuple[DrainTiming, ...]
    control: tuple[ControlTiming, ...]
    clients: tuple[ClientTiming, ...]
