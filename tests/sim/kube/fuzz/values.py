"""Bodies by the grammar of the API's types, and what hostile clients make of them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from poolshift.sim.kube.openapi.types import FieldType, Type, type_of, types

if TYPE_CHECKING:
    import random

    from poolshift.sim.kube.resources import Kind

_DEEPEST = 6
_NAMES = ("sample", "a", "web", "quiet-not", "b-1", "x" * 253, "x" * 254, "UPPER", "ümlaut", "a_b")
_WORDS = (
    "",
    "a",
    "app",
    "sample",
    "kubernetes.io/os",
    "kubernetes.io/hostname",
    "Always",
    "Never",
    "OnFailure",
    "RollingUpdate",
    "OnDelete",
    "Recreate",
    "Exists",
    "In",
    "NotIn",
    "Equal",
    "Gt",
    "NoSchedule",
    "NoExecute",
    "True",
    "Indexed",
    "Parallel",
    "* * * * *",
    "61 * * * *",
    "@hourly",
    "0 0 31 2 *",
    "UTC",
    "No/Where",
    "deployments",
    "Deployment",
    "pod",
    "Delete",
    "ReadWriteOnce",
    "LoadBalancer",
    "None",
    "DoNotSchedule",
    "Honor",
    "Resource",
    "cpu",
    "TCP",
    "10.0.0.1",
    "docker.io/library/nginx:1.25",
    ":",
    "@",
    "a//b:c@d",
    "\u0000",
    "\ufeff",
    "é" * 70,
    "-",
    ".",
    "x" * 64,
    "50%",
    "-5%",
    "1e9999999",
    "2022-10-15T08:00:00Z",
    "yesterday",
)
_AMOUNTS: tuple[Any, ...] = (
    "100m",
    "1",
    1,
    "1Gi",
    "64Mi",
    "0",
    "-1",
    "1e3",
    "abc",
    "1e999999999",
    "",
    "1.5.5",
    2.5,
    "9" * 400,
)
_COUNTS: tuple[Any, ...] = (0, 1, 2, 3, 5, -1, 2**31 - 1, 2**31, -(2**31), 600)
_SHARES: tuple[Any, ...] = (
    0,
    1,
    "25%",
    "50%",
    "100%",
    -1,
    "-5%",
    "abc",
    "150%",
    "%",
    "",
    "1",
    "٣%",
)
_TIMES = ("2022-10-15T08:00:00Z", "2022-10-15T08:00:00.000001Z", "yesterday", "", "9999-99-99", 5)
HOSTILE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    2**63,
    -(2**70),
    10**400,
    "",
    "x",
    "x" * 5000,
    "\u0000\ud7ff",
    [],
    [None],
    [[]],
    [0],
    ["a", "a"],
    [{}],
    {},
    {"": ""},
    {"a": None},
    {"a": {"b": {"c": []}}},
    {"$patch": "replace"},
    {"$patch": "delete"},
    {"$patch": 5},
)


def name(rng: random.Random) -> str:
    """A name, most often one that can be."""
    return rng.choice(_NAMES[:5]) if rng.random() < 0.85 else rng.choice(_NAMES)


def hostile(rng: random.Random) -> Any:
    """A value that fits nowhere."""
    if rng.random() < 0.05:
        return nested(rng.choice((5, 20, 60)))
    return copy.deepcopy(rng.choice(HOSTILE))


def nested(depth: int) -> Any:
    """Lists and maps in one another."""
    value: Any = 1
    for n in range(depth):
        value = [value] if n % 2 else {"spec": value}
    return value


def _scalar(rng: random.Random, type_: str, field: str) -> Any:
    if field == "name" and rng.random() < 0.7:
        return name(rng)
    match type_:
        case "text":
            return rng.choice(_WORDS)
        case "int" | "long":
            return rng.choice(_COUNTS[:5]) if rng.random() < 0.8 else rng.choice(_COUNTS)
        case "bool":
            return rng.random() < 0.5
        case "amount":
            return rng.choice(_AMOUNTS[:5]) if rng.random() < 0.6 else rng.choice(_AMOUNTS)
        case "int-or-text":
            return rng.choice(_SHARES)
        case "time":
            return rng.choice(_TIMES)
        case "bytes":
            return rng.choice(("YQ==", "a", "%%%"))
        case _:
            return hostile(rng)


def _of(rng: random.Random, field: FieldType, name_: str, depth: int) -> Any:
    inner = types().get(field.inner)

    def one() -> Any:
        if inner is not None:
            return typed(rng, inner, depth + 1)
        return _scalar(rng, field.inner, name_)

    if field.many == "[":
        return [one() for _ in range(rng.choice((0, 1, 1, 2)))]
    if field.many == "{":
        return {rng.choice(_WORDS): one() for _ in range(rng.choice((0, 1, 2)))}
    return one()


def typed(rng: random.Random, type_: Type, depth: int = 0) -> dict[str, Any]:
    """An object of a type with some of its fields, each of about the right form."""
    if depth > _DEEPEST:
        return {}
    share = 0.6 if depth < 2 else 0.25
    return {
        field: _of(rng, found, field, depth)
        for field, found in type_.fields.items()
        if rng.random() < share
    }


def grown(rng: random.Random, kind: Kind) -> dict[str, Any]:
    """A body of a kind from its type alone."""
    found = type_of(kind)
    body = typed(rng, found) if found is not None else {"spec": hostile(rng)}
    meta = body.get("metadata")
    body["metadata"] = {"name": name(rng)}
    if isinstance(meta, dict) and rng.random() < 0.3:
        body["metadata"] = {**meta, "name": name(rng)}
        body["metadata"].pop("finalizers", None)
    return {"apiVersion": kind.api_version, "kind": kind.kind, **body}


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    found = [at] if at else []
    inner: list[tuple[Any, Any]] = list(value.items()) if isinstance(value, dict) else []
    if isinstance(value, list):
        inner = list(enumerate(value))
    for key, one in inner:
        found += places(one, (*at, key))
    return found


def twisted(rng: random.Random, body: Any) -> Any:
    """A document with some places changed, removed or doubled."""
    result = copy.deepcopy(body)
    for _ in range(rng.choice((1, 1, 1, 1, 2, 5))):
        found = places(result)
        if not found:
            break
        *path, last = rng.choice(found)
        holder = result
        for part in path:
            holder = holder[part]
        match rng.randrange(5):
            case 0 if isinstance(holder, dict):
                del holder[last]
            case 1 if isinstance(holder, dict):
                holder[rng.choice(_WORDS)] = hostile(rng)
            case 2 if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[last]))
            case _:
                holder[last] = hostile(rng)
    return result
