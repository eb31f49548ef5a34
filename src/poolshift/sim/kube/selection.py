"""Which objects a list, a watch or a collection delete means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.semantics.selectors import (
    FieldTerm,
    SelectorError,
    fields_match,
    parse_fields,
    parse_labels,
    requirement_holds,
)
from poolshift.sim.kube import errors
from poolshift.sim.kube.objects import Object, labels_of
from poolshift.sim.kube.versions import events

if TYPE_CHECKING:
    from poolshift.core.kube import Requirement
    from poolshift.sim.kube.resources import Kind
    from poolshift.sim.kube.store import Change

_COMMON = ("metadata.name", "metadata.namespace")
_OF_KIND: dict[str, tuple[str, ...]] = {
    "Pod": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "Node": ("spec.unschedulable",),
    "Namespace": ("status.phase",),
    "ReplicaSet": ("status.replicas",),
    "Job": ("status.successful",),
    "Secret": ("type",),
    "Event": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
}
# Names of a version's own for fields that the stored form has under others.
_OF_VERSION = {("events.k8s.io/v1", "Event"): events.SELECTABLE}
# Fields that a selector sees as text although the object leaves them out.
_ABSENT = {"spec.unschedulable": "false", "spec.hostNetwork": "false", "status.replicas": "0"}


class Selection:
    """A namespace with a label and a field selector; 400 when one does not parse."""

    def __init__(self, kind: Kind, namespace: str = "", labels: str = "", fields: str = "") -> None:
        try:
            self._labels: tuple[Requirement, ...] = parse_labels(labels)
            self._fields: tuple[FieldTerm, ...] = parse_fields(fields)
        except SelectorError as cause:
            raise errors.bad_request(f"{cause.what}: {cause.why}") from cause
        self._fields = tuple(_stored(kind, term) for term in self._fields)
        self.namespace = namespace
        self.text = f"{namespace};{labels};{fields}"

    @property
    def filters(self) -> bool:
        """Whether a selector, not just a namespace, narrows the answer."""
        return bool(self._labels or self._fields)

    def wanted(self, field: str) -> str | None:
        """The one value that a field must have, None when the selector leaves it open."""
        return next((t.value for t in self._fields if t.field == field and t.equal), None)

    def matches(self, obj: Object) -> bool:
        """Whether an object is meant."""
        if self.namespace and obj["metadata"].get("namespace") != self.namespace:
            return False
        labels = labels_of(obj)
        return all(requirement_holds(r, labels) for r in self._labels) and fields_match(
            self._fields, lambda field: _read(obj, field)
        )

    def seen(self, change: Change) -> tuple[str, Object] | None:
        """A change as who watches sees it: objects enter and leave the view."""
        now = change.type != "DELETED" and self.matches(change.obj)
        before_obj = change.obj if change.type == "DELETED" else change.prev
        before = before_obj is not None and self.matches(before_obj)
        if now:
            return ("MODIFIED" if before else "ADDED", change.obj)
        return ("DELETED", change.obj) if before else None


def _stored(kind: Kind, term: FieldTerm) -> FieldTerm:
    """A term under the stored name of its field; 400 for fields that no selector may name."""
    if term.field in _COMMON:
        return term
    names = _OF_VERSION.get((kind.api_version, kind.kind))
    if names is None:
        names = {field: field for field in _OF_KIND.get(kind.kind, ())}
    if term.field not in names:
        raise errors.bad_request(f"field label not supported: {term.field}")
    return FieldTerm(names[term.field], term.value, term.equal)


def _read(obj: Object, field: str) -> str:
    if field == "source":
        # Events of the newer form have no source: who reported them counts as such.
        component = (obj.get("source") or {}).get("component")
        return str(component or obj.get("reportingComponent", ""))
    value: Any = obj
    for part in field.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        return _ABSENT.get(field, "")
    return str(value).lower() if isinstance(value, bool) else str(value)
