"""OpenAPI documents: what clients need to explain kinds and to know which writes they may make."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.images import digest_of
from poolshift.sim.kube.openapi import binary
from poolshift.sim.kube.openapi.operations import described, gvk, paths_of
from poolshift.sim.kube.openapi.types import FieldType, Type, type_of, types
from poolshift.sim.kube.patch import MERGE_KEYS, MERGE_SETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from poolshift.sim.kube.kinds import Kind
    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.served import Served

_V3, _V2 = "#/components/schemas/", "#/definitions/"
_PLAIN: dict[str, Object] = {
    "text": {"type": "string"},
    "int": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "bool": {"type": "boolean"},
    "bytes": {"type": "string", "format": "byte"},
    "time": {"type": "string", "format": "date-time"},
    "object": {"type": "object"},
    "any": {"type": "object"},
}
# Types that stand for one value, with the names that clients print.
_VALUES: dict[str, tuple[str, Object]] = {
    "amount": ("Quantity", {"oneOf": [{"type": "string"}, {"type": "number"}]}),
    "int-or-text": (
        "IntOrString",
        {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
    ),
}


def _path(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


@cache
def index(served: Served) -> Object:
    """The index of /openapi/v3: every document with the hash of what it says."""
    return {
        "paths": {
            path: {"serverRelativeURL": f"/openapi/v3/{path}?hash={hash_of(served, path)}"}
            for path in sorted(_documents(served))
        }
    }


@cache
def hash_of(served: Served, path: str) -> str:
    """The hash of a served document."""
    text = msgspec.json.encode(document(served, path)).decode()
    return digest_of(text).removeprefix("sha256:").upper()


def document(served: Served, path: str) -> Object | None:
    """The document of a path, None for one that is not served."""
    made = _documents(served).get(path)
    return None if made is None else made()


@cache
def _documents(served: Served) -> dict[str, Callable[[], Object]]:
    """How each document is made: one a group version, and those of what lies above them."""
    general = ("api", "apis", "version", *(f"apis/{group}" for group in served.groups))
    return {
        **{path: partial(_general, path) for path in general},
        **{_path(*gv): partial(_document, served, *gv) for gv in served.group_versions},
    }


def _general(path: str) -> Object:
    """The document of a path that tells of others."""
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "unversioned"},
        "paths": {f"/{path}/": {"get": described()}},
        "components": {"schemas": {}},
    }


@cache
def _document(served: Served, group: str, version: str) -> Object:
    kinds = served.of(group, version)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "unversioned"},
        "paths": paths_of(kinds, f"/{_path(group, version)}"),
        "components": {"schemas": _schemas(kinds, _V3)},
    }


@cache
def swagger_text(served: Served) -> bytes:
    """The answer of /openapi/v2, encoded."""
    return msgspec.json.encode(swagger(served, "unversioned"))


@cache
def swagger_bytes(served: Served) -> bytes:
    """The answer of /openapi/v2 as protobuf."""
    return binary.encoded(swagger(served, "unversioned"))


@cache
def swagger(served: Served, version: str) -> Object:
    """The answer of /openapi/v2: every type, and the same operations."""
    paths: Object = {}
    for gv in served.group_versions:
        paths |= paths_of(served.of(*gv), f"/{_path(*gv)}")
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": version},
        "paths": paths,
        "definitions": _schemas(served.kinds, _V2),
    }


def _schemas(kinds: Iterable[Kind], root: str) -> Object:
    """Schemas of the kinds and of every type that they use."""
    found: Object = {}
    for kind in kinds:
        type_ = type_of(kind)
        schema = _schema(type_, root) if type_ else _unknown(kind, root)
        head = {
            name: {"type": "string", "description": said}
            for name, said in (
                ("apiVersion", "Version that the object is written in."),
                ("kind", "Kind of the object."),
            )
        }
        schema["properties"] = {**head, **schema["properties"]}
        schema["x-kubernetes-group-version-kind"] = [gvk(kind)]
        found[_named(kind.kind, kind)] = schema
        for name in _used(type_) if type_ else ("ObjectMeta", *_used(types()["ObjectMeta"])):
            found.setdefault(_named(name), _schema(types()[name], root))
    for name, schema in _VALUES.values():
        found[_named(name)] = _without_choice(schema) if root == _V2 else schema
    return found


def _without_choice(schema: Object) -> Object:
    """Version 2 has no oneOf: there such a value is a string."""
    return {"type": "string", **{k: v for k, v in schema.items() if k != "oneOf"}}


def _named(name: str, kind: Kind | None = None) -> str:
    """The name of a schema, in the manner of the server's."""
    if kind is None:
        return f"io.k8s.api.types.{name}"
    group = kind.group.partition(".")[0] or "core"
    return f"io.k8s.api.{group}.{kind.version}.{name}"


def _unknown(kind: Kind, root: str) -> Object:
    """The schema of a kind that the table lacks: metadata, and anything else."""
    return {
        "type": "object",
        "description": f"A {kind.kind} of {kind.group or 'core'}.",
        "properties": {"metadata": _reference("ObjectMeta", "Name, labels and the like.", root)},
        "x-kubernetes-preserve-unknown-fields": True,
    }


def _used(type_: Type) -> list[str]:
    """Names of the types that a type is made of, all the way down."""
    found: dict[str, None] = {}
    waiting = [type_]
    while waiting:
        for field in waiting.pop().fields.values():
            if field.inner in types() and field.inner not in found:
                found[field.inner] = None
                waiting.append(types()[field.inner])
    return list(found)


def _schema(type_: Type, root: str) -> Object:
    found: Object = {
        "type": "object",
        "description": type_.description,
        "properties": {name: _property(name, f, root) for name, f in type_.fields.items()},
    }
    if type_.open:
        found["x-kubernetes-preserve-unknown-fields"] = True
    return found


def _property(name: str, field: FieldType, root: str) -> Object:
    name_of_type = _VALUES[field.inner][0] if field.inner in _VALUES else field.inner
    refers = field.inner in _VALUES or field.inner in types()
    single: Any = {"$ref": root + _named(name_of_type)} if refers else _PLAIN[field.inner]
    if not field.many:
        if refers:
            return _reference(name_of_type, field.description, root)
        return {"description": field.description, **single}
    if field.many == "{":
        return {
            "description": field.description,
            "type": "object",
            "additionalProperties": single,
        }
    listed = {"description": field.description, "type": "array", "items": single}
    return {**listed, **_merging(name, field)}


def _reference(name: str, description: str, root: str) -> Object:
    """A property of another type; version 3 keeps a description beside a reference in allOf."""
    target = {"$ref": root + _named(name)}
    if root == _V2:
        return {"description": description, **target}
    return {"description": description, "default": {}, "allOf": [target]}


def _merging(name: str, field: FieldType) -> Object:
    """How strategic merge treats a list."""
    if name in MERGE_SETS:
        return {"x-kubernetes-patch-strategy": "merge"}
    keys = MERGE_KEYS.get(name)
    inner = types().get(field.inner)
    if keys is None or inner is None:
        return {}
    key = next((key for key in keys if key in inner.fields), None)
    if key is None:
        return {}
    return {"x-kubernetes-patch-merge-key": key, "x-kubernetes-patch-strategy": "merge"}
