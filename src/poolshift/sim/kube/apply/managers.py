"""Who manages which fields, as metadata.managedFields tells it.

What a client writes through the API is noted in the object as the server notes it. Controllers
and scenarios write past the API and note nothing, so that their writes cost nothing: what nobody
has a note of is worked out when an object is shown or applied to (`listed` writes it out for
lists and watches). Its status then belongs to the kubelet (pods, nodes) or to the controller
manager, the rest of an object without any note to whoever made it. One thing is lost by this: a
field that a client wrote and a controller changed since stays the client's.
"""

from __future__ import annotations

from typing import Any

import msgspec

from poolshift.sim.kube.apply import fieldsets
from poolshift.sim.kube.apply.fieldsets import Fields
from poolshift.sim.kube.objects import Object, annotations_of, with_meta
from poolshift.sim.kube.versions import events

APPLY, UPDATE = "Apply", "Update"
_CONTROLLERS = "kube-controller-manager"
_KUBELET = "kubelet"
# Programs that components which write events run in, where that is not their own name.
_PROGRAMS = {
    "default-scheduler": "kube-scheduler",
    "horizontal-pod-autoscaler": _CONTROLLERS,
}
# What the server itself puts into a new object, after the fields were counted.
GIVEN: dict[str, tuple[fieldsets.Path, ...]] = {
    "Pod": tuple(
        ("f:spec", f"f:{name}")
        for name in (
            "nodeName",
            "tolerations",
            "serviceAccountName",
            "serviceAccount",
            "priority",
            "preemptionPolicy",
        )
    ),
    "Service": tuple(
        ("f:spec", f"f:{name}")
        for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")
    ),
    "Job": (("f:spec", "f:selector"),),
    "PersistentVolumeClaim": (("f:spec", "f:volumeName"),),
}
JOB_MARKS = ("f:batch.kubernetes.io/", "f:controller-uid", "f:job-name")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
REVISION = "deployment.kubernetes.io/revision"
_REVISION_PATH = ("f:metadata", "f:annotations", f"f:{REVISION}")
# A client may send this one entry to have all notes dropped.
_RESET: list[Any] = [{}]


class Entry(msgspec.Struct, frozen=True):
    """One manager's fields; `noted` tells what stands in the object from what was worked out."""

    manager: str
    operation: str
    api_version: str
    fields: Fields
    time: str = ""
    sub: str = ""
    noted: bool = True

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes two entries the same manager; appliers have one entry for all versions."""
        version = "" if self.operation == APPLY else self.api_version
        return self.manager, self.operation, version, self.sub

    def with_fields(self, fields: Fields, time: str = "") -> Entry:
        """The entry with other fields, dated anew when a time is given."""
        return msgspec.structs.replace(self, fields=fields, time=time or self.time)

    def wire(self) -> Object:
        """The entry as clients see it."""
        found: Object = {
            "manager": self.manager,
            "operation": self.operation,
            "apiVersion": self.api_version,
        }
        if self.time:
            found["time"] = self.time
        found |= {"fieldsType": "FieldsV1", "fieldsV1": fieldsets.encode(self.fields)}
        return {**found, "subresource": self.sub} if self.sub else found


def manager_of(field_manager: str, user_agent: str) -> str:
    """The manager's name: as it says, else its program by the User-Agent."""
    return field_manager or user_agent.partition("/")[0] or "unknown"


def _parsed(wire: Any) -> list[Entry]:
    found = []
    for one in wire if isinstance(wire, list) else ():
        if isinstance(one, dict) and one.get("operation") in (APPLY, UPDATE):
            fields = fieldsets.decode(one.get("fieldsV1"))
            found.append(
                Entry(
                    str(one.get("manager", "")),
                    one["operation"],
                    str(one.get("apiVersion", "")),
                    fields,
                    str(one.get("time", "")),
                    str(one.get("subresource", "")),
                )
            )
    return found


def entries_of(obj: Object) -> list[Entry]:
    """Every manager of an object, noted or worked out."""
    noted = _parsed(obj["metadata"].get("managedFields"))
    here = fieldsets.present(obj)
    found = [e.with_fields(e.fields & here) for e in noted]
    found = [e for e in found if e.fields]
    owned = frozenset().union(*(e.fields for e in found)) if found else fieldsets.NONE
    status = frozenset(p for p in here if p[0] == "f:status" or p == _REVISION_PATH) - owned
    if not found and (rest := _written(obj, here - status)):
        found.append(_worked_out(obj, maker_of(obj), rest, ""))
    if status:
        found.append(_worked_out(obj, keeper_of(obj), status, "status"))
    return found


def _written(obj: Object, fields: Fields) -> Fields:
    """Of a new object's fields those that its maker wrote, not the server."""
    given = GIVEN.get(obj["kind"], ())
    if not given:
        return fields
    kept = (p for p in fields if p[:2] not in given and p[-1] != "f:nodePort")
    if obj["kind"] == "Pod":
        return _without_token(frozenset(kept))
    if obj["kind"] == "Job":
        kept = (p for p in kept if not p[-1].startswith(JOB_MARKS))
    return frozenset(kept)


