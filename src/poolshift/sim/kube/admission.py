"""What a write passes through: decoding, validation, defaults, metadata, generation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.kube import defaults, errors, fieldrules, plugins, validation
from poolshift.sim.kube.objects import PRUNED, Object, pruned, terminating
from poolshift.sim.kube.openapi.forms import FormError, formed
from poolshift.sim.kube.openapi.types import type_of
from poolshift.sim.kube.resources import NAMESPACES
from poolshift.sim.kube.webhooks import Asked

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.openapi.sound import Sound
    from poolshift.sim.kube.resources import Kind
    from poolshift.sim.kube.store import Store

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NAME_PROBLEM = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_MOST_NAME = 253
_KEPT_META = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")
_TEMPLATED = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job")


def decoded(kind: Kind, body: Any, sound: Sound | None = None) -> Object:
    """The body as an object of that kind, without nulls; 400 when it is none.

    `sound` holds the parts that are known to be of their type.
    """
    if not isinstance(body, dict):
        raise errors.bad_request(
            f"the object provided is unrecognized (must be of type {kind.kind})"
        )
    obj: Object = pruned(body, sound)
    said = (obj.get("apiVersion", kind.api_version), obj.get("kind", kind.kind))
    if said[1] != kind.kind:
        message = (
            f'{said[1]} in version "{kind.version}" cannot be handled as a {kind.kind}: '
            f"converting (v1.{said[1]}) to (core.{kind.kind}): unknown conversion"
        )
        raise errors.bad_request(message)
    if said[0] != kind.api_version:
        message = (
            f"the API version in the data ({said[0]}) does not match the expected API version "
            f"({kind.api_version})"
        )
        raise errors.bad_request(message)
    if not isinstance(obj.get("metadata", {}), dict):
        raise errors.bad_request("metadata is not an object")
    whole = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": {}, **obj}
    try:
        return formed(kind, whole, sound)
    except FormError as cause:
        message = f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
        raise errors.bad_request(message + str(cause)) from cause


def created(
    ctx: Context, kind: Kind, body: Any, namespace: str, *, dry_run: bool = False
) -> Object:
    """A new object as it will be stored: named, dated, defaulted, valid."""
    obj = decoded(kind, body, ctx.formed if ctx.warming else None)
    meta = {k: v for k, v in obj["metadata"].items() if k not in ("managedFields", "selfLink")}
    if kind.namespaced:
        _check_namespace(meta, namespace)
        meta["namespace"] = namespace
    else:
        # The server takes it away without a word.
        meta.pop("namespace", None)
    if not meta.get("name"):
        if not meta.get("generateName"):
            raise errors.required(kind, "", "metadata.name", "name or generateName is required")
        meta["name"] = meta["generateName"] + ctx.ids.suffix()
    _check_name(kind, meta["name"])
    meta["uid"] = ctx.ids.uid()
    meta.setdefault("creationTimestamp", ctx.now())
    if not ctx.warming:
        meta["creationTimestamp"] = ctx.now()
    if kind.generation:
        meta["generation"] = 1
    obj = {**obj, "metadata": meta}
    _check_fields(kind, obj, ctx.right if ctx.warming else None)
    obj = checked(kind, whole(kind, defaults.filled(plugins.admitted(ctx, kind, whole(kind, obj)))))
    if ctx.warming:
        _note_template(ctx, obj)
    if ctx.webhooks.troubles:
        ctx.webhooks.ask(Asked("CREATE", kind, meta.get("namespace", ""), obj, dry_run=dry_run))
    admitter = ctx.admitters.get(namespace)
    return admitter(kind, obj) if admitter is not None and kind.namespaced else obj


def _note_template(ctx: Context, obj: Object) -> None:
    """What a template became with its defaults is in order, for what is made from it."""
    template = obj["spec"].get("template") if obj["kind"] in _TEMPLATED else None
    if template is not None:
        ctx.formed.note(template["spec"], PRUNED)
        ctx.formed.note(template["spec"], "PodSpec")
        ctx.right.note(template["spec"], "PodSpec")


def created_in(
    ctx: Context,
    store: Store,
    kind: Kind,
    body: Any,
    namespace: str,
    *,
    dry_run: bool = False,
) -> Object:
    """A new object of a namespace that must be there."""
    home = store.find(NAMESPACES, "", namespace) if kind.namespaced else None
    if kind.namespaced and home is None:
        raise errors.not_found(NAMESPACES, namespace)
    obj = created(ctx, kind, body, namespace, dry_run=dry_run)
    if home is not None and terminating(home):
        raise errors.namespace_going(kind, obj["metadata"]["name"], namespace)
    return obj


def updated(kind: Kind, old: Object, body: Any, *, status: bool = False) -> Object:
    """A replacement as it will be stored.

    Args:
        kind: what it is.
        old: the stored version.
        body: what the client wants it to be.
        status: whether only the status is taken, as at the status subresource.
    """
    obj = decoded(kind, body)
    _check_version(kind, old, obj)
    if status:
        fresh = {**old, "status": obj.get("status", {})}
        problems = fieldrules.problems(kind, fresh)
        if problems:
            raise errors.refused(kind, old["metadata"]["name"], problems)
        return checked(kind, fresh)
    kept = {k: old["metadata"][k] for k in _KEPT_META if k in old["metadata"]}
    meta = {k: v for k, v in obj["metadata"].items() if k not in ("managedFields", *_KEPT_META)}
    meta.update(kept, resourceVersion=old["metadata"]["resourceVersion"])
    meta.setdefault("name", old["metadata"]["name"])
    if kind.namespaced:
        meta.setdefault("namespace", old["metadata"]["namespace"])
    else:
        meta.pop("namespace", None)
    obj = {**obj, "metadata": meta}
    if "status" in old and any(sub.name == "status" for sub in kind.subs):
        obj["status"] = old["status"]
    _check_fields(kind, obj)
    obj = whole(kind, defaults.filled(whole(kind, obj)))
    _check_immutable(kind, old, obj)
    if kind.generation:
        changed = obj.get("spec") != old.get("spec")
        meta["generation"] = old["metadata"].get("generation", 1) + changed
    return checked(kind, obj)


def checked(kind: Kind, obj: Object) -> Object:
    """The object, once it decodes to its type; 400 with the place otherwise."""
    if kind.typed is not None:
        try:
            msgspec.convert(obj, kind.typed)
        except msgspec.ValidationError as cause:
            message = (
                f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
                f"json: {cause}"
            )
            raise errors.bad_request(message) from cause
    return obj


def whole(kind: Kind, obj: Object) -> Object:
    """The object with the parts that its type always has, empty where nobody says more."""
    found = type_of(kind)
    parts = ("spec", "status") if found is not None else ()
    lacking = [p for p in parts if found and p in found.fields and not isinstance(obj.get(p), dict)]
    return {**obj, **{part: {} for part in lacking}} if lacking else obj


def _check_fields(kind: Kind, obj: Object, right: Sound | None = None) -> None:
    """422 for what the fields of an object cannot say."""
    _check_template(kind, obj)
    validation.check(kind, obj)
    problems = fieldrules.problems(kind, obj, right)
    if problems:
        raise errors.refused(kind, obj["metadata"].get("name", ""), problems)


def _check_namespace(meta: Object, namespace: str) -> None:
    if meta.get("namespace", namespace) != namespace:
        message = (
            f"the namespace of the provided object does not match the namespace sent on the "
            f"request ({meta['namespace']} != {namespace})"
        )
        raise errors.bad_request(message)


def _check_name(kind: Kind, name: Any) -> None:
    if not isinstance(name, str) or len(name) > _MOST_NAME or not _NAME.fullmatch(name):
        raise errors.invalid(kind, str(name), "metadata.name", _NAME_PROBLEM, name)


def _check_version(kind: Kind, old: Object, new: Object) -> None:
    """A resource version or uid in the body is a precondition."""
    name = old["metadata"]["name"]
    sent = new["metadata"].get("resourceVersion")
    if sent and sent != old["metadata"]["resourceVersion"]:
        raise errors.modified(kind, name)
    uid = new["metadata"].get("uid")
    if uid and uid != old["metadata"]["uid"]:
        raise errors.wrong_precondition(kind, name, "UID", uid, old["metadata"]["uid"])
    if new["metadata"].get("name", name) != name:
        message = (
            f"the name of the object ({new['metadata']['name']}) does not match the name on the "
            f"URL ({name})"
        )
        raise errors.bad_request(message)


def _check_template(kind: Kind, obj: Object) -> None:
    """A template needs containers, and labels that its own selector matches."""
    name = obj["metadata"].get("name", "")
    if kind.kind == "Pod":
        if not (obj.get("spec") or {}).get("containers"):
            raise errors.required(kind, name, "spec.containers")
        return
    if kind.kind not in _TEMPLATED:
        return
    spec = obj.get("spec") or {}
    template = spec.get("template") or {}
    if not (template.get("spec") or {}).get("containers"):
        raise errors.required(kind, name, "spec.template.spec.containers")
    labels = (template.get("metadata") or {}).get("labels") or {}
    wanted = (spec.get("selector") or {}).get("matchLabels") or {}
    if kind.kind != "Job" and any(labels.get(k) != v for k, v in wanted.items()):
        field = "spec.template.metadata.labels"
        raise errors.invalid(
            kind, name, field, "`selector` does not match template `labels`", labels
        )


def _check_immutable(kind: Kind, old: Object, new: Object) -> None:
    """A selector never changes, nor does most of what a pod, a set or a Job was made with."""
    name = old["metadata"]["name"]
    if kind.kind == "StatefulSet" and _others(new["spec"]) != _others(old["spec"]):
        raise errors.refused(kind, name, [errors.forbidden_value("spec", _SET_CHANGES)])
    template = new["spec"].get("template") if kind.kind == "Job" else None
    # While a Job is suspended, some of it may change.
    if template != (old["spec"]["template"] if template else None) and not old["spec"].get(
        "suspend"
    ):
        raise errors.invalid(kind, name, "spec.template", "field is immutable", template)
    if kind.kind in _TEMPLATED and new["spec"].get("selector") != old["spec"].get("selector"):
        raise errors.invalid(
            kind, name, "spec.selector", "field is immutable", new["spec"].get("selector")
        )
    if kind.kind == "PersistentVolumeClaim":
        plugins.check_claim_change(old, new)
    if kind.kind == "Pod" and _fixed(new["spec"]) != _fixed(old["spec"]):
        # The real message goes on with the difference as Go prints it.
        raise errors.refused(kind, name, [errors.forbidden_value("spec", _POD_CHANGES)])


_POD_CHANGES = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` "
    "(only additions to existing tolerations),`spec.terminationGracePeriodSeconds` "
    "(allow it to be set to 1 if it was previously negative)"
)
_SET_CHANGING = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
)
_SET_CHANGES = (
    "updates to statefulset spec for fields other than "
    f"{', '.join(repr(field) for field in _SET_CHANGING)} and 'minReadySeconds' are forbidden"
)


def _others(spec: Object) -> Object:
    """The fields of a StatefulSet's spec that stay as they are."""
    changing = (*_SET_CHANGING, "minReadySeconds")
    return {name: value for name, value in spec.items() if name not in changing}


def _fixed(spec: Object) -> Object:
    kept = {k: v for k, v in spec.items() if k not in ("tolerations", "activeDeadlineSeconds")}
    for part in ("containers", "initContainers"):
        if part in spec:
            kept[part] = [{**c, "image": ""} for c in spec[part]]
    return kept
