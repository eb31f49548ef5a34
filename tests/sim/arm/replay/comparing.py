"""What of an answer must be as it was recorded, and what may differ, each with its reason.

Must be: the status; the code of an error; whether there are the headers of a long-running
operation; each recorded key, with the JSON type of its value; provisioning states as texts; whether
a polled operation runs or how it ended. May be besides: keys that the published descriptions of the
provider know, or that were recorded for the same operation elsewhere.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from tests.sim.arm import openapi
from tests.sim.arm.replay import recording
from tests.sim.arm.replay.scope import operation_of

_ACTION = re.compile(r"/(abort|upgradenodeimageversion)$", re.IGNORECASE)
LRO_HEADERS = ("azure-asyncoperation", "location")
TERMINAL = frozenset({"Succeeded", "Failed", "Canceled"})

# Maps whose keys are data: what they hold is compared, not the keys.
_MAPS = frozenset({"patchVersions", "userAssignedIdentities", "kubeDNSOverrides", "tags"})
# Keys that may be missing or too much, and why.
TOLERATED: dict[str, str] = {
    "error": "a transient text beside a status that is no failure: drawn by chance, clients ignore "
    "it (section 4 of the wire contract)",
    "innerError": "of the directory: ids and the time of the request",
}
# Recorded Location headers that are no part of a long-running operation.
_OTHER_LOCATIONS: dict[tuple[str, int], str] = {
    ("PUT", 201): "identities answer with their own path",
    ("GET", 204): "an operation's result repeats its own address",
    ("POST", 200): "the directory names its host",
}


def problems(row: recording.Row, status: int, headers: dict[str, str], body: Any) -> list[str]:
    """How an answer differs from the recorded one; nothing when it does not."""
    if status != row["status"]:
        return [f"status {status} instead of {row['status']} ({_code(body)})"]
    found = _headers(row, headers)
    wanted = recording.bodies(row)
    if wanted is None:
        return found + ([] if body is None else ["a body instead of none"])
    if status >= 400:
        cause = "x-ms-failure-cause"
        if (cause in row["headers"]) != (cause in headers):
            found.append(f"header {cause} is {'too much' if cause in headers else 'missing'}")
        return found + _error(wanted, body)
    if "/operations/" in row["path"]:
        found += _poll(wanted, body)
    known = _described(row) if openapi.there() else []
    seen = recorded_shape(operation_of(row))
    return found + _states(wanted, body) + _shape(wanted, body, "", known, seen)


def _described(row: recording.Row) -> list[openapi.Kind]:
    """What an answer holds; actions that answer with their pool are described without a body."""
    pool = _ACTION.sub("", row["path"])
    return openapi.answer_of(row["method"], row["path"]) or openapi.answer_of("GET", pool)


def _code(body: Any) -> str:
    inner = body.get("error", body) if isinstance(body, dict) else {}
    if not isinstance(inner, dict) or "code" not in inner:
        return "no error"
    return f"{inner['code']}: {inner.get('message', ''):.300}"


def _headers(row: recording.Row, headers: dict[str, str]) -> list[str]:
    found = []
    for name in LRO_HEADERS:
        there = name in row["headers"]
        other = name == "location" and (row["method"], row["status"]) in _OTHER_LOCATIONS
        if there != (name in headers) and not other:
            found.append(f"header {name} is {'missing' if there else 'too much'}")
    return found


def _error(wanted: dict[str, Any], body: Any) -> list[str]:
    """Flat or wrapped as recorded, the same keys, the same code."""
    if not isinstance(body, dict):
        return ["no error body"]
    left, right = wanted.get("error", wanted), body.get("error", body)
    if ("error" in wanted) != ("error" in body):
        return ["the error is wrapped" if "error" in body else "the error is flat"]
    if left.get("code") != right.get("code"):
        return [f"code {right.get('code')} instead of {left.get('code')}"]
    return [f"{key} is missing" for key in left if key not in right and key not in TOLERATED]


def _poll(wanted: dict[str, Any], body: dict[str, Any]) -> list[str]:
    """Running texts differ with what is drawn; how an operation ended does not."""
    left, right = str(wanted.get("status")), str(body.get("status"))
    if (left in TERMINAL or right in TERMINAL) and left != right:
        return [f"status {right} instead of {left}"]
    return []


def _states(wanted: Any, body: Any) -> list[str]:
    left, right = states(wanted), states(body)
    return [
        f"{path} {right.get(path)} instead of {left[path]}"
        for path in left
        if right.get(path) != left[path]
    ]


def states(body: Any, path: str = "") -> dict[str, str]:
    """Every provisioning state in a body; elements of lists by their names."""
    found: dict[str, str] = {}
    if isinstance(body, dict):
        for key, value in body.items():
            if key == "provisioningState":
                found[f"{path}.{key}"] = str(value)
            else:
                found |= states(value, f"{path}.{key}")
    elif isinstance(body, list):
        for index, value in enumerate(body):
            name = value.get("name", index) if isinstance(value, dict) else index
            found |= states(value, f"{path}[{name}]")
    return found


def _shape(wanted: Any, body: Any, path: str, known: list[openapi.Kind], seen: Any) -> list[str]:
    # To the service's clients null and absent are the same.
    if wanted is None or body is None:
        return [] if wanted is None else [f"{path} is null"]
    if isinstance(wanted, dict) and isinstance(body, dict):
        return _keys(wanted, body, path, known, seen)
    if isinstance(wanted, list) and isinstance(body, list):
        return _elements(wanted, body, path, known, seen)
    if _type(wanted) != _type(body):
        return [f"{path} is {_type(body)}, not {_type(wanted)}"]
    return []


def _type(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number"
    return type(value).__name__


def _keys(
    wanted: dict[str, Any],
    body: dict[str, Any],
    path: str,
    known: list[openapi.Kind],
    seen: Any,
) -> list[str]:
    if path.rpartition(".")[2] in _MAPS:
        return _map(wanted, body, path, known, seen)
    found = [
        f"{path}.{key} is missing"
        for key, value in wanted.items()
        if key not in body and value is not None and key not in TOLERATED
    ]
    described, recorded = openapi.fields(known), seen if isinstance(seen, dict) else {}
    mapped = openapi.values(known)
    for key, value in body.items():
        if key in wanted:
            inner = described.get(key) or mapped
            place = f"{path}.{key}"
            found += _shape(wanted[key], value, place, inner, recorded.get(key))
        elif key not in described and not mapped and key not in recorded and key not in TOLERATED:
            found.append(f"{path}.{key} is too much")
    return found


def _map(
    wanted: dict[str, Any],
    body: dict[str, Any],
    path: str,
    known: list[openapi.Kind],
    seen: Any,
) -> list[str]:
    if bool(wanted) != bool(body):
        return [f"{path} has {len(body)} entries, not {len(wanted)}"]
    inner = openapi.values(known)
    recorded = _merged(list(seen.values())) if isinstance(seen, dict) else None
    left, right = _merged(list(wanted.values())), _merged(list(body.values()))
    return _shape(left, right, f"{path}.*", inner, recorded)


def _elements(
    wanted: list[Any], body: list[Any], path: str, known: list[openapi.Kind], seen: Any
) -> list[str]:
    """Elements by name where they have one; else by their common shape."""
    if bool(wanted) != bool(body):
        return [f"{path} has {len(body)} elements, not {len(wanted)}"]
    inner = openapi.items(known)
    recorded = seen[0] if isinstance(seen, list) and seen else None
    left, right = _named(wanted), _named(body)
    if left and set(left) == set(right):
        return [
            problem
            for name in left
            for problem in _shape(left[name], right[name], f"{path}[]", inner, recorded)
        ]
    return _shape(_merged(wanted), _merged(body), f"{path}[]", inner, recorded)


def _named(items: list[Any]) -> dict[str, Any]:
    found = {i["name"]: i for i in items if isinstance(i, dict) and isinstance(i.get("name"), str)}
    return found if len(found) == len(items) else {}


def _merged(items: list[Any]) -> Any:
    """One value with the keys of all."""
    merged: Any = None
    for item in items:
        merged = _joined(merged, item)
    return merged


def _joined(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {key: _joined(old.get(key), new.get(key)) for key in {**old, **new}}
    if isinstance(old, list) and isinstance(new, list):
        together = [*old, *new]
        return [_merged(together)] if together else []
    return old if new is None else new


@cache
def _shapes() -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for name in recording.names():
        for row in recording.rows(name):
            body = recording.bodies(row)
            if body is not None and row["status"] < 400:
                key = _resource(operation_of(row))
                found[key] = _joined(found.get(key), body)
    return found


def recorded_shape(operation: tuple[str, str]) -> Any:
    """Every key that was ever recorded in good answers of an operation."""
    return _shapes().get(_resource(operation))


def _resource(operation: tuple[str, str]) -> tuple[str, str]:
    """One body for a resource, whether it was read or written."""
    method, path = operation
    if _ACTION.search(path):
        return "GET", _ACTION.sub("", path)
    return ("GET" if method in ("PUT", "PATCH") else method), path
