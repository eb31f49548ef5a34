"""Records of service errors."""

from __future__ import annotations

from poolshift.catalog.model.base import CatalogFile, Record, Source


class ErrorShape(Record, frozen=True):
    """The bodies of ARM's errors."""

    gateway: dict[str, dict[str, str]]
    aks_provider: dict[str, str]
    note: str
    source: Source
    confidence: str


class ServiceError(Record, frozen=True):
    """An error of a service, with cause and cure."""

    code: str
    kind: str
    phase: tuple[str, ...]
    message: str
    cause: str
    remedy: str
    retry: str
    source: Source
    confidence: str
    http: int | None = None
    message_exact: bool | None = None
    sub: str = ""
    aliases: tuple[str, ...] = ()
    exit_code: int | tuple[int, ...] | None = None


class ExitCodes(Record, frozen=True):
    """Exit codes of the Windows start-up script."""

    source: Source
    confidence: str
    groups: dict[str, tuple[int, ...]]
    codes: dict[int, str]


class ErrorsFile(CatalogFile, frozen=True):
    """The file `errors.yaml`."""

    arm_error_shape: ErrorShape
    notes: tuple[str, ...]
    errors: tuple[ServiceError, ...]
    windows_cse_exit_codes: ExitCodes
