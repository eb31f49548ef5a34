"""What of an answer must be as it was recorded: status, reason, message, details, headers, shape.

Headers that matter: Content-Type, Cache-Control, Retry-After, Warning, Vary, whether there is an
Etag, an Audit-Id, flow-control ids, and X-Content-Type-Options. Date, Content-Length and
Transfer-Encoding belong to the transport.
"""

from __future__ import annotations

import re
from typing import Any

SAME = ("content-type", "cache-control", "retry-after", "warning", "vary", "x-content-type-options")
PRESENT = ("audit-id", "etag", "x-kubernetes-pf-flowschema-uid")
# Maps whose keys are data, and what only the recorder's stand-ins decide.
_MAPS = frozenset(
    {
        "labels",
        "annotations",
        "data",
        "capacity",
        "allocatable",
        "limits",
        "requests",
        "nodeSelector",
        "matchLabels",
        "disruptedPods",
        "managedFields",
        "selector",
        "claims",
    }
)
_MASKS = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uid>"),
    (re.compile(r"\d+\.\d+\.\d+\.\d+"), "<address>"),
    (re.compile(r"\b(web|once|sick|agent-win)(-[a-z0-9]{6,10})?-[a-z0-9]{5}\b"), r"<\1 pod>"),
    (re.compile(r"kube-api-access-[a-z0-9]{5}\b"), "kube-api-access-<suffix>"),
    (re.compile(r"record \(\d+\)"), "record (<n>)"),
    (re.compile(r"(current:|version:) \d+( \(\d+\))?"), r"\1 <n>"),
)


def masked(text: str) -> str:
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


def problems(recorded: dict[str, Any], status: int, headers: Any, body: Any) -> list[str]:
    """How an answer differs from the recorded one; nothing when it does not."""
    found: list[str] = []
    if status != recorded["status"]:
        return [f"status {status} instead of {recorded['status']}"]
    lower = {name.lower(): value for name, value in recorded["headers"].items()}
    for name in SAME:
        if lower.get(name) != headers.get(name):
            found.append(f"{name}: {headers.get(name)!r} instead of {lower.get(name)!r}")
    for name in PRESENT:
        if (name in lower) != (name in headers):
            found.append(f"{name} is {'missing' if name in lower else 'too much'}")
    wanted = recorded.get("resp", recorded.get("resp_lines", recorded.get("text")))
    return found + differences(wanted, body)


def differences(wanted: Any, body: Any, path: str = "") -> list[str]:
    if isinstance(wanted, dict) and wanted.get("kind") == "Status":
        return _status(wanted, body)
    if isinstance(wanted, list) and isinstance(body, dict) and not path:
        body = [body]
    if isinstance(wanted, str) and not path:
        return [] if wanted == body else [f"text {body!r:.60} instead of {wanted!r:.60}"]
    return _shape(wanted, body, path)


def _status(wanted: dict[str, Any], body: Any) -> list[str]:
    """A Status must be the same, but for identities and versions."""
    left, right = _plain(wanted), _plain(body)
    if left == right:
        return []
    return [
        f"{name}: {right.get(name)!r} instead of {left.get(name)!r}"
        for name in {**left, **right}
        if left.get(name) != right.get(name)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: "<token>" if k == "continue" else _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return masked(value) if isinstance(value, str) else value


def _shape(wanted: Any, body: Any, path: str) -> list[str]:
    if wanted is None or body is None:
        return []
    if isinstance(wanted, dict) and isinstance(body, dict):
        return _keys(wanted, body, path)
    if isinstance(wanted, list) and isinstance(body, list):
        return _elements(wanted, body, path)
    if type(wanted) is not type(body):
        return [f"{path} is {type(body).__name__}, not {type(wanted).__name__}"]
    return []


def _keys(wanted: dict[str, Any], body: dict[str, Any], path: str) -> list[str]:
    found = [f"{path}.{name} is missing" for name in wanted if name not in body]
    found += [f"{path}.{name} is too much" for name in body if name not in wanted]
    for name in wanted:
        if name in body and name not in _MAPS:
            found += _shape(wanted[name], body[name], f"{path}.{name}")
    return found


def _elements(wanted: list[Any], body: list[Any], path: str) -> list[str]:
    """Elements by their common shape: what all have together."""
    if bool(wanted) != bool(body):
        return [f"{path} has {len(body)} elements, not {len(wanted)}"]
    if not wanted or not isinstance(wanted[0], dict):
        return []
    return _shape(_together(wanted), _together(body), f"{path}[]")


def _together(items: list[Any]) -> Any:
    merged: dict[str, Any] = {}
    for item in items:
        if isinstance(item, dict):
            for name, value in item.items():
                merged[name] = _joined(merged.get(name), value)
    return merged


def _joined(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return _together([old, new])
    if isinstance(old, list) and isinstance(new, list):
        return [*old, *new]
    return new if old is None else old
