"""Admission plugins that look at other objects: a pod's priority, a claim's storage class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.semantics.volumes import DEFAULT_CLASS
from poolshift.sim.kube import accounttokens, errors
from poolshift.sim.kube.builtin import SYSTEM_PRIORITIES
from poolshift.sim.kube.objects import Object, annotations_of, with_meta, with_spec, with_status
from poolshift.sim.kube.resources import (
    CLAIMS,
    PODS,
    PRIORITY_CLASSES,
    STORAGE_CLASSES,
    VOLUMES,
    Kind,
)

if TYPE_CHECKING:
    from poolshift.core.errors import ApiError
    from poolshift.sim.kube.context import Context

CLAIM_FINALIZER = "kubernetes.io/pvc-protection"
VOLUME_FINALIZER = "kubernetes.io/pv-protection"
HIGHEST_USER_PRIORITY = 1_000_000_000


def admitted(ctx: Context, kind: Kind, obj: Object) -> Object:
    """A new object after the plugins that are about its kind."""
    if kind is PODS:
        return _prioritised(ctx, accounttokens.mounted(ctx.store, obj))
    if kind is CLAIMS:
        return _claim(ctx, obj)
    if kind is VOLUMES:
        return _volume(obj)
    if kind is PRIORITY_CLASSES:
        _check_priority_class(ctx, obj)
    return obj


def _prioritised(ctx: Context, pod: Object) -> Object:
    """A pod with the priority of its class, or of the class that is the default."""
    name = pod["spec"].get("priorityClassName", "")
    class_ = ctx.store.find(PRIORITY_CLASSES, "", name) if name else default_priority(ctx)
    if name and class_ is None:
        raise _forbidden(PODS, pod, f"no PriorityClass with name {name} was found")
    value = class_.get("value", 0) if class_ else 0
    stated = pod["spec"].get("priority")
    if stated is not None and stated != value:
        problem = (
            "the integer value of priority must not be provided in pod spec; priority admission "
            "controller computed {} from the given PriorityClass name"
        )
        raise _forbidden(PODS, pod, problem.format(value))
    if class_ is None:
        return pod
    policy = class_.get("preemptionPolicy", "PreemptLowerPriority")
    own = pod["spec"].get("preemptionPolicy")
    if own is not None and own != policy:
        problem = (
            f"the string value of PreemptionPolicy ({own}) must not be provided in pod spec; "
            f"priority admission controller computed {policy} from the given PriorityClass name"
        )
        raise _forbidden(PODS, pod, problem)
    return with_spec(
        pod,
        priorityClassName=class_["metadata"]["name"],
        priority=value,
        preemptionPolicy=policy,
    )


def default_priority(ctx: Context) -> Object | None:
    """The class of pods that name none: of several defaults the one with the lowest value."""
    found = [c for c in ctx.store.all(PRIORITY_CLASSES) if c.get("globalDefault")]
    return min(found, key=lambda c: c.get("value", 0), default=None)


def _check_priority_class(ctx: Context, obj: Object) -> None:
    """Names and values of the system are kept, and one class at most is the default."""
    name, value = obj["metadata"]["name"], obj.get("value", 0)
    if name.startswith("system-") and SYSTEM_PRIORITIES.get(name) != value:
        problem = (
            "priority class names with 'system-' prefix are reserved for system use only. error: "
            f"{name} is not a known system priority class"
        )
        raise errors.invalid(PRIORITY_CLASSES, name, "metadata.name", problem, name)
    if value > HIGHEST_USER_PRIORITY and name not in SYSTEM_PRIORITIES:
        problem = f"maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}"
        raise errors.failure(
            403,
            "Forbidden",
            f'priorityclasses.scheduling.k8s.io "{name}" is forbidden: {problem}',
            errors.details_of(PRIORITY_CLASSES, name),
        )
    known = default_priority(ctx) if obj.get("globalDefault") else None
    if known is not None:
        problem = (
            f"PriorityClass {known['metadata']['name']} is already marked as default. Only one "
            "default can exist"
        )
        raise _forbidden(PRIORITY_CLASSES, obj, problem)


def _forbidden(kind: Kind, obj: Object, problem: str) -> ApiError:
    name = obj["metadata"]["name"]
    message = f'{errors.qualified(kind)} "{name}" is forbidden: {problem}'
    return errors.failure(403, "Forbidden", message, errors.details_of(kind, name))


def _claim(ctx: Context, claim: Object) -> Object:
    """A claim with the default class where it names none, its protection and its phase."""
    spec = claim.get("spec") or {}
    if "storageClassName" not in spec and (name := default_class(ctx)):
        spec = {**spec, "storageClassName": name}
    filled = {**claim, "spec": {"volumeMode": "Filesystem", **spec}}
    filled = with_status(filled, phase=(claim.get("status") or {}).get("phase", "Pending"))
    return _protected(filled, CLAIM_FINALIZER)


def check_claim_change(old: Object, new: Object) -> None:
    """422 where more of a claim's spec changes than the size that it asks for."""
    if _unchanging(old) == _unchanging(new):
        return
    name = old["metadata"]["name"]
    problem = (
        "spec is immutable after creation except resources.requests and "
        "volumeAttributesClassName for bound claims"
    )
    cause = {"reason": "FieldValueForbidden", "message": f"Forbidden: {problem}", "field": "spec"}
    raise errors.failure(
        422,
        "Invalid",
        f'PersistentVolumeClaim "{name}" is invalid: spec: Forbidden: {problem}',
        errors.details_of(CLAIMS, name, as_kind=True, causes=[cause]),
    )


def _unchanging(claim: Object) -> Object:
    spec: Object = claim.get("spec") or {}
    return {k: v for k, v in spec.items() if k not in ("resources", "volumeAttributesClassName")}


def _volume(volume: Object) -> Object:
    spec = {
        "persistentVolumeReclaimPolicy": "Retain",
        "volumeMode": "Filesystem",
        **(volume.get("spec") or {}),
    }
    phase = (volume.get("status") or {}).get("phase", "Pending")
    return _protected(with_status({**volume, "spec": spec}, phase=phase), VOLUME_FINALIZER)


def _protected(obj: Object, finalizer: str) -> Object:
    finalizers = list(obj["metadata"].get("finalizers") or ())
    if finalizer in finalizers:
        return obj
    return with_meta(obj, finalizers=[*finalizers, finalizer])


def default_class(ctx: Context) -> str:
    """The storage class of claims that name none: the newest that is marked as the default."""
    marked = [
        (c["metadata"]["creationTimestamp"], c["metadata"]["name"])
        for c in ctx.store.all(STORAGE_CLASSES)
        if annotations_of(c).get(DEFAULT_CLASS) == "true"
    ]
    return max(marked, default=("", ""))[1]
