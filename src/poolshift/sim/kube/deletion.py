"""How objects go: at once, or for pods after their grace period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.kube import errors
from poolshift.sim.kube.objects import (
    Object,
    finished,
    key_of,
    node_of,
    terminating,
    with_meta,
    with_status,
)
from poolshift.sim.kube.openapi.forms import formed_as
from poolshift.sim.kube.resources import KINDS, NAMESPACES, PODS, Kind

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context

# How soon the namespace controller looks, and looks again: an assumption, a second or two on a
# cluster that has little to do.
_NAMESPACE_ROUND_S = 2.0
_POLICIES = ("Background", "Foreground", "Orphan")
# No pod is given longer than this to end: a time further off cannot be written.
_LONGEST_GRACE_S = 100 * 365 * 86400
_NAMESPACES = "controller:namespace"


class Deleter:
    """Begins and ends deletions, and remembers who asked for each."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._asked: dict[str, str] = {}

    def delete(
        self,
        kind: Kind,
        obj: Object,
        *,
        by: str,
        grace_s: float | None = None,
        orphan: bool = False,
    ) -> Object:
        """Delete an object in the background; gives its last version or its terminating one."""
        if kind is PODS:
            return self._delete_pod(obj, by, grace_s)
        if orphan:
            self._orphan(obj, by)
        if obj["metadata"].get("finalizers"):
            return self._wait_for_finalizers(kind, obj, by)
        if kind is NAMESPACES:
            return self._terminate_namespace(obj, by)
        return self._ctx.store.remove(kind, key_of(obj), by=by)

    def finish(self, pod: Object) -> None:
        """Take a terminating pod away, in the name of who asked for it."""
        by = self._asked.pop(pod["metadata"]["uid"], "controller:kubelet")
        self._ctx.store.remove(PODS, key_of(pod), by=by)

    def _delete_pod(self, pod: Object, by: str, grace_s: float | None) -> Object:
        grace = pod["spec"].get("terminationGracePeriodSeconds", 30) if grace_s is None else grace_s
        grace = min(grace, _LONGEST_GRACE_S)
        uid = pod["metadata"]["uid"]
        self._asked.setdefault(uid, by)
        if grace <= 0 or not node_of(pod) or finished(pod) or self._ctx.warming:
            stamped = self._stamp(pod, 0)
            self.finish(stamped)
            return stamped
        if terminating(pod) and pod["metadata"].get("deletionGracePeriodSeconds", 0) <= grace:
            return pod
        return self._ctx.store.update(PODS, self._stamp(pod, grace), by=by)

    def _stamp(self, pod: Object, grace_s: float) -> Object:
        return with_meta(
            pod,
            deletionTimestamp=self._ctx.ahead(grace_s),
            deletionGracePeriodSeconds=int(grace_s),
            generation=pod["metadata"].get("generation", 1) + 1,
        )

    def _orphan(self, owner: Object, by: str) -> None:
        """Take the owner's references off what it owns."""
        uid = owner["metadata"]["uid"]
        for kind in KINDS:
            for obj in self._ctx.owners.owned(uid, kind):
                refs = [r for r in obj["metadata"]["ownerReferences"] if r["uid"] != uid]
                self._ctx.store.update(kind, with_meta(obj, ownerReferences=refs or None), by=by)

    def _wait_for_finalizers(self, kind: Kind, obj: Object, by: str) -> Object:
        if terminating(obj):
            return obj
        stamped = with_meta(obj, deletionTimestamp=self._ctx.now(), deletionGracePeriodSeconds=0)
        return self._ctx.store.update(kind, stamped, by=by)

    def _terminate_namespace(self, namespace: Object, by: str) -> Object:
        """A namespace takes nothing new, and goes when all that is in it has gone."""
        if terminating(namespace):
            return namespace
        stamped = with_meta(namespace, deletionTimestamp=self._ctx.now())
        stamped = self._ctx.store.update(
            NAMESPACES, with_status(stamped, phase="Terminating"), by=by
        )
        name = namespace["metadata"]["name"]
        self._ctx.after(_NAMESPACE_ROUND_S, lambda: self._empty_namespace(name))
        return stamped

    def _empty_namespace(self, name: str) -> None:
        """One round of the namespace controller."""
        if self._ctx.store.find(NAMESPACES, "", name) is None:
            return
        left = 0
        for kind in KINDS:
            if kind.namespaced:
                for obj in list(self._ctx.store.all(kind, name)):
                    self.delete(kind, obj, by=_NAMESPACES)
                left += sum(1 for _ in self._ctx.store.all(kind, name))
        if left:
            self._ctx.clock.after(_NAMESPACE_ROUND_S, lambda: self._empty_namespace(name))
        else:
            self._ctx.store.remove(NAMESPACES, ("", name), by=_NAMESPACES)


def deletion_options(options: Any) -> Object:
    """DeleteOptions as they are meant; 400 or 422 for what they cannot be."""
    if options is None:
        return {}
    found = formed_as("DeleteOptions", options)
    policy = found.get("propagationPolicy", "")
    if policy not in ("", *_POLICIES):
        problem = errors.unsupported_value("propagationPolicy", policy, (*_POLICIES, "nil"))
        cause = {"reason": problem.reason, "message": problem.text, "field": problem.field}
        details = {"group": "meta.k8s.io", "kind": "DeleteOptions", "causes": [cause]}
        message = f'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: {problem.text}'
        raise errors.failure(422, "Invalid", message, details)
    return found


def check_preconditions(kind: Kind, obj: Object, options: Object) -> None:
    """409 unless the uid and resource version that the client expects are the object's."""
    preconditions = options.get("preconditions") or {}
    meta = obj["metadata"]
    for field, what in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        sent = preconditions.get(field)
        if sent and sent != meta[field]:
            raise errors.wrong_precondition(kind, meta["name"], what, sent, meta[field])
