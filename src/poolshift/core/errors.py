"""What went wrong, why, and what to do.

    PoolshiftError
    ├── UsageError            wrong usage, unreadable input, refused before any change   exit 2
    ├── NeedsPersonError      refused after a change; state kept                         exit 5
    └── ApiError              an answer of ARM, Kubernetes or a registry                 exit 2
        ├── UnreachableError      no answer at all                      (temporary)
        ├── UnauthorizedError     401
        ├── ForbiddenError        403
        ├── NotFoundError         404
        ├── ConflictError         409: taken, or changed meanwhile
        ├── PreconditionError     412: If-Match, If-None-Match
        ├── ExpiredError          410: a list or watch position too old
        ├── InvalidError          400, 422
        ├── ThrottledError        429                                   (temporary)
        └── ServerError           5xx                                   (temporary)

The first split is temporary against permanent: `retry_after_s` is None for what will not pass.
"""

from __future__ import annotations

EXIT_DONE = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_WAITING = 3
EXIT_ROLLED_BACK = 4
EXIT_NEEDS_PERSON = 5
EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130


class PoolshiftError(Exception):
    """Root of everything that poolshift raises on purpose.

    Attributes:
        code: a stable id (`PSE103`), listed in `core.error_codes`, the same in text, JSON and docs.
        what: what happened, with the names concerned.
        why: the cause, as far as it is known.
        fix: what to do, with the exact command where there is one.
        retry_after_s: seconds until it is worth trying again; None when it is not.
    """

    exit_code = EXIT_INTERNAL
    default_code = "PSE000"

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        fix: str = "",
        code: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        self.code = code or self.default_code
        self.what = what
        self.why = why
        self.fix = fix
        self.retry_after_s = retry_after_s
        super().__init__(self.line())

    def line(self) -> str:
        """The whole error on one line."""
        parts = [f"{self.code} {self.what}".rstrip(".")]
        if self.why:
            parts.append(self.why.rstrip("."))
        text = ": ".join(parts)
        return f"{text}. {self.fix}" if self.fix else f"{text}."


class UsageError(PoolshiftError):
    """Wrong usage, unreadable input, or refused before any change."""

    exit_code = EXIT_USAGE
    default_code = "PSE100"


class NeedsPersonError(PoolshiftError):
    """Refused after a change was made; the state is kept and a person must look."""

    exit_code = EXIT_NEEDS_PERSON
    default_code = "PSE500"


class ApiError(PoolshiftError):
    """An answer of a service that is no success.

    Attributes:
        status: HTTP status, 0 when there was none.
        service_code: the service's own code or reason (`WindowsAgentPoolNameTooLong`).
        message: the service's own words.
        details: the body's details or causes, as sent.
        request_id: what the service calls the request, for a support case.
    """

    exit_code = EXIT_USAGE
    default_code = "PSE200"

    def __init__(
        self,
        what: str,
        *,
        status: int = 0,
        service_code: str = "",
        message: str = "",
        details: object = None,
        request_id: str = "",
        why: str = "",
        fix: str = "",
        code: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        self.status = status
        self.service_code = service_code
        self.message = message
        self.details = details
        self.request_id = request_id
        said = f"{service_code}: {message}" if service_code and message else service_code or message
        super().__init__(what, why=why or said, fix=fix, code=code, retry_after_s=retry_after_s)


class UnreachableError(ApiError):
    """No answer: refused connection, no such host, time-out, broken TLS."""

    default_code = "PSE201"


class UnauthorizedError(ApiError):
    """401: no credential, or an expired one."""

    default_code = "PSE202"


class ForbiddenError(ApiError):
    """403: the credential lacks a right."""

    default_code = "PSE203"


class NotFoundError(ApiError):
    """404: the thing is not there."""

    default_code = "PSE204"


class ConflictError(ApiError):
    """409: the name is taken, the object changed meanwhile, or another operation runs."""

    default_code = "PSE205"


class PreconditionError(ApiError):
    """412: If-Match or If-None-Match did not hold."""

    default_code = "PSE206"


class ExpiredError(ApiError):
    """410: the position in a list or watch is too old; list again."""

    default_code = "PSE207"


class InvalidError(ApiError):
    """400 or 422: the service refuses the request as it stands."""

    default_code = "PSE208"


class ThrottledError(ApiError):
    """429: too many requests."""

    default_code = "PSE209"


class ServerError(ApiError):
    """5xx: the service failed."""

    default_code = "PSE210"


_BY_STATUS: dict[int, type[ApiError]] = {
    400: InvalidError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    410: ExpiredError,
    412: PreconditionError,
    422: InvalidError,
    429: ThrottledError,
}


def api_error_type(status: int) -> type[ApiError]:
    """The class for an HTTP status: both implementations of the ports raise by this table."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return ServerError if status >= 500 else ApiError


class InvariantError(PoolshiftError):
    """Something that must always hold does not: a defect of poolshift."""

    default_code = "PSE900"


def invariant(condition: object, what: str) -> None:
    """Raise InvariantError unless the condition holds (unlike assert, also under -O)."""
    if not condition:
        raise InvariantError(what, fix="This is a defect of poolshift; please report it")