def _without_token(fields: Fields) -> Fields:
    """The fields of a pod but for the token's volume and mounts, which admission put there."""
    own = frozenset(p for p in fields if not any(is_token(step) for step in p))
    held = {p[:end] for p in own for end in range(1, len(p))}
    return frozenset(p for p in own if p[-1] not in LISTS or p in held)


LISTS = ("f:volumes", "f:volumeMounts")


def is_token(step: str) -> bool:
    """Whether a step leads to the volume or a mount of the service account's token."""
    return step.startswith(_TOKEN_STEPS)


_TOKEN_STEPS = (
    'k:{"name":"kube-api-access-',
    'k:{"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount',
)


def _worked_out(obj: Object, manager: str, fields: Fields, sub: str) -> Entry:
    born = str(obj["metadata"].get("creationTimestamp") or "")
    return Entry(manager, UPDATE, obj["apiVersion"], fields, born, sub, noted=False)


def maker_of(obj: Object) -> str:
    """Who made an object that carries no note of it."""
    if any(ref.get("controller") for ref in obj["metadata"].get("ownerReferences") or ()):
        return _CONTROLLERS
    if obj["kind"] == "Node":
        return _KUBELET
    if _LAST_APPLIED in annotations_of(obj):
        return "kubectl-client-side-apply"
    return "kubectl-create"


def keeper_of(obj: Object) -> str:
    """Who writes the status of a kind."""
    return _KUBELET if obj["kind"] in ("Pod", "Node") else _CONTROLLERS


def noted(obj: Object, entries: list[Entry]) -> Object:
    """The object with its managers written into it; a status worked out is not kept."""
    kept = [e for e in entries if e.fields and (e.noted or e.sub != "status")]
    return with_meta(obj, managedFields=[e.wire() for e in _ordered(kept)] or None)


def shown(obj: Object) -> Object:
    """The object as one client sees it, with all its managers."""
    if obj["kind"] == "Event" and "managedFields" not in obj["metadata"]:
        return with_meta(obj, managedFields=[_recorder(obj).wire()])
    entries = _ordered(entries_of(obj))
    return with_meta(obj, managedFields=[e.wire() for e in entries] or None)


def _recorder(event: Object) -> Entry:
    """Who wrote an event that carries no note of it, in the version that it was written in."""
    said = {name: value for name, value in event.items() if value not in (None, {}, "")}
    if "action" in said:
        version = "events.k8s.io/v1"
        said = {k: v for k, v in events.from_core(said).items() if v not in (None, {})}
    else:
        version = event["apiVersion"]
    component = str((event.get("source") or {}).get("component") or event["reportingComponent"])
    program = _CONTROLLERS if component.endswith("-controller") else component
    fields = fieldsets.present(said)
    born = str(event["metadata"]["creationTimestamp"])
    return Entry(_PROGRAMS.get(component, program), UPDATE, version, fields, born, noted=False)


def _ordered(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda e: (e.operation, e.time, e.manager, e.api_version, e.sub))


def after_create(obj: Object, manager: str, now: str, sub: str = "") -> Object:
    """A new object with the note of who made it: everything but its status."""
    fields = frozenset(p for p in fieldsets.present(obj) if p[0] != "f:status")
    fields = _written(obj, fields)
    return noted(obj, [Entry(manager, UPDATE, obj["apiVersion"], fields, now, sub)])


def after_update(
    old: Object, new: Object, sent: Any, manager: str, now: str, sub: str = ""
) -> Object:
    """A new version with the note of who changed what.

    Args:
        old: the stored version.
        new: the next one, without managers.
        sent: metadata.managedFields as the client sent them, None when it sent none.
        manager: who writes.
        now: the time.
        sub: the subresource that is written through.
    """
    if sent == _RESET:
        return with_meta(new, managedFields=None)
    differing, gone = fieldsets.changed(old, new)
    stored = old["metadata"].get("managedFields")
    if not differing and not gone and not sent:
        return with_meta(new, managedFields=stored)
    entries = entries_of(with_meta(old, managedFields=sent) if sent else old)
    me = Entry(manager, UPDATE, new["apiVersion"], fieldsets.NONE, now, sub)
    mine = next((e for e in entries if e.identity == me.identity), me)
    others = [e.with_fields(e.fields - differing - gone) for e in entries if e is not mine]
    own = (mine.fields | differing) - gone
    noted_now = me.with_fields(own, now if own != mine.fields else mine.time)
    result = noted(new, [*others, noted_now])
    unchanged = result["metadata"].get("managedFields") == shown(old)["metadata"].get(
        "managedFields"
    )
    return with_meta(new, managedFields=stored) if unchanged else result


def named_in(body: Any) -> bool:
    """Whether a patch writes managedFields itself, as kubectl does when it takes fields over."""
    if isinstance(body, list):
        paths = (str(one.get("path", "")) for one in body if isinstance(one, dict))
        return any(path.startswith("/metadata/managedFields") for path in paths)
    meta = body.get("metadata") if isinstance(body, dict) else None
    return isinstance(meta, dict) and "managedFields" in meta
