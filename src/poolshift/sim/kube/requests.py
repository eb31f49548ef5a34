"""Ordinary requests: from method and target to a verb of the API, and the answer's form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.core.ports import PatchKind
from poolshift.sim.kube import errors, logs, reviews, tables
from poolshift.sim.kube.admission import decoded
from poolshift.sim.kube.fieldvalidation import applicable, validated, validated_patch
from poolshift.sim.kube.objects import Object
from poolshift.sim.kube.patch import patched
from poolshift.sim.kube.paths import Target
from poolshift.sim.kube.queries import APPLY_FORM, Query
from poolshift.sim.kube.versions import conversion
from poolshift.sim.kube.world import KubeWorld

if TYPE_CHECKING:
    from poolshift.sim.kube.resources import Kind
from poolshift.sim.kube.showing import all_shown, shown

_FORMS = frozenset(PatchKind)
_OF_NAMESPACE = ("create", "deletecollection")


class Answer(msgspec.Struct, frozen=True):
    """A status and a body."""

    status: int
    body: Object
    warnings: tuple[str, ...] = ()


def perform(world: KubeWorld, method: str, target: Target, query: Query, body: Any) -> Answer:
    """Perform an ordinary request; errors are ApiErrors with the server's bodies."""
    if target.sub:
        return _subresource(world, method, target, query, body)
    verb = verb_of(method, target)
    if target.kind.namespaced and not target.namespace and verb in _OF_NAMESPACE:
        raise errors.method_not_allowed()
    if verb not in target.kind.verbs:
        raise errors.method_not_allowed()
    world.api.authorise(verb, target.kind, namespace=target.namespace, name=target.name)
    return _PERFORMERS[verb](world, target, query, body)


def verb_of(method: str, target: Target) -> str:
    """The API's verb for a method on a collection or an object; 405 when there is none."""
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
    obj = conversion.seen(target.kind, shown(world, obj))
    return tables.partial(obj) if query.shows("PartialObjectMetadata") else obj


def _list(world: KubeWorld, target: Target, query: Query, body: Any) -> Answer:
    selection = query.selection(target)
    page = world.api.list(
        target.kind,
        selection,
        limit=query.number("limit"),
        token=query.params.get("continue", ""),
        version=query.params.get("resourceVersion", ""),
        exact=query.params.get("resourceVersionMatch") == "Exact",
    )
    include = query.params.get("includeObject", "Metadata")
    if not query.shows("Table") or include != "None":
        page = msgspec.structs.replace(page, items=all_shown(world, page.items))
    if query.shows("Table"):
        now = world.clock.moment()
        table = tables.table(target.kind, page.items, page.metadata(), now, include=include)
        return Answer(200, table)
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
    page = msgspec.structs.replace(page, items=conversion.all_seen(target.kind, page.items))
    return Answer(200, page.body(target.kind))


def _create(world: KubeWorld, target: Target, query: Query, body: Any) -> Answer:
    if target.kind in reviews.KINDS_REVIEWED:
        asked = decoded(target.kind, body)
        return Answer(201, reviews.answer(world, target.kind, asked, query.manager))
    sent, warnings = validated(target.kind, _without_status(target.kind, body), query)
    created = world.api.create(
        target.kind,
        target.namespace,
        sent,
        by=query.by,
        dry_run=query.dry_run,
        manager=query.manager,
    )
    return Answer(201, _shown(world, target, query, created), warnings)


def _without_status(kind: Kind, body: Any) -> Any:
    """What is created has no status yet, where clients write that apart."""
    if isinstance(body, dict) and any(sub.name == "status" for sub in kind.subs):
        return {name: value for name, value in body.items() if name != "status"}
    return body


def _update(world: KubeWorld, target: Target, query: Query, body: Any) -> Answer:
    key = (target.namespace, target.name)
    sent, warnings = validated(target.kind, body, query)
    updated = world.api.update(
        target.kind,
        key,
        sent,
        by=query.by,
        dry_run=query.dry_run,
        status=target.sub == "status",
        manager=query.manager,
    )
    return Answer(200, _shown(world, target, query, updated), warnings)


def _patch(world: KubeWorld, target: Target, query: Query, body: Any) -> Answer:
    key = (target.namespace, target.name)
    if query.form == APPLY_FORM:
        return _apply(world, target, query, body)
    if query.form not in _FORMS:
        raise errors.failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    sent, warnings = validated_patch(target.kind, target.name, body, query)
    changed = world.api.patch(
        target.kind,
        key,
        sent,
        PatchKind(query.form),
        by=query.by,
        dry_run=query.dry_run,
        status=target.sub == "status",
        manager=query.manager,
    )
    return Answer(200, _shown(world, target, query, changed), warnings)


def _apply(world: KubeWorld, target: Target, query: Query, body: Any) -> Answer:
    applied, created = world.api.apply(
        target.kind,
        (target.namespace, target.name),
        applicable(target, body),
        by=query.by,
        manager=query.params.get("fieldManager", ""),
        force=query.params.get("force") == "true",
        dry_run=query.dry_run,
        status=target.sub == "status",
    )
    return Answer(201 if created else 200, _shown(world, target, query, applied))


def _options(query: Query, body: Any) -> Object:
    """DeleteOptions from the body and the parameters."""
    if body is not None and not isinstance(body, dict):
        message = "the object provided is unrecognized (must be of type DeleteOptions)"
        raise errors.bad_request(message)
    options: Object = dict(body or {})
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
    if verb == "patch" and query.form not in _FORMS:
        raise errors.failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    wanted = body if verb == "update" else patched(scale, body, PatchKind(query.form))
    if not isinstance(wanted, dict):
        raise errors.bad_request("the scale is not an object")
    result = world.api.set_scale(
        target.kind, key, wanted, by=query.by, dry_run=query.dry_run, manager=query.manager
    )
    return Answer(200, result)
