"""Answers of the API server that are no success, and their Status bodies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from poolshift.core.errors import ApiError, api_error_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from poolshift.sim.kube.resources import Kind

Status = dict[str, Any]


def failure(
    status: int,
    reason: str,
    message: str,
    details: dict[str, Any] | None = None,
    *,
    retry_after_s: float | None = None,
) -> ApiError:
    """An error with the server's own reason, message and details."""
    return api_error_type(status)(
        message,
        status=status,
        service_code=reason,
        message=message,
        details=details,
        retry_after_s=retry_after_s,
    )


def body_of(error: ApiError) -> Status:
    """The Status object of an error, keys in the server's order.

    A continue token for the rest of an expired list rides in the details and stands in the
    metadata.
    """
    details = dict(error.details) if isinstance(error.details, dict) else None
    metadata: dict[str, Any] = {}
    if details is not None and "continue" in details:
        metadata, details = details, None
    body: Status = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": metadata,
        "status": "Failure",
        "message": error.message,
    }
    if error.service_code:
        body["reason"] = error.service_code
    if details is not None:
        body["details"] = details
    body["code"] = error.status
    return body


def success(**details: Any) -> Status:
    """A Status that says Success."""
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", **details}


def details_of(kind: Kind, name: str, *, as_kind: bool = False, **more: Any) -> dict[str, Any]:
    """Details that name an object; some answers carry the Kind instead of the plural."""
    found: dict[str, Any] = {"name": name}
    if kind.group:
        found["group"] = kind.group
    return {**found, "kind": kind.kind if as_kind else kind.plural, **more}


def qualified(kind: Kind) -> str:
    """`pods`, `deployments.apps`."""
    return f"{kind.plural}.{kind.group}" if kind.group else kind.plural


def not_found(kind: Kind, name: str) -> ApiError:
    """404 for an object."""
    message = f'{qualified(kind)} "{name}" not found'
    return failure(404, "NotFound", message, details_of(kind, name))


def no_resource() -> ApiError:
    """404 for a resource that is not served."""
    return failure(404, "NotFound", "the server could not find the requested resource", {})


def method_not_allowed() -> ApiError:
    """405."""
    message = "the server does not allow this method on the requested resource"
    return failure(405, "MethodNotAllowed", message, {})


def already_exists(kind: Kind, name: str) -> ApiError:
    """409 on create."""
    message = f'{qualified(kind)} "{name}" already exists'
    return failure(409, "AlreadyExists", message, details_of(kind, name))


def modified(kind: Kind, name: str) -> ApiError:
    """409: the resource version sent is not the current one."""
    message = (
        f'Operation cannot be fulfilled on {qualified(kind)} "{name}": the object has been '
        "modified; please apply your changes to the latest version and try again"
    )
    return failure(409, "Conflict", message, details_of(kind, name))


def wrong_precondition(kind: Kind, name: str, what: str, sent: str, found: str) -> ApiError:
    """409: a uid or resource version in the preconditions is not the object's."""
    consequence = "deleted and then recreated" if what == "UID" else "modified"
    message = (
        f'Operation cannot be fulfilled on {kind.kind} "{name}": the {what} in the precondition '
        f"({sent}) does not match the {what} in record ({found}). The object might have been "
        f"{consequence}"
    )
    return failure(409, "Conflict", message, details_of(kind, name, as_kind=True))


def bad_request(message: str) -> ApiError:
    """400."""
    return failure(400, "BadRequest", message)


class Problem(NamedTuple):
    """What is wrong with one field."""

    field: str
    reason: str
    text: str


def invalid_value(field: str, value: object, problem: str) -> Problem:
    """A value that cannot be; numbers stand bare, texts in quotes."""
    return Problem(field, "FieldValueInvalid", f"Invalid value: {_shown(value)}: {problem}")


def required_value(field: str, detail: str = "") -> Problem:
    """A field that must be there."""
    return Problem(field, "FieldValueRequired", f"Required value{': ' if detail else ''}{detail}")


def unsupported_value(field: str, value: object, supported: Iterable[str]) -> Problem:
    """A word that is none of those that a field takes."""
    listed = ", ".join(f'"{word}"' for word in sorted(supported))
    text = f"Unsupported value: {_shown(value)}: supported values: {listed}"
    return Problem(field, "FieldValueNotSupported", text)


def forbidden_value(field: str, detail: str) -> Problem:
    """A field that must not be there."""
    return Problem(field, "FieldValueForbidden", f"Forbidden: {detail}")


def _shown(value: object) -> str:
    """A value in a message, as Go prints it."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value is None:
        return "null"
    return msgspec.json.encode(value).decode() if not isinstance(value, int) else _number(value)


def _number(value: int) -> str:
    return str(value).lower()


def refused(kind: Kind, name: str, problems: Sequence[Problem]) -> ApiError:
    """422 for the values of fields; several stand in brackets."""
    told = [f"{problem.field}: {problem.text}" for problem in problems]
    said = told[0] if len(told) == 1 else f"[{', '.join(told)}]"
    causes = [{"reason": p.reason, "message": p.text, "field": p.field} for p in problems]
    named = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    details = details_of(kind, name, as_kind=True, causes=causes)
    return failure(422, "Invalid", f'{named} "{name}" is invalid: {said}', details)


def invalid(kind: Kind, name: str, field: str, problem: str, value: object) -> ApiError:
    """422 for one field's value."""
    return refused(kind, name, [invalid_value(field, value, problem)])


def required(kind: Kind, name: str, field: str, detail: str = "") -> ApiError:
    """422 for one field that is not there."""
    return refused(kind, name, [required_value(field, detail)])


def forbidden(user: str, verb: str, kind: Kind, name: str, namespace: str, sub: str) -> ApiError:
    """403 as the authoriser words it."""
    resource = f"{kind.plural}/{sub}" if sub else kind.plural
    named = f'{qualified(kind)} "{name}"' if name else qualified(kind)
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    details = details_of(kind, name) if name else {"kind": kind.plural}
    return failure(
        403,
        "Forbidden",
        f'{named} is forbidden: User "{user}" cannot {verb} resource "{resource}" in API group '
        f'"{kind.group}" {where}',
        details,
    )


def namespace_going(kind: Kind, name: str, namespace: str) -> ApiError:
    """403 for a new object of a namespace that is being deleted."""
    message = (
        f'{qualified(kind)} "{name}" is forbidden: unable to create new content in namespace '
        f"{namespace} because it is being terminated"
    )
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {namespace} is being terminated",
        "field": "metadata.namespace",
    }
    return failure(403, "Forbidden", message, details_of(kind, name, causes=[cause]))


def unsupported_media(accepted: tuple[str, ...]) -> ApiError:
    """415 for a body in a form that is not read."""
    message = (
        "the body of the request was in an unknown format - accepted media types include: "
        + ", ".join(accepted)
    )
    return failure(415, "UnsupportedMediaType", message)
