"""Ordinary requests: from method and target to a verb of the API, and the answer's form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from poolshift.core.ports import PatchKind
from poolshift.sim.kube import errors, logs, reviews, tables
from poolshift.sim.kube.api import patched
from poolshift.sim.kube.apply.managers import manager_of, shown
from poolshift.sim.kube.objects import Object
from poolshift.sim.kube.paths import Target
from poolshift.sim.kube.selection import Selection
from poolshift.sim.kube.world import KubeWorld

APPLY_FORM = "application/apply-patch+yaml"


class Query(msgspec.Struct, frozen=True):
    """Query parameters, the Accept header, who asks, and how a patch is written."""

    params: dict[str, str]
    accept: str
    by: str
    form: str = ""
    agent: str = ""

    @property
    def manager(self) -> str:
        """Whom managedFields names for a write."""
        return manager_of(self.params.get("fieldManager", ""), self.agent)

    @property
    def watching(self) -> bool:
        """Whether a watch is asked for."""
        return self.params.get("watch", "") in ("1", "true")

    @property
    def dry_run(self) -> bool:
        """Whether nothing is to be stored."""
        return self.params.get("dryRun", "") == "All"

    def number(self, name: str) -> int:
        """A parameter that is a count, 0 when it is not there."""
        text = self.params.get(name, "") or "0"
        if not text.isdigit():
            message = f'strconv.ParseInt: parsing "{text}": invalid syntax'
            raise errors.bad_request(message)
        return int(text)

    def selection(self, target: Target) -> Selection:
        """What a collection request means."""
        fields = self.params.get("fieldSelector", "")
        if target.name:
            fields = ",".join(filter(None, (fields, f"metadata.name={target.name}")))
        labels = self.params.get("labelSelector", "")
        return Selection(target.kind, target.namespace, labels, fields)

    def shows(self, form: str) -> bool:
        """Whether the client wants objects as Table or PartialObjectMetadata."""
        return f"as={form}" in self.accept


class Answer(msgspec.Struct, frozen=True):
    """A status and a body."""

    status: int
    body: Object


def perform(world: KubeWorld, method: str, target: Target, query: Query, body: Any) -> Answer:
    """Perform an ordinary request; errors are ApiErrors with the server's bodies."""
    if target.sub:
        return _subresource(world, method, target, query, body)
    verb = _verb(method, target)
    if verb not in target.kind.verbs:
        raise errors.method_not_allowed()
    world.api.authorise(verb, target.kind, namespace=target.namespace, name=target.name)
    return _PERFORMERS[verb](world, target, query, body)


def _verb(method: str, target: Target) -> str:
    named = bool(target.name)
    verbs = {
        ("GET", True): "get",
        ("GET", False): "list",
        ("POST", False): "create",
        ("PUT", True): "update",
        ("PATCH", True): "patch",
        ("DELETE", True): "delete",
        ("DELETE", False): "deletecollection",
    }
    verb = verbs.get((method, named))
    if verb is None:
        raise errors.method_not_allowed()
    return verb


def _get(world: KubeWorld, target: Target, query: Query, body: Any) -> Answer:
    obj = world.api.get(target.kind, target.namespace, target.name)
    return Answer(200, _shown(world, target, query, obj))


def _shown(world: KubeWorld, target: Target, query: Query, obj: Object) -> Object:
    """One object in the form that the client asks for."""
    if query.shows("Table"):
        metadata = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
        include = query.params.get("includeObject", "Metadata")
        now = world.clock.moment()
        return tables.table(target.kind, [obj], metadata, now, include=include)
    obj = shown(obj)
    return tables.partial(obj) if query.shows("PartialObjectMetadata") else obj


def _list(world: KubeWorld, target: Target, query: Query, body: Any) -> Answer:
    page = world.api.list(
        target.kind,
        query.selection(target),
        limit=query.number("limit"),
        token=query.params.get("continue", ""),
        version=query.params.get("resourceVersion", ""),
        exact=query.params.get("resourceVersionMatch") == "Exact",
    )
    if query.shows("Table"):
        include = query.params.get("includeObject", "Metadata")
        now = world.clock.moment()
        shown = tables.table(target.kind, page.items, page.metadata(), now, include=include)
        return Answer(200, shown)
    if query.shows("PartialObjectMetadata"):
        return Answer(
            200,
            {
                "kind": "PartialObjectMetadataList",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": page.metadata(),
                "items": [tables.partial(obj) for obj in page.items],
            },
        )
    return Answer(200, page.body(target.kind))


