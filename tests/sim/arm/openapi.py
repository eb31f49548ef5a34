"""What the published descriptions of the AKS provider say of an answer: keys, types, enumerations.

Two sources, joined by the names of their types: the OpenAPI document of 2024-09-01, and the models
of 2026-08-01 as derived from the SDK. A key is known when one of both has it; a value is right when
one of both allows it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

WIRE = Path(__file__).parents[4] / "shared" / "wire" / "openapi"
ABSENT = f"the descriptions of the AKS provider are not at {WIRE}"
_SWAGGER = WIRE / "swagger-2024-09-01"
_MAIN = (
    "containerservice__resource-manager__Microsoft.ContainerService__aks__stable__2024-09-01__"
    "managedClusters.json"
)
_DERIVED = WIRE / "sdk-derived-2026-08-01.json"
_UNION = re.compile(r"Union\[str, (\w+)\]")
_SCALARS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_TEXTS = frozenset({"bytes", "datetime.datetime", "datetime.date"})

# What the service answers and neither source has, each with where that was seen.
BESIDE = frozenset(
    {
        # Every recorded flat error has it (../shared/wire/arm.md, section 5).
        "subcode",
    }
)


def there() -> bool:
    return (_SWAGGER / _MAIN).exists() and _DERIVED.exists()


@dataclass(frozen=True)
class Swagger:
    """A place in an OpenAPI document."""

    file: str
    node: Any

    def __hash__(self) -> int:
        return id(self.node)


@dataclass(frozen=True)
class Derived:
    """A type expression of the derived models, without Optional."""

    text: str


Kind = Swagger | Derived


@cache
def _document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_SWAGGER / name).read_text("utf-8"))
    return found


@cache
def _derived() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_DERIVED.read_text("utf-8"))
    return found


def _resolved(kind: Swagger) -> list[Kind]:
    """A place, its reference followed; the derived model of the same name beside it."""
    reference = kind.node.get("$ref")
    if reference is None:
        return [kind]
    where, _, path = reference.partition("#")
    file = where.partition("specification/")[2] or where
    file = re.sub(r"^(\.\./)+", "", file).replace("/", "__") or kind.file
    node: Any = _document(file)
    for part in path.strip("/").split("/"):
        node = node[part]
    return [*_resolved(Swagger(file, node)), *_model(path.rpartition("/")[2])]


def _model(name: str) -> list[Kind]:
    return [Derived(name)] if name in _derived()["models"] else []


def answer_of(method: str, path: str) -> list[Kind]:
    """What a good answer to a method on a path holds; nothing when no operation is described."""
    wanted = _shape(path)
    for known, operations in _document(_MAIN)["paths"].items():
        if _shape(known) == wanted and method.lower() in operations:
            responses = operations[method.lower()]["responses"]
            schemas = [r["schema"] for s, r in responses.items() if s < "3" and "schema" in r]
            return [kind for s in schemas[:1] for kind in _resolved(Swagger(_MAIN, s))]
    return []


def _shape(path: str) -> str:
    """A path in lower case, its names as holes."""
    parts = path.strip("/").lower().split("/")
    named = {"subscriptions", "resourcegroups", "locations"}
    kinds = {
        *("managedclusters", "agentpools", "snapshots", "maintenanceconfigurations", "machines"),
    }
    return "/".join(
        "{}" if i and parts[i - 1] in (named | kinds) else p for i, p in enumerate(parts)
    )


def fields(kinds: list[Kind]) -> dict[str, list[Kind]]:
    """The properties of an object by name."""
    found: dict[str, list[Kind]] = {}
    for kind in kinds:
        for name, child in _fields(kind):
            found.setdefault(name, []).extend(child)
    return found


def _fields(kind: Kind) -> Iterator[tuple[str, list[Kind]]]:
    if isinstance(kind, Swagger):
        for base in kind.node.get("allOf", ()):
            for inner in _resolved(Swagger(kind.file, base)):
                yield from _fields(inner)
        for name, node in kind.node.get("properties", {}).items():
            yield name, _resolved(Swagger(kind.file, node))
        return
    model = _derived()["models"].get(kind.text)
    if model is None:
        return
    for base in model["bases"]:
        yield from _fields(Derived(base))
    for name, field in model["fields"].items():
        yield name, [_stripped(field["type"])]


def values(kinds: list[Kind]) -> list[Kind]:
    """What a map from any key holds; nothing when it is no map."""
    found: list[Kind] = []
    for kind in kinds:
        if isinstance(kind, Derived):
            if kind.text.startswith("dict[str, "):
                found.append(_stripped(kind.text[len("dict[str, ") : -1]))
        elif isinstance(kind.node.get("additionalProperties"), dict):
            found += _resolved(Swagger(kind.file, kind.node["additionalProperties"]))
    return found


def items(kinds: list[Kind]) -> list[Kind]:
    """What a list holds."""
    found: list[Kind] = []
    for kind in kinds:
        if isinstance(kind, Derived):
            if kind.text.startswith("list["):
                found.append(_stripped(kind.text[len("list[") : -1]))
        elif kind.node.get("type") == "array":
            found += _resolved(Swagger(kind.file, kind.node["items"]))
    return found


def _stripped(text: str) -> Derived:
    inner = re.fullmatch(r"Optional\[(.*)\]", text)
    return Derived(inner[1] if inner else text)


def _scalar(kind: Kind, value: Any) -> bool:
    """Whether a kind allows a text, number or boolean."""
    if isinstance(kind, Swagger):
        enum = kind.node.get("enum")
        return _is(kind.node.get("type", "any"), value) and (enum is None or value in enum)
    union = _UNION.fullmatch(kind.text)
    if union is not None:
        return value in _derived()["enums"].get(union[1], [value])
    if kind.text in _TEXTS:
        return isinstance(value, str)
    return _is(_SCALARS.get(kind.text, "any" if kind.text == "Any" else "none"), value)


def _is(name: str, value: Any) -> bool:
    if name == "any":
        return True
    if isinstance(value, bool):
        return name == "boolean"
    if isinstance(value, str):
        return name == "string"
    if isinstance(value, int):
        return name in ("integer", "number")
    return name == "number"


def problems(kinds: list[Kind], value: Any, path: str = "") -> list[str]:
    """What in a value no source knows or allows."""
    if value is None:
        return []
    if isinstance(value, dict):
        return _object(kinds, value, path)
    if isinstance(value, list):
        inner = items(kinds)
        if not inner:
            return [f"{path} is a list"]
        return [p for element in value for p in problems(inner, element, f"{path}[]")]
    if any(_scalar(kind, value) for kind in kinds):
        return []
    return [f"{path} is {value!r:.60}"]


def _object(kinds: list[Kind], value: dict[str, Any], path: str) -> list[str]:
    known, mapped = fields(kinds), values(kinds)
    if not known and not mapped:
        free = any(isinstance(k, Swagger) and k.node.get("type") == "object" for k in kinds)
        return [] if free or Derived("Any") in kinds else [f"{path} is an object"]
    found: list[str] = []
    for name, inner in value.items():
        place = f"{path}.{name}"
        if name in known:
            found += problems(known[name], inner, place)
        elif mapped:
            found += problems(mapped, inner, f"{path}.*")
        elif name not in BESIDE:
            found.append(f"{place} is not known")
    return found
