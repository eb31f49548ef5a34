"""The verbs of the API server over the store, the same for both faces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.kube import admission, errors, patch, scales, services
from poolshift.sim.kube.apply import managers, serverside
from poolshift.sim.kube.controllers.furnishings import Furnishings
from poolshift.sim.kube.deletion import Deleter, check_preconditions, deletion_options
from poolshift.sim.kube.eviction import Evictions, check_name, options_of
from poolshift.sim.kube.objects import Key, Object, key_of, with_meta
from poolshift.sim.kube.pages import Page, Pager
from poolshift.sim.kube.resources import (
    NAMESPACES,
    PODS,
    SERVICES,
    Kind,
)
from poolshift.sim.kube.versions import conversion
from poolshift.sim.kube.webhooks import Asked

if TYPE_CHECKING:
    from poolshift.core.ports import PatchKind
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.selection import Selection

Seen = list[tuple[str, Object]]
USER = "clusterUser"


class Api:
    """Reads and writes with the server's checks; `by` is who the trace names.

    Attributes:
        user: whom refusals name.
        denied: (verb, resource) pairs that the caller lacks, a subresource as `pods/eviction`.
    """

    def __init__(self, ctx: Context, deleter: Deleter) -> None:
        self._ctx = ctx
        self._store = ctx.store
        self._deleter = deleter
        self._evictions = Evictions(ctx, deleter)
        self._pager = Pager(ctx)
        self._addresses = services.Addresses()
        self._furnishings = Furnishings(ctx)
        self.user = USER
        self.denied: set[tuple[str, str]] = set()

    def authorise(
        self, verb: str, kind: Kind, *, namespace: str = "", name: str = "", sub: str = ""
    ) -> None:
        """403 when the scenario denies the verb."""
        if not self.may(verb, kind.plural, sub):
            raise errors.forbidden(self.user, verb, kind, name, namespace, sub)

    def may(self, verb: str, plural: str, sub: str = "") -> bool:
        """Whether the caller may; what a SelfSubjectAccessReview answers."""
        resource = f"{plural}/{sub}" if sub else plural
        return not {(verb, resource), ("*", resource), (verb, "*")} & self.denied

    def allows(self, asked: Object) -> bool:
        """Whether the caller may do what ResourceAttributes say."""
        sub = asked.get("subresource", "")
        return self.may(asked.get("verb", ""), asked.get("resource", ""), sub)

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        """One object, not to be changed."""
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
        return self._pager.page(
            kind,
            selection,
            limit=limit,
            token=token,
            version=version,
            exact=exact,
        )

    def changes(self, kind: Kind, selection: Selection, after: int) -> tuple[Seen, int]:
        """Watch events after a version, as the selection sees them, and the new position."""
        changes = self._store.changes(kind, after, selection.namespace)
        events = [event for change in changes if (event := selection.seen(change))]
        return events, max(after, self._store.rv)

    def create(
        self,
        kind: Kind,
        namespace: str,
        body: Any,
        *,
        by: str,
        dry_run: bool = False,
        manager: str = "",
    ) -> Object:
        """Create an object; gives it as stored.

        `manager` here and below is whom managedFields names; empty notes nothing.
        """
        if kind.stored:
            kind, body = conversion.created(kind, admission.decoded(kind, body))
        obj = admission.created_in(self._ctx, self._store, kind, body, namespace, dry_run=dry_run)
        if kind is SERVICES:
            obj = self._addresses.assigned(obj)
        if manager:
            obj = managers.after_create(obj, manager, self._ctx.now())
        return self._stored(kind, obj, by=by, dry_run=dry_run)

    def _stored(self, kind: Kind, obj: Object, *, by: str, dry_run: bool) -> Object:
        """Store a new object, or only say that it could be."""
        if dry_run:
            if self._store.find(kind, *key_of(obj)) is not None:
                raise errors.already_exists(kind, obj["metadata"]["name"])
            return obj
        created = self._store.create(kind, obj, by=by)
        if kind is NAMESPACES:
            self._furnishings.furnish(created["metadata"]["name"])
        return created

    def update(
        self,
        kind: Kind,
        key: Key,
        body: Any,
        *,
        by: str,
        dry_run: bool = False,
        status: bool = False,
        manager: str = "",
        sub: str = "",
    ) -> Object:
        """Replace an object, or its status."""
        old = self._store.get(kind, *key)
        kind, body = conversion.received(kind, admission.decoded(kind, body))
        new = self._next(kind, old, body, status=status)
        if manager:
            sent = body["metadata"].get("managedFields")
            sub = sub or ("status" if status else "")
            new = managers.after_update(old, new, sent, manager, self._ctx.now(), sub)
        if self._ctx.webhooks.troubles:
            sub = sub or ("status" if status else "")
            self._ctx.webhooks.ask(Asked("UPDATE", kind, key[0], new, old, sub, dry_run))
        return self._replaced(kind, key, new, by=by, dry_run=dry_run)

    def _next(self, kind: Kind, old: Object, body: Any, *, status: bool) -> Object:
        """The next version of an object, checked, with the managers that it had."""
        new = admission.updated(kind, old, body, status=status)
        if kind is SERVICES:
            new = self._addresses.kept(old, new)
        return with_meta(new, managedFields=old["metadata"].get("managedFields"))

    def _replaced(self, kind: Kind, key: Key, new: Object, *, by: str, dry_run: bool) -> Object:
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
        manager: str = "",
    ) -> Object:
        """Patch an object, or its status; the result passes the same checks as a replacement."""
        old = conversion.seen(kind, self._store.get(kind, *key))
        names_managers = bool(manager) and managers.named_in(body)
        old = managers.shown(old) if names_managers else with_meta(old, managedFields=None)
        result = patch.patched(old, body, form)
        return self.update(
            kind, key, result, by=by, dry_run=dry_run, status=status, manager=manager
        )

    def apply(
        self,
        kind: Kind,
        key: Key,
        config: Any,
        *,
        by: str,
        manager: str,
        force: bool = False,
        dry_run: bool = False,
        status: bool = False,
    ) -> tuple[Object, bool]:
        """Server-side apply; gives the object and whether it was created."""
        if not manager:
            raise serverside.no_manager()
        serverside.check(kind, key[1], config)
        kind, config = conversion.received(kind, admission.decoded(kind, config))
        live = self._store.find(kind, *key)
        now = self._ctx.now()
        if live is None:
            if status:
                raise errors.not_found(kind, key[1])
            body = {**config, "metadata": {**config["metadata"], "name": key[1]}}
            made = admission.created_in(self._ctx, self._store, kind, body, key[0], dry_run=dry_run)
            if kind is SERVICES:
                made = self._addresses.assigned(made)
            made = serverside.first(config, made, manager, now)
            return self._stored(kind, made, by=by, dry_run=dry_run), True
        outcome = serverside.Applied(
            live,
            config,
            manager=manager,
            force=force,
            now=now,
            sub="status" if status else "",
            resets_status=not status and any(s.name == "status" for s in kind.subs),
        )
        new = self._next(kind, live, outcome.obj, status=status)
        new = serverside.finished(live, new, outcome.entries)
        sub = "status" if status else ""
        self._ctx.webhooks.ask(Asked("UPDATE", kind, key[0], new, live, sub, dry_run))
        return self._replaced(kind, key, new, by=by, dry_run=dry_run), False

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
        options = deletion_options(options)
        obj = self._store.get(kind, *key)
        check_preconditions(kind, obj, options)
        dry_run = dry_run or "All" in (options.get("dryRun") or ())
        self._ctx.webhooks.ask(Asked("DELETE", kind, key[0], None, obj, dry_run=dry_run))
        result = obj
        if not dry_run:
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
        options = deletion_options(options)
        page = self._pager.page(kind, selection)
        for obj in page.items:
            key = (obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
            self.delete(kind, key, options, by=by, dry_run=dry_run)
        return page.body(kind)

    def evict(self, namespace: str, name: str, body: Any, *, by: str, dry_run: bool) -> Object:
        """Answer a POST to the eviction subresource."""
        check_name(name, body)
        self._store.get(PODS, namespace, name)
        options = options_of(body)
        dry_run = dry_run or "All" in (options.get("dryRun") or ())
        return self.evict_checked(namespace, name, options, by=by, dry_run=dry_run)

    def evict_checked(
        self, namespace: str, name: str, options: Object, *, by: str, dry_run: bool
    ) -> Object:
        """Evict a pod with options that are known to have the form of DeleteOptions."""
        pod = self._store.pods.get((namespace, name))
        if pod is None:
            raise errors.not_found(PODS, name)
        if self._ctx.webhooks.troubles:
            body = {"metadata": {"name": name}, "deleteOptions": options}
            asked = Asked("CREATE", PODS, namespace, body, sub="eviction", dry_run=dry_run)
            self._ctx.webhooks.ask(asked)
        return self._evictions.evict(pod, options, by=by, dry_run=dry_run)

    def scale(self, kind: Kind, key: Key) -> Object:
        """The scale subresource of a workload."""
        return scales.scale_of(self._store.get(kind, *key))

    def set_scale(
        self,
        kind: Kind,
        key: Key,
        scale: Object,
        *,
        by: str,
        dry_run: bool = False,
        manager: str = "",
    ) -> Object:
        """Set a workload's replicas through its scale subresource."""
        obj = self._store.get(kind, *key)
        new = scales.scaled(kind, obj, scale)
        return scales.scale_of(
            self.update(kind, key, new, by=by, dry_run=dry_run, manager=manager, sub="scale")
        )
