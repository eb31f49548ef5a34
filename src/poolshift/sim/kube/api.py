"""The verbs of the API server over the store, the same for both faces."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from poolshift.core.ports import PatchKind
from poolshift.sim.kube import admission, errors, patch, services
from poolshift.sim.kube.deletion import Deleter, check_preconditions
from poolshift.sim.kube.eviction import Evictions
from poolshift.sim.kube.objects import Key, Object, with_spec
from poolshift.sim.kube.pages import Page, Pager
from poolshift.sim.kube.resources import NAMESPACES, PODS, SERVICES, Kind

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.selection import Selection
    from poolshift.sim.kube.store import Change

Seen = list[tuple[str, Object]]
USER = "clusterUser"
_PATCHES = {PatchKind.MERGE: patch.merge, PatchKind.STRATEGIC: patch.strategic}


class Api:
    """Reads and writes with the server's checks; `by` is who the trace names.

    Attributes:
        denied: (verb, resource) pairs that the caller lacks, a subresource as `pods/eviction`.
    """

    def __init__(self, ctx: Context, deleter: Deleter) -> None:
        self._ctx = ctx
        self._store = ctx.store
        self._deleter = deleter
        self._evictions = Evictions(ctx, deleter)
        self._pager = Pager(ctx)
        self._addresses = services.Addresses()
        self.denied: set[tuple[str, str]] = set()

    def authorise(
        self, verb: str, kind: Kind, *, namespace: str = "", name: str = "", sub: str = ""
    ) -> None:
        """403 when the scenario denies the verb."""
        if not self.may(verb, kind.plural, sub):
            raise errors.forbidden(USER, verb, kind, name, namespace, sub)

    def may(self, verb: str, plural: str, sub: str = "") -> bool:
        """Whether the caller may; what a SelfSubjectAccessReview answers."""
        resource = f"{plural}/{sub}" if sub else plural
        return not {(verb, resource), ("*", resource), (verb, "*")} & self.denied

    def review(self, body: Any) -> Object:
        """Answer a SelfSubjectAccessReview."""
        spec = body.get("spec") or {} if isinstance(body, dict) else {}
        asked = spec.get("resourceAttributes") or {}
        sub = asked.get("subresource", "")
        allowed = self.may(asked.get("verb", ""), asked.get("resource", ""), sub)
        return {
            "kind": "SelfSubjectAccessReview",
            "apiVersion": "authorization.k8s.io/v1",
            "metadata": {"creationTimestamp": None},
            "spec": spec,
            "status": {"allowed": allowed},
        }

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        """One object, not to be changed."""
        self._refresh(kind, namespace)
        return self._store.get(kind, namespace, name)

    def list(
        self,
        kind: Kind,
        selection: Selection,
        *,
        limit: int = 0,
        token: str = "",
        version: str = "",
        exact: bool = False,
    ) -> Page:
        """A page of a list; see Pager."""
        self._refresh(kind, selection.namespace)
        return self._pager.page(
            kind, selection, limit=limit, token=token, version=version, exact=exact
        )

    def _refresh(self, kind: Kind, namespace: str) -> None:
        """Write what is written for readers alone."""
        refresh = self._ctx.before_read.get(kind.plural)
        if refresh is not None:
            refresh(namespace)

    def changes(self, kind: Kind, selection: Selection, after: int) -> tuple[Seen, int]:
        """Watch events after a version, as the selection sees them, and the new position."""
        changes = self._store.changes(kind, after)
        events = [event for change in changes if (event := _seen(selection, change))]
        return events, max(after, self._store.rv)

    def create(
        self, kind: Kind, namespace: str, body: Any, *, by: str, dry_run: bool = False
    ) -> Object:
        """Create an object; gives it as stored."""
        if kind.namespaced and self._store.find(NAMESPACES, "", namespace) is None:
            raise errors.not_found(NAMESPACES, namespace)
        obj = admission.created(self._ctx, kind, body, namespace)
        if kind is SERVICES:
            obj = self._addresses.assigned(obj)
        if dry_run:
            if self._store.find(kind, namespace, obj["metadata"]["name"]) is not None:
                raise errors.already_exists(kind, obj["metadata"]["name"])
            return obj
        return self._store.create(kind, obj, by=by)

    def update(
        self,
        kind: Kind,
        key: Key,
        body: Any,
        *,
        by: str,
        dry_run: bool = False,
        status: bool = False,
    ) -> Object:
        """Replace an object, or its status."""
        old = self._store.get(kind, *key)
        new = admission.updated(kind, old, body, status=status)
        if kind is SERVICES:
            new = self._addresses.kept(old, new)
        if dry_run:
            return new
        stored = self._store.update(kind, new, by=by)
        if stored["metadata"].get("deletionTimestamp") and not stored["metadata"].get("finalizers"):
            return stored if kind is PODS else self._store.remove(kind, key, by=by)
        return stored

    def patch(
        self,
        kind: Kind,
        key: Key,
        body: Any,
        form: PatchKind,
        *,
        by: str,
        dry_run: bool = False,
        status: bool = False,
    ) -> Object:
        """Patch an object, or its status; the result passes the same checks as a replacement."""
        old = self._store.get(kind, *key)
        return self.update(
            kind, key, patched(old, body, form), by=by, dry_run=dry_run, status=status
        )

    def delete(
        self,
        kind: Kind,
        key: Key,
        options: Any = None,
        *,
        by: str,
        dry_run: bool = False,
    ) -> Object:
        """Delete by DeleteOptions; gives the answer's body."""
        options = options if isinstance(options, dict) else {}
        obj = self._store.get(kind, *key)
        check_preconditions(kind, obj, options)
        result = obj
        if not (dry_run or "All" in (options.get("dryRun") or ())):
            result = self._deleter.delete(
                kind,
                obj,
                by=by,
                grace_s=options.get("gracePeriodSeconds"),
                orphan=options.get("propagationPolicy") == "Orphan"
                or options.get("orphanDependents") is True,
            )
        if kind in (PODS, NAMESPACES, SERVICES):
            return result
        details = errors.details_of(kind, key[1], uid=obj["metadata"]["uid"])
        return errors.success(details=details)

    def delete_collection(
        self, kind: Kind, selection: Selection, options: Any, *, by: str, dry_run: bool = False
    ) -> Object:
        """Delete everything that a selection means; gives the list of it."""
        page = self._pager.page(kind, selection)
        for obj in page.items:
            key = (obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
            self.delete(kind, key, options, by=by, dry_run=dry_run)
        return page.body(kind)

    def evict(self, namespace: str, name: str, body: Any, *, by: str, dry_run: bool) -> Object:
        """Answer a POST to the eviction subresource."""
        said = (body.get("metadata") or {}).get("name") if isinstance(body, dict) else None
        if said != name:
            raise errors.bad_request("name in URL does not match name in Eviction object")
        pod = self._store.get(PODS, namespace, name)
        options = body.get("deleteOptions") or {}
        dry_run = dry_run or "All" in (options.get("dryRun") or ())
        return self._evictions.evict(pod, options, by=by, dry_run=dry_run)

    def scale(self, kind: Kind, key: Key) -> Object:
        """The scale subresource of a workload."""
        return _scale_of(self._store.get(kind, *key))

    def set_scale(
        self, kind: Kind, key: Key, scale: Object, *, by: str, dry_run: bool = False
    ) -> Object:
        """Set a workload's replicas through its scale subresource."""
        obj = self._store.get(kind, *key)
        replicas = (scale.get("spec") or {}).get("replicas", 0)
        if not isinstance(replicas, int) or replicas < 0:
            raise errors.invalid(
                kind, key[1], "spec.replicas", "must be greater than or equal to 0", replicas
            )
        new = with_spec(obj, replicas=replicas)
        return _scale_of(self.update(kind, key, new, by=by, dry_run=dry_run))


def patched(old: Object, body: Any, form: PatchKind) -> Object:
    """The object after a patch, unchecked."""
    if form is PatchKind.JSON:
        result: Object = patch.json_patch(old, body)
        return result
    if not isinstance(body, dict):
        raise errors.bad_request("the patch is not an object")
    return copy.copy(_PATCHES[form](old, body))


def _seen(selection: Selection, change: Change) -> tuple[str, Object] | None:
    """A change as the watcher of a selection sees it: objects enter and leave its view."""
    now = change.type != "DELETED" and selection.matches(change.obj)
    before_obj = change.obj if change.type == "DELETED" else change.prev
    before = before_obj is not None and selection.matches(before_obj)
    if now:
        return ("MODIFIED" if before else "ADDED", change.obj)
    return ("DELETED", change.obj) if before else None


def _scale_of(obj: Object) -> Object:
    meta = obj["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    labels = (obj["spec"].get("selector") or {}).get("matchLabels") or {}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {k: meta[k] for k in kept if k in meta},
        "spec": {"replicas": obj["spec"].get("replicas", 0)},
        "status": {
            "replicas": obj.get("status", {}).get("replicas", 0),
            "selector": ",".join(f"{k}={v}" for k, v in sorted(labels.items())),
        },
    }
