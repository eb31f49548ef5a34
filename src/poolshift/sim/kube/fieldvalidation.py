"""Unknown fields in what clients send: refused, warned of, or dropped, as they ask.

A server warns unless it is told otherwise; either way what it does not know is not stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.kube import errors
from poolshift.sim.kube.openapi.unknown import known_part

if TYPE_CHECKING:
    from poolshift.sim.kube.paths import Target
    from poolshift.sim.kube.queries import Query
    from poolshift.sim.kube.resources import Kind

STRICT, WARN, IGNORE = "Strict", "Warn", "Ignore"


def _named(strange: list[str]) -> list[str]:
    return [f'unknown field "{path}"' for path in strange]


def _mode(query: Query) -> str:
    mode = query.params.get("fieldValidation", "") or WARN
    if mode not in (STRICT, WARN, IGNORE):
        problem = f'Unsupported value: "{mode}": supported values: "Ignore", "Strict", "Warn"'
        cause = {"reason": "FieldValueNotSupported", "message": problem, "field": "fieldValidation"}
        details = {"group": "meta.k8s.io", "kind": "CreateOptions", "causes": [cause]}
        message = f'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: {problem}'
        raise errors.failure(422, "Invalid", message, details)
    return mode


def validated(kind: Kind, body: Any, query: Query) -> tuple[Any, tuple[str, ...]]:
    """The body as it will be stored, and warnings; 400 for what a strict client gets wrong."""
    mode = _mode(query)
    known, strange = known_part(kind, body)
    if strange and mode == STRICT:
        raise errors.bad_request(
            f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
            f"strict decoding error: {', '.join(_named(strange))}"
        )
    return known, tuple(_named(strange)) if mode == WARN else ()


def validated_patch(kind: Kind, name: str, body: Any, query: Query) -> tuple[Any, tuple[str, ...]]:
    """A patch without unknown fields, and warnings; 422 when a strict client has any.

    Operations of a JSON patch are taken as they are.
    """
    mode = _mode(query)
    known, strange = known_part(kind, body)
    if strange and mode == STRICT:
        text = msgspec.json.encode(body).decode()
        said = f"strict decoding error: {', '.join(_named(strange))}"
        problem = f'Invalid value: "{_escaped(text)}": {said}'
        cause = {"reason": "FieldValueInvalid", "message": problem, "field": "patch"}
        details = errors.details_of(kind, name, as_kind=True, causes=[cause])
        message = f'{kind.kind} "{name}" is invalid: patch: {problem}'
        if kind.group:
            message = f'{kind.kind}.{kind.group} "{name}" is invalid: patch: {problem}'
        raise errors.failure(422, "Invalid", message, details)
    return known, tuple(_named(strange)) if mode == WARN else ()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def applicable(target: Target, config: Any) -> Any:
    """An applied configuration; a field that its type lacks is the server's own 500."""
    _, strange = known_part(target.kind, config)
    if strange:
        kind = target.kind
        named = f"{target.namespace}/{target.name}" if target.namespace else f"/{target.name}"
        problems = "\n".join(f".{path}: field not declared in schema" for path in strange)
        message = (
            f"failed to create typed patch object ({named}; {kind.api_version}, "
            f"Kind={kind.kind}): {problems}"
        )
        raise errors.failure(500, "", message)
    return config
