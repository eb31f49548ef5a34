"""Tables of storage, policy, networking and access kinds: columns as the server prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.core.kube import LabelSelector
from poolshift.semantics.selectors import format_selector
from poolshift.sim.kube.columns import (
    Cell,
    Column,
    Layout,
    field,
    number,
    shape,
    since,
    text,
    truth,
    value_at,
    wide,
    yes_or_no,
)
from poolshift.sim.kube.objects import Object, annotations_of, terminating
from poolshift.sim.kube.rows import NONE, containers_of

if TYPE_CHECKING:
    from datetime import datetime

_MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}
_UNSET = "<unset>"
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
_MOST_ENDPOINTS = 3


def _modes(path: str) -> Cell:
    return lambda obj, now: ",".join(_MODES.get(m, str(m)) for m in value_at(obj, path, ()))


def _volume_phase(obj: Object, now: datetime) -> str:
    return "Terminating" if terminating(obj) else str(value_at(obj, "status.phase", ""))


def _claim(obj: Object, now: datetime) -> str:
    claim = value_at(obj, "spec.claimRef")
    return f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else ""


def _claim_capacity(obj: Object, now: datetime) -> str:
    """Capacity and modes of a claim stay empty until it is bound."""
    bound = value_at(obj, "spec.volumeName")
    return str(value_at(obj, "status.capacity.storage", "")) if bound else ""


def _claim_modes(obj: Object, now: datetime) -> str:
    return str(_modes("status.accessModes")(obj, now)) if value_at(obj, "spec.volumeName") else ""


def _class_name(obj: Object, now: datetime) -> str:
    name: str = obj["metadata"]["name"]
    return f"{name} (default)" if annotations_of(obj).get(_DEFAULT_CLASS) == "true" else name


def _job_containers(index: int) -> Cell:
    return lambda obj, now: containers_of(obj)[index]


def _job_selector(obj: Object, now: datetime) -> str:
    selector = value_at(obj, "spec.jobTemplate.spec.selector")
    return format_selector(msgspec.convert(selector, LabelSelector)) if selector else NONE


def _pod_selector(obj: Object, now: datetime) -> str:
    selector = value_at(obj, "spec.podSelector", {})
    return format_selector(msgspec.convert(selector, LabelSelector)) or NONE


def _count(path: str) -> Cell:
    return lambda obj, now: len(value_at(obj, path, ()))


def _quota(part: str) -> Cell:
    """Used and hard amounts of a quota; limits apart from everything else."""

    def cell(obj: Object, now: datetime) -> str:
        hard, used = value_at(obj, "status.hard", {}), value_at(obj, "status.used", {})
        names = [n for n in sorted(hard) if n.startswith("limits.") == (part == "limits")]
        return ", ".join(f"{n}: {used.get(n, 0)}/{hard[n]}" for n in names)

    return cell


def _hosts(obj: Object, now: datetime) -> str:
    found = [r.get("host", "") for r in value_at(obj, "spec.rules", ())]
    return ",".join(h for h in found if h) or "*"


def _ingress_address(obj: Object, now: datetime) -> str:
    found = value_at(obj, "status.loadBalancer.ingress", ())
    return ",".join(i.get("ip") or i.get("hostname", "") for i in found)


def _ingress_ports(obj: Object, now: datetime) -> str:
    return "80, 443" if value_at(obj, "spec.tls") else "80"


def _slice_ports(obj: Object, now: datetime) -> str:
    found = [str(p.get("port", "*")) for p in obj.get("ports") or ()]
    return _shortened(found) if found else _UNSET


def _slice_addresses(obj: Object, now: datetime) -> str:
    found = [e["addresses"][0] for e in obj.get("endpoints") or () if e.get("addresses")]
    return _shortened(found) if found else _UNSET


def _shortened(found: list[str]) -> str:
    rest = len(found) - _MOST_ENDPOINTS
    shown = ",".join(found[:_MOST_ENDPOINTS])
    return f"{shown} + {rest} more..." if rest > 0 else shown


def _endpoints(obj: Object, now: datetime) -> str:
    found = [
        f"{address['ip']}:{port['port']}"
        for subset in obj.get("subsets") or ()
        for port in subset.get("ports") or ()
        for address in subset.get("addresses") or ()
    ]
    return _shortened(found) if found else NONE


def _controller(obj: Object, now: datetime) -> str:
    for ref in obj["metadata"].get("ownerReferences") or ():
        if ref.get("controller"):
            group = ref["apiVersion"].partition("/")[0] if "/" in ref["apiVersion"] else ""
            kind = ref["kind"].lower() + (f".{group}" if group else "")
            return f"{kind}/{ref['name']}"
    return NONE


def _role(obj: Object, now: datetime) -> str:
    return f"{value_at(obj, 'roleRef.kind')}/{value_at(obj, 'roleRef.name')}"


def _subjects(kind: str) -> Cell:
    def cell(obj: Object, now: datetime) -> str:
        found = [s for s in obj.get("subjects") or () if s.get("kind") == kind]
        names = [
            f"{s['namespace']}/{s['name']}" if s.get("namespace") else s["name"] for s in found
        ]
        return ", ".join(names)

    return cell


def _dated_role() -> Layout:
    return shape(
        (Column("Created At", type="date"), field("metadata.creationTimestamp")), aged=False
    )


def _binding() -> Layout:
    return shape(
        ("Role", _role),
        (wide("Users"), _subjects("User")),
        (wide("Groups"), _subjects("Group")),
        (wide("ServiceAccounts"), _subjects("ServiceAccount")),
    )


def _attributes_class(path: str) -> Cell:
    return text(path, _UNSET)


def _suspended(obj: Object, now: datetime) -> Any:
    return str(bool(value_at(obj, "spec.suspend", False)))


LAYOUTS: dict[str, Layout] = {
    "PersistentVolume": shape(
        ("Capacity", text("spec.capacity.storage")),
        ("Access Modes", _modes("spec.accessModes")),
        ("Reclaim Policy", text("spec.persistentVolumeReclaimPolicy")),
        ("Status", _volume_phase),
        ("Claim", _claim),
        ("StorageClass", text("spec.storageClassName")),
        ("VolumeAttributesClass", _attributes_class("spec.volumeAttributesClassName")),
        ("Reason", text("status.reason")),
        (wide("VolumeMode"), text("spec.volumeMode", _UNSET)),
    ),
    "PersistentVolumeClaim": shape(
        ("Status", _volume_phase),
        ("Volume", text("spec.volumeName")),
        ("Capacity", _claim_capacity),
        ("Access Modes", _claim_modes),
        ("StorageClass", text("spec.storageClassName")),
        ("VolumeAttributesClass", _attributes_class("spec.volumeAttributesClassName")),
        (wide("VolumeMode"), text("spec.volumeMode", _UNSET)),
    ),
    "CronJob": shape(
        ("Schedule", text("spec.schedule")),
        ("Timezone", text("spec.timeZone", NONE)),
        (truth("Suspend"), _suspended),
        (number("Active"), _count("status.active")),
        ("Last Schedule", since("status.lastScheduleTime")),
        (wide("Containers"), _job_containers(0)),
        (wide("Images"), _job_containers(1)),
        (wide("Selector"), _job_selector),
    ),
    "Secret": shape(("Type", text("type")), (number("Data"), _count("data"))),
    "ResourceQuota": shape(("Request", _quota("requests")), ("Limit", _quota("limits"))),
    "LimitRange": _dated_role(),
    "PriorityClass": shape(
        (number("Value"), field("value", 0)),
        (truth("Global-Default"), field("globalDefault", False)),
        ("PreemptionPolicy", text("preemptionPolicy", "PreemptLowerPriority")),
    ),
    "RuntimeClass": shape(("Handler", text("handler"))),
    "Ingress": shape(
        ("Class", text("spec.ingressClassName", NONE)),
        ("Hosts", _hosts),
        ("Address", _ingress_address),
        ("Ports", _ingress_ports),
    ),
    "IngressClass": shape(
        ("Controller", text("spec.controller")),
        ("Parameters", text("spec.parameters.name", NONE)),
    ),
    "NetworkPolicy": shape(("Pod-Selector", _pod_selector)),
    "EndpointSlice": shape(
        ("AddressType", text("addressType")),
        ("Ports", _slice_ports),
        ("Endpoints", _slice_addresses),
    ),
    "Endpoints": shape(("Endpoints", _endpoints)),
    "ControllerRevision": shape(
        ("Controller", _controller), (number("Revision"), field("revision", 0))
    ),
    "PodTemplate": shape(
        ("Containers", _job_containers(0)),
        ("Images", _job_containers(1)),
        ("Pod Labels", text("template.metadata.labels")),
    ),
    "MutatingWebhookConfiguration": shape((number("Webhooks"), _count("webhooks"))),
    "ValidatingWebhookConfiguration": shape((number("Webhooks"), _count("webhooks"))),
    "CSIDriver": shape(
        (truth("AttachRequired"), field("spec.attachRequired", default=True)),
        (truth("PodInfoOnMount"), field("spec.podInfoOnMount", default=False)),
        (truth("StorageCapacity"), field("spec.storageCapacity", default=False)),
        ("TokenRequests", text("spec.tokenRequests", _UNSET)),
        (truth("RequiresRepublish"), field("spec.requiresRepublish", default=False)),
        ("Modes", lambda obj, now: ",".join(value_at(obj, "spec.volumeLifecycleModes", ()))),
    ),
    "CSINode": shape((number("Drivers"), _count("spec.drivers"))),
    "VolumeAttachment": shape(
        ("Attacher", text("spec.attacher")),
        ("PV", text("spec.source.persistentVolumeName")),
        ("Node", text("spec.nodeName")),
        (truth("Attached"), yes_or_no("status.attached")),
    ),
    "Role": _dated_role(),
    "ClusterRole": _dated_role(),
    "RoleBinding": _binding(),
    "ClusterRoleBinding": _binding(),
}


def _storage_class() -> Layout:
    """A storage class carries its default mark within its name."""
    plain = shape(
        ("Provisioner", text("provisioner")),
        ("ReclaimPolicy", text("reclaimPolicy", "Delete")),
        ("VolumeBindingMode", text("volumeBindingMode", "Immediate")),
        (truth("AllowVolumeExpansion"), yes_or_no("allowVolumeExpansion")),
    )

    def cells(obj: Object, now: datetime) -> list[Any]:
        return [_class_name(obj, now), *plain.cells(obj, now)[1:]]

    return Layout(plain.columns, cells)


LAYOUTS["StorageClass"] = _storage_class()
