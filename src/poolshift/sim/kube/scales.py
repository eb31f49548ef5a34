"""The scale subresource: a workload's replicas in a form that is the same for every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube import errors
from poolshift.sim.kube.openapi.forms import formed_as

if TYPE_CHECKING:
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.resources import Kind


def scale_of(obj: Object) -> Object:
    """The Scale of a workload."""
    meta = obj["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    spec = obj.get("spec") or {}
    labels = (spec.get("selector") or {}).get("matchLabels") or {}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {k: meta[k] for k in kept if k in meta},
        "spec": {"replicas": spec.get("replicas", 0)},
        "status": {
            "replicas": obj.get("status", {}).get("replicas", 0),
            "selector": ",".join(f"{k}={v}" for k, v in sorted(labels.items())),
        },
    }


def scaled(kind: Kind, obj: Object, scale: Object) -> Object:
    """The workload with the replicas that a Scale asks for; 422 for fewer than none."""
    replicas = formed_as("Scale", scale).get("spec", {}).get("replicas", 0)
    if replicas < 0:
        raise errors.invalid(
            kind,
            obj["metadata"]["name"],
            "spec.replicas",
            "must be greater than or equal to 0",
            replicas,
        )
    return {**obj, "spec": {**(obj.get("spec") or {}), "replicas": replicas}}
