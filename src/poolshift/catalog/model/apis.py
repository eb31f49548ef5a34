"""Records of the ARM and Kubernetes APIs as used here."""

from __future__ import annotations

import msgspec

from poolshift.catalog.model.base import CatalogFile, Record, Source


class ApiBase(Record, frozen=True):
    """Where ARM is."""

    management_endpoint: str
    token_audience: str
    cluster_path: str
    pool_path: str
    case: str


class ApiVersion(Record, frozen=True):
    """An api-version."""

    provider: str
    source: Source
    confidence: str
    current_stable: str = ""
    stable_listed_in_sdk: tuple[str, ...] = ()
    used_by: str = ""
    id: str = ""
    value: str = ""


class ApiOperation(Record, frozen=True):
    """An ARM operation."""

    id: str
    method: str
    path: str
    success: tuple[int, ...]
    lro: bool
    source: Source
    confidence: str
    body_out: str = ""
    errors: tuple[str | int, ...] | None = None
    request_headers: tuple[str, ...] = ()
    lro_headers: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    note: str = ""
    query: dict[str, str] = msgspec.field(default_factory=dict)
    body_in: str = ""
    api_version: str = ""
    states: tuple[str, ...] = ()


class GraphExample(Record, frozen=True):
    """A Resource Graph query."""

    id: str
    query: str
    source: Source
    confidence: str


class LongRunning(Record, frozen=True):
    """How long-running operations behave."""

    id: str
    statement: str
    source: Source
    confidence: str
    api_version_seen: tuple[str, ...] = ()


class RequestHeader(Record, frozen=True):
    """A header that changes what a request does."""

    name: str
    value: str
    applies_to: str
    effect: str
    source: Source
    confidence: str
    cli: str = ""


class StateList(Record, frozen=True):
    """The provisioning states of a kind of object."""

    object: str
    source: Source
    confidence: str
    terminal: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    running_also: tuple[str, ...] = ()
    note: str = ""
    values: tuple[str, ...] = ()


class RecordedCreate(Record, frozen=True):
    """A recorded creation of a pool."""

    what: str
    request_body: dict[str, dict[str, str | int | bool | dict[str, str] | tuple[str, ...]]]
    note: str
    response_facts: dict[str, str | int | dict[str, str | bool]]
    duration_s: int
    source: Source
    confidence: str


class Permission(Record, frozen=True):
    """A permission and what needs it."""

    action: str
    for_: str = msgspec.field(name="for")
    source: Source
    confidence: str


class KubernetesCall(Record, frozen=True):
    """A Kubernetes call."""

    call: str
    source: Source
    confidence: str
    use: str = ""
    body: str = ""
    answers: dict[str, str] = msgspec.field(default_factory=dict)


class ApiObject(Record, frozen=True):
    """An ARM object and its fields."""

    object: str
    sdk_class: str
    fields: tuple[dict[str, str | bool | tuple[str, ...]], ...]
    source: Source
    confidence: str


class ApisFile(CatalogFile, frozen=True):
    """The file `apis.yaml`."""

    base: ApiBase
    api_versions: tuple[ApiVersion, ...]
    operations: tuple[ApiOperation, ...]
    operations_source: Source
    operations_confidence: str
    resource_graph_examples: tuple[GraphExample, ...]
    long_running: tuple[LongRunning, ...]
    request_headers: tuple[RequestHeader, ...]
    provisioning_states: tuple[StateList, ...]
    state_type: str
    recorded_pool_create: RecordedCreate
    permissions: tuple[Permission, ...]
    permissions_source: Source
    permissions_confidence: str
    kubernetes_api_used: tuple[KubernetesCall, ...]
    kubernetes_api_source: Source
    kubernetes_api_confidence: str
    objects: tuple[ApiObject, ...]
