"""What is noted of an event while it is no object yet, and what becomes of the note."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from poolshift.sim.kube.objects import Object

if TYPE_CHECKING:
    from collections.abc import Iterator


KUBELET = "kubelet"
# What the kubelet notes once for a pod and tells of each of its containers.
STARTED, KILLING = "Started", "Killing"
# Components that write the newer form, with what they call the action behind each reason.
_ACTIONS = {
    "default-scheduler": {
        "Scheduled": "Binding",
        "FailedScheduling": "Scheduling",
        "Preempted": "Preempting",
    }
}
_PARTS = ("initContainers", "containers")
_COLON_SINCE = (1, 32)


class Note(msgspec.Struct, frozen=True, gc=False):
    """An event that is not an object yet.

    `part` is the container that it is about, `t` the virtual time at which it happens.
    """

    t: float
    about: Object
    type_: str
    reason: str
    message: str
    source: str
    host: str
    related: Object | None
    part: str

    @property
    def action(self) -> str:
        """What a component of the newer form did; empty for the others."""
        return _ACTIONS.get(self.source, {}).get(self.reason, "")


def events_of(note: Note, version: tuple[int, int]) -> Iterator[Note]:
    """The events that a note stands for; a kubelet's starts and stops are one a container."""
    if note.source != KUBELET or note.part or note.reason not in (STARTED, KILLING):
        yield note
    elif note.reason == KILLING:
        for container in note.about["spec"]["containers"]:
            name = container["name"]
            yield msgspec.structs.replace(note, message=f"Stopping container {name}", part=name)
    else:
        yield from _starts(note, ":" if version >= _COLON_SINCE else "")


def _starts(note: Note, colon: str) -> Iterator[Note]:
    spec = note.about["spec"]
    for container in (c for field in _PARTS for c in spec.get(field) or ()):
        name = container["name"]
        made = f"Created container{colon} {name}"
        yield msgspec.structs.replace(note, reason="Created", message=made, part=name)
        yield msgspec.structs.replace(note, message=f"Started container {name}", part=name)


def subject(note: Note) -> Object:
    """The object that a note is about, as the event names it."""
    if note.source == KUBELET and note.about["kind"] == "Node":
        # A kubelet knows its node by name alone.
        name = note.about["metadata"]["name"]
        return {"kind": "Node", "name": name, "uid": name}
    found = reference(note.about)
    if note.part:
        found["fieldPath"] = _place(note.about, note.part)
    return found


def _place(pod: Object, container: str) -> str:
    spec = pod["spec"]
    first = any(c["name"] == container for c in spec.get("initContainers") or ())
    return f"spec.{_PARTS[0] if first else _PARTS[1]}{{{container}}}"


def reference(obj: Object) -> Object:
    """An object as an event names it."""
    meta = obj["metadata"]
    found = {
        "kind": obj["kind"],
        "namespace": meta.get("namespace"),
        "name": meta["name"],
        "uid": meta["uid"],
        "apiVersion": obj["apiVersion"],
        "resourceVersion": meta.get("resourceVersion"),
    }
    return {k: v for k, v in found.items() if v is not None}
