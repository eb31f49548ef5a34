"""Rules of labels, and of what selects by them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.sim.kube.errors import Problem, invalid_value, required_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.sim.kube.objects import Object

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_NODE_OPERATORS = (*_OPERATORS, "Gt", "Lt")
_LABEL = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_LABEL_PROBLEM = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  "
    "or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_NAME_PART = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_NAME_PROBLEM = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
MOST_LABEL = 63
_MOST_PREFIX = 253


def labels(given: dict[str, str], path: str) -> Iterator[Problem]:
    """Keys and values of labels."""
    for key, value in given.items():
        yield from label_key(key, path)
        if len(value) > MOST_LABEL:
            yield invalid_value(path, value, f"must be no more than {MOST_LABEL} characters")
        elif not _LABEL.fullmatch(value):
            yield invalid_value(path, value, _LABEL_PROBLEM)


def label_key(key: str, path: str) -> Iterator[Problem]:
    """A key is a name, under a domain that is its own where there is a slash."""
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > _MOST_PREFIX or not _PREFIX.fullmatch(prefix)):
        problem = (
            "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric "
            "characters, '-' or '.', and must start and end with an alphanumeric character"
        )
        yield invalid_value(path, key, problem)
    elif not name:
        yield invalid_value(path, key, "name part must be non-empty")
    elif len(name) > MOST_LABEL:
        problem = f"name part must be no more than {MOST_LABEL} characters"
        yield invalid_value(path, key, problem)
    elif not _NAME_PART.fullmatch(name):
        yield invalid_value(path, key, _NAME_PROBLEM)


def meta(value: Object, path: str) -> Iterator[Problem]:
    """Labels, annotations, finalizers and owners of an object."""
    yield from labels(value.get("labels") or {}, _at(path, "labels"))
    for key in value.get("annotations") or ():
        yield from label_key(key.lower(), _at(path, "annotations"))
    for finalizer in value.get("finalizers") or ():
        yield from label_key(finalizer, _at(path, "finalizers"))
    controllers = [r for r in value.get("ownerReferences") or () if r.get("controller")]
    if len(controllers) > 1:
        problem = "Only one reference can have Controller set to true"
        yield invalid_value(_at(path, "ownerReferences"), controllers, problem)


def selector(value: Object, path: str) -> Iterator[Problem]:
    """A label selector."""
    yield from labels(value.get("matchLabels") or {}, _at(path, "matchLabels"))
    for n, one in enumerate(value.get("matchExpressions") or ()):
        yield from _requirement(one, f"{path}.matchExpressions[{n}]", _OPERATORS)


def term(value: Object, path: str) -> Iterator[Problem]:
    """A term of a node selector."""
    for field in ("matchExpressions", "matchFields"):
        for n, one in enumerate(value.get(field) or ()):
            yield from _requirement(one, f"{path}.{field}[{n}]", _NODE_OPERATORS)


def _requirement(value: Object, path: str, known: tuple[str, ...]) -> Iterator[Problem]:
    operator, values = value.get("operator", ""), value.get("values") or ()
    if operator in ("In", "NotIn") and not values:
        yield required_value(
            f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'"
        )
    elif operator in ("Exists", "DoesNotExist") and values:
        problem = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        yield Problem(f"{path}.values", "FieldValueForbidden", f"Forbidden: {problem}")
    elif operator in ("Gt", "Lt") and len(values) != 1:
        detail = "must be specified single value when `operator` is 'Lt' or 'Gt'"
        yield required_value(f"{path}.values", detail)
    elif operator and operator not in known:
        yield invalid_value(f"{path}.operator", operator, "not a valid selector operator")
    yield from label_key(value.get("key") or "a", f"{path}.key")


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