def _create(world: KubeWorld, target: Target, query: Query, body: Any) -> Answer:
    if target.kind in reviews.KINDS_REVIEWED:
        return Answer(201, reviews.answer(world, target.kind, body, query.manager))
    if target.kind.namespaced and not target.namespace:
        raise errors.method_not_allowed()
    created = world.api.create(
        target.kind,
        target.namespace,
        body,
        by=query.by,
        dry_run=query.dry_run,
        manager=query.manager,
    )
    return Answer(201, _shown(world, target, query, created))


def _update(world: KubeWorld, target: Target, query: Query, body: Any) -> Answer:
    key = (target.namespace, target.name)
    updated = world.api.update(
        target.kind,
        key,
        body,
        by=query.by,
        dry_run=query.dry_run,
        status=target.sub == "status",
        manager=query.manager,
    )
    return Answer(200, _shown(world, target, query, updated))


def _patch(world: KubeWorld, target: Target, query: Query, body: Any) -> Answer:
    key = (target.namespace, target.name)
    if query.form == APPLY_FORM:
        return _apply(world, target, query, body)
    changed = world.api.patch(
        target.kind,
        key,
        body,
        PatchKind(query.form),
        by=query.by,
        dry_run=query.dry_run,
        status=target.sub == "status",
        manager=query.manager,
    )
    return Answer(200, _shown(world, target, query, changed))


def _apply(world: KubeWorld, target: Target, query: Query, body: Any) -> Answer:
    applied, created = world.api.apply(
        target.kind,
        (target.namespace, target.name),
        body,
        by=query.by,
        manager=query.params.get("fieldManager", ""),
        force=query.params.get("force") == "true",
        dry_run=query.dry_run,
        status=target.sub == "status",
    )
    return Answer(201 if created else 200, _shown(world, target, query, applied))


def _options(query: Query, body: Any) -> Object:
    """DeleteOptions from the body and the parameters."""
    options: Object = dict(body) if isinstance(body, dict) else {}
    if "gracePeriodSeconds" in query.params:
        options.setdefault("gracePeriodSeconds", query.number("gracePeriodSeconds"))
    if "propagationPolicy" in query.params:
        options.setdefault("propagationPolicy", query.params["propagationPolicy"])
    return options


def _delete(world: KubeWorld, target: Target, query: Query, body: Any) -> Answer:
    key = (target.namespace, target.name)
    options = _options(query, body)
    result = world.api.delete(target.kind, key, options, by=query.by, dry_run=query.dry_run)
    return Answer(200, result)


def _delete_collection(world: KubeWorld, target: Target, query: Query, body: Any) -> Answer:
    options = _options(query, body)
    result = world.api.delete_collection(
        target.kind, query.selection(target), options, by=query.by, dry_run=query.dry_run
    )
    return Answer(200, result)


Performer = Callable[[KubeWorld, Target, Query, Any], Answer]
_PERFORMERS: dict[str, Performer] = {
    "get": _get,
    "list": _list,
    "create": _create,
    "update": _update,
    "patch": _patch,
    "delete": _delete,
    "deletecollection": _delete_collection,
}


def _subresource(world: KubeWorld, method: str, target: Target, query: Query, body: Any) -> Answer:
    """Status, scale, eviction, tokens, logs; the rest says that it is not simulated."""
    verbs = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch"}
    verb = verbs.get(method, "")
    sub = next(s for s in target.kind.subs if s.name == target.sub)
    if verb not in sub.verbs:
        raise errors.method_not_allowed()
    world.api.authorise(
        verb, target.kind, namespace=target.namespace, name=target.name, sub=target.sub
    )
    if target.sub == "eviction":
        evicted = world.api.evict(
            target.namespace, target.name, body, by=query.by, dry_run=query.dry_run
        )
        return Answer(201, evicted)
    if target.sub == "scale":
        return _scale(world, verb, target, query, body)
    if target.sub == "status":
        return _PERFORMERS[verb](world, target, query, body)
    if target.sub == "log":
        container = query.params.get("container", "")
        raise logs.refusal(world, target.namespace, target.name, container)
    if target.sub == "token":
        given = reviews.token(world, target.namespace, target.name, body, query.manager)
        return Answer(201, given)
    message = f"{target.kind.plural}/{target.sub} is not simulated"
    raise errors.failure(501, "NotImplemented", message)


def _scale(world: KubeWorld, verb: str, target: Target, query: Query, body: Any) -> Answer:
    key = (target.namespace, target.name)
    scale = world.api.scale(target.kind, key)
    if verb == "get":
        return Answer(200, scale)
    wanted = body if verb == "update" else patched(scale, body, PatchKind(query.form))
    if not isinstance(wanted, dict):
        raise errors.bad_request("the scale is not an object")
    result = world.api.set_scale(
        target.kind, key, wanted, by=query.by, dry_run=query.dry_run, manager=query.manager
    )
    return Answer(200, result)
