"""Events of events.k8s.io/v1: the same fields as the core ones, most under newer names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube.errors import Problem, invalid_value, required_value

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object

# The names of events.k8s.io/v1 for those of the core version.
_NEWER = {
    "involvedObject": "regarding",
    "message": "note",
    "reportingComponent": "reportingController",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
}
_CORE = {newer: core for core, newer in _NEWER.items()}
# Fields that Go writes even where they say nothing.
_NEWER_ALWAYS: Object = {
    "eventTime": None,
    "deprecatedSource": {},
    "deprecatedFirstTimestamp": None,
    "deprecatedLastTimestamp": None,
}
# What a new event says, and what only the core version may say.
_REQUIRED = ("eventTime", "reportingController", "reportingInstance", "action", "reason")
_UNSET = ("deprecatedFirstTimestamp", "deprecatedLastTimestamp", "deprecatedCount")
_MOST_NOTE = 1024
# Fields that a selector of the newer version may name, by those of the core version.
SELECTABLE = {
    "reason": "reason",
    "type": "type",
    "reportingController": "reportingComponent",
    **{
        f"regarding.{field}": f"involvedObject.{field}"
        for field in (
            *("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"),
        )
    },
}


def problems(event: Object) -> list[Problem]:
    """What a new event of the newer version may not leave out, nor say."""
    found = [required_value(name) for name in _REQUIRED if not event.get(name)]
    if event.get("type") not in ("Normal", "Warning"):
        found.append(invalid_value("type", event.get("type", ""), ""))
    for name in _UNSET:
        if event.get(name):
            found.append(invalid_value(name, event[name], "needs to be unset"))
    if len(event.get("note", "").encode()) > _MOST_NOTE:
        text = f"can have at most {_MOST_NOTE} bytes"
        found.append(invalid_value("note", event["note"], text))
    return found


def to_core(event: Object) -> Object:
    """The core form of a newer event."""
    return {_CORE.get(name, name): value for name, value in event.items()}


def from_core(event: Object) -> Object:
    """The newer form of a core event; empty texts are left out, as Go does there."""
    found = {_NEWER.get(name, name): value for name, value in event.items()}
    return {**_NEWER_ALWAYS, **{name: value for name, value in found.items() if value != ""}}
