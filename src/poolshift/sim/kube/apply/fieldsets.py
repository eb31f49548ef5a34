"""Sets of field paths: which fields an object states, which differ, and their wire form.

A path is a tuple of steps as FieldsV1 writes them: `f:NAME` a field, `k:{...}` an element of a
list by its key, `v:VALUE` an element of a set. A set of paths is a frozenset of those tuples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.kube.apply import shapes

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str, ...]
Fields = frozenset[Path]
NONE: Fields = frozenset()
_SELF = "."
# Fields that the server itself keeps: nobody owns them.
OURS = (
    ("f:apiVersion",),
    ("f:kind",),
    *(
        ("f:metadata", f"f:{name}")
        for name in (
            "name",
            "namespace",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "selfLink",
            "managedFields",
            "clusterName",
        )
    ),
)


def key_step(key: tuple[tuple[str, Any], ...]) -> str:
    """The step to an element of a list that is a map."""
    return "k:" + msgspec.json.encode(dict(sorted(key))).decode()


def value_step(value: Any) -> str:
    """The step to an element of a set."""
    return "v:" + msgspec.json.encode(value).decode()


def owned_by_nobody(path: Path) -> bool:
    """Whether a path is one of the server's own fields."""
    return path[:1] in OURS or path[:2] in OURS


def leaves(value: Any, kind: str, path: Path = ()) -> Iterator[tuple[Path, Any, bool]]:
    """Every path of a value with what stands there, and whether that is a container of others.

    Structs that every object has are walked through without being given.
    """
    name = path[-1][2:] if path and path[-1].startswith("f:") else ""
    if isinstance(value, dict) and value and not shapes.whole(path[:-1], name):
        if path and name not in shapes.STRUCTS:
            yield path, value, True
        for key, inner in value.items():
            yield from leaves(inner, kind, (*path, f"f:{key}"))
    elif isinstance(value, list) and shapes.is_set(name):
        yield path, value, True
        for item in value:
            yield (*path, value_step(item)), item, False
    elif isinstance(value, list) and (keys := shapes.keys_of(kind, name, value)) is not None:
        yield path, value, True
        for item in value:
            yield from _element(item, kind, (*path, key_step(shapes.element_key(keys, item))))
    elif path:
        yield path, value, False


def _element(item: dict[str, Any], kind: str, path: Path) -> Iterator[tuple[Path, Any, bool]]:
    """An element of a list that is a map: itself, and its fields unless it is one value."""
    yield path, item, True
    if not path[-1].startswith('k:{"uid"'):
        for key, inner in item.items():
            yield from leaves(inner, kind, (*path, f"f:{key}"))


def _map(obj: dict[str, Any], part: str | None) -> dict[Path, tuple[Any, bool]]:
    body = obj if part is None else {part: obj.get(part, {})}
    kind = str(obj.get("kind", ""))
    return {
        path: (value, holds)
        for path, value, holds in leaves(body, kind)
        if not owned_by_nobody(path)
    }


def stated(obj: dict[str, Any]) -> Fields:
    """What an applied configuration owns: leaves, and the elements of lists themselves."""
    return frozenset(
        path for path, (_, holds) in _map(obj, None).items() if not holds or path[-1][0] == "k"
    )


def present(obj: dict[str, Any], part: str | None = None) -> Fields:
    """Every path that an object has, containers too, of one part of it or of all."""
    return frozenset(_map(obj, part))


def changed(old: dict[str, Any], new: dict[str, Any]) -> tuple[Fields, Fields]:
    """Paths that are new or hold something else now, and paths that are gone."""
    before, after = _map(old, None), _map(new, None)
    differing = frozenset(
        path
        for path, (value, holds) in after.items()
        if path not in before or (not (holds and before[path][1]) and before[path][0] != value)
    )
    return differing, frozenset(path for path in before if path not in after)


def encode(fields: Fields) -> dict[str, Any]:
    """The FieldsV1 form."""
    root: dict[str, Any] = {}
    for path in sorted(fields):
        node = root
        for step in path:
            node = node.setdefault(step, {})
        node[_SELF] = {}
    return _without_lone_selves(root)


def _without_lone_selves(node: dict[str, Any]) -> dict[str, Any]:
    if set(node) == {_SELF}:
        return {}
    ordered = sorted(node, key=lambda step: (step != _SELF, step))
    return {step: _without_lone_selves(node[step]) for step in ordered}


def decode(node: Any, path: Path = ()) -> Fields:
    """The paths of a FieldsV1 value; what cannot be read is left out."""
    if not isinstance(node, dict):
        return NONE
    if not node:
        return frozenset({path}) if path else NONE
    found: set[Path] = set()
    for step, inner in node.items():
        if step == _SELF:
            found.add(path)
        elif _readable(step):
            found |= decode(inner, (*path, step))
    return frozenset(found)


def _readable(step: str) -> bool:
    """Whether a step names a field, an element by its key, or a value."""
    form, _, rest = step.partition(":")
    try:
        if form == "k":
            return isinstance(msgspec.json.decode(rest), dict)
        return form == "f" or (form == "v" and msgspec.json.decode(rest) is not ...)
    except msgspec.DecodeError:
        return False


def dotted(path: Path) -> str:
    """A path as conflicts print it: `.spec.containers[name="web"].image`."""
    text = ""
    for step in path:
        form, _, rest = step.partition(":")
        if form == "f":
            text += f".{rest}"
        elif form == "k":
            keys: dict[str, Any] = msgspec.json.decode(rest, type=dict[str, Any])
            pairs = (f"{k}={msgspec.json.encode(v).decode()}" for k, v in keys.items())
            text += f"[{','.join(pairs)}]"
        else:
            text += f"[={rest}]"
    return text
