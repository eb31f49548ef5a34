"""The operations of OpenAPI documents: which methods a path has, and what each acts on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.sim.kube.kinds import Kind, Sub

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.sim.kube.objects import Object

_QUERY = ("dryRun", "fieldManager", "fieldValidation")
# Methods with the verb that allows each, and the action that it is.
_COLLECTION = (
    ("get", "list", "list"),
    ("post", "create", "post"),
    ("delete", "deletecollection", "deletecollection"),
)
_SINGLE = (
    ("get", "get", "get"),
    ("patch", "patch", "patch"),
    ("put", "update", "put"),
    ("delete", "delete", "delete"),
)
_EVERYWHERE = (("get", "list", "list"),)
_METHODS = {"get": "get", "create": "post", "update": "put", "patch": "patch"}


def paths_of(kinds: Iterable[Kind], root: str) -> Object:
    """Operations of each kind and its subresources: what a client may do, and where."""
    found: Object = {f"{root}/": {"get": described()}} if kinds else {}
    for kind in kinds:
        middle = "/namespaces/{namespace}" if kind.namespaced else ""
        collection, single = (
            f"{root}{middle}/{kind.plural}",
            f"{root}{middle}/{kind.plural}/{{name}}",
        )
        found[collection] = _operations(kind, _COLLECTION)
        found[single] = _operations(kind, _SINGLE)
        for sub in kind.subs:
            found[f"{single}/{sub.name}"] = _subresource(kind, sub)
        if "list" in kind.verbs and kind.namespaced:
            found[f"{root}/{kind.plural}"] = _operations(kind, _EVERYWHERE)
        for path in _watched(kind, root, middle) if "watch" in kind.verbs else ():
            found[path] = {"get": _operation(kind, "get", "watch")}
    return {path: item for path, item in found.items() if item}


def _watched(kind: Kind, root: str, middle: str) -> Iterator[str]:
    """The older paths of watches."""
    if middle:
        yield f"{root}/watch/{kind.plural}"
    yield f"{root}/watch{middle}/{kind.plural}"
    yield f"{root}/watch{middle}/{kind.plural}/{{name}}"


def _operations(kind: Kind, methods: Iterable[tuple[str, str, str]]) -> Object:
    return {
        method: _operation(kind, method, action)
        for method, verb, action in methods
        if verb in kind.verbs
    }


def _subresource(kind: Kind, sub: Sub) -> Object:
    """Operations of a subresource, whose objects may be of another kind."""
    seen = Kind(
        sub.group if sub.group or sub.version else kind.group,
        sub.version or kind.version,
        kind.plural,
        sub.kind or kind.kind,
    )
    methods = (_METHODS[verb] for verb in sub.verbs)
    return {m: _operation(seen, m, m, f"{kind.kind}{sub.name.capitalize()}") for m in methods}


def described() -> Object:
    """What tells which resources there are."""
    return {
        "operationId": "getAPIResources",
        "parameters": [],
        "responses": {"200": {"description": "OK"}},
    }


def _operation(kind: Kind, method: str, action: str, name: str = "") -> Object:
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
        for name in (_QUERY if method not in ("get", "delete") else ())
    ]
    return {
        "operationId": f"{action}{name or kind.kind}",
        "parameters": parameters,
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": gvk(kind),
    }


def gvk(kind: Kind) -> Object:
    """Group, version and kind."""
    return {"group": kind.group, "kind": kind.kind, "version": kind.version}
