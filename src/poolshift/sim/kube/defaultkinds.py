"""Defaults of storage, policy and configuration kinds."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.kube.objects import Object

_HPA_METRIC = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
}
_WEBHOOK = {
    "failurePolicy": "Fail",
    "matchPolicy": "Equivalent",
    "namespaceSelector": {},
    "objectSelector": {},
    "timeoutSeconds": 10,
}


def _under(given: Any, **values: Any) -> dict[str, Any]:
    """The mapping with values for the keys that it leaves out."""
    return {**values, **(given or {})}


def _claim(obj: Object) -> Object:
    spec = _under(obj.get("spec"), volumeMode="Filesystem")
    return {**obj, "spec": spec, "status": _under(obj.get("status"), phase="Pending")}


def _volume(obj: Object) -> Object:
    spec = _under(obj.get("spec"), persistentVolumeReclaimPolicy="Retain", volumeMode="Filesystem")
    return {**obj, "spec": spec, "status": _under(obj.get("status"), phase="Pending")}


def _storage_class(obj: Object) -> Object:
    return _under(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _secret(obj: Object) -> Object:
    """Plain text of `stringData` is stored encoded, with the rest."""
    plain = {
        name: base64.b64encode(str(value).encode()).decode()
        for name, value in (obj.get("stringData") or {}).items()
    }
    kept = {name: value for name, value in obj.items() if name != "stringData"}
    if plain:
        kept["data"] = {**(obj.get("data") or {}), **plain}
    return _under(kept, type="Opaque")


def _autoscaler(obj: Object) -> Object:
    spec = _under(obj.get("spec"), minReplicas=1, metrics=[_HPA_METRIC])
    status = _under(obj.get("status"), desiredReplicas=0, currentMetrics=None)
    return {**obj, "spec": spec, "status": {k: v for k, v in status.items() if v is not None}}


def _priority_class(obj: Object) -> Object:
    return _under(obj, preemptionPolicy="PreemptLowerPriority")


def _ingress(obj: Object) -> Object:
    return {**obj, "status": _under(obj.get("status"), loadBalancer={})}


def _event(obj: Object) -> Object:
    """Times and sources are written even where they say nothing."""
    return _under(
        obj,
        source={},
        firstTimestamp=None,
        lastTimestamp=None,
        eventTime=None,
        reportingComponent="",
        reportingInstance="",
    )


def _webhooks(**more: Any) -> Callable[[Object], Object]:
    def filled(obj: Object) -> Object:
        given = obj.get("webhooks") or []
        return {**obj, "webhooks": [_under(hook, **_WEBHOOK, **more) for hook in given]}

    return filled


def _quota(obj: Object) -> Object:
    return {**obj, "spec": _under(obj.get("spec")), "status": _under(obj.get("status"))}


def _network_policy(obj: Object) -> Object:
    spec = obj.get("spec") or {}
    types = ["Ingress", *(["Egress"] if "egress" in spec else [])]
    return {**obj, "spec": _under(spec, podSelector={}, policyTypes=types)}


DEFAULTERS: dict[str, Callable[[Object], Object]] = {
    "PersistentVolumeClaim": _claim,
    "PersistentVolume": _volume,
    "StorageClass": _storage_class,
    "Secret": _secret,
    "HorizontalPodAutoscaler": _autoscaler,
    "PriorityClass": _priority_class,
    "Ingress": _ingress,
    "Event": _event,
    "MutatingWebhookConfiguration": _webhooks(reinvocationPolicy="Never"),
    "ValidatingWebhookConfiguration": _webhooks(),
    "ResourceQuota": _quota,
    "NetworkPolicy": _network_policy,
}
