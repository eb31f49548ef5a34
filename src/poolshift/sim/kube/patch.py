"""The three patches of the API: merge, JSON patch, strategic merge.

All take a document and give a new one; neither argument is changed.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from poolshift.core.ports import PatchKind
from poolshift.sim.kube import errors

if TYPE_CHECKING:
    from poolshift.core.errors import ApiError
    from poolshift.sim.kube.objects import Object

# Merge keys of the lists that strategic merge treats as maps, by field name. A field name that
# has two (a container's ports, a Service's ports) lists both; the elements tell which.
MERGE_KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "ports": ("containerPort", "port"),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey",),
    "ownerReferences": ("uid",),
    "conditions": ("type",),
    "addresses": ("type",),
    "secrets": ("name",),
    "podIPs": ("ip",),
    "hostIPs": ("ip",),
    "resourceClaims": ("name",),
}
# Lists of plain values that merge as sets.
MERGE_SETS = frozenset({"finalizers"})

_DIRECTIVE = "$patch"
_ORDER = "$setElementOrder/"
_FROM_LIST = "$deleteFromPrimitiveList/"
_RETAIN = "$retainKeys"


def merge(document: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7386): null deletes, objects merge, the rest replaces."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


def strategic(document: Any, patch: dict[str, Any]) -> dict[str, Any]:
    """A strategic merge patch, with the directives that kubectl sends."""
    _check_directives(patch)
    directive = patch.get(_DIRECTIVE)
    if directive == "replace":
        return _plain(patch)
    if directive == "delete":
        return {}
    result: dict[str, Any] = dict(document) if isinstance(document, dict) else {}
    if _RETAIN in patch:
        result = {k: v for k, v in result.items() if k in patch[_RETAIN]}
    for name, value in patch.items():
        if name.startswith(_FROM_LIST):
            field = name.removeprefix(_FROM_LIST)
            held = result.get(field)
            result[field] = [v for v in held if v not in value] if isinstance(held, list) else []
        elif not name.startswith("$"):
            _apply(result, name, value, patch.get(_ORDER + name))
    return result


def _check_directives(patch: dict[str, Any]) -> None:
    """400 for a directive that is none, in the words of Kubernetes' patch library."""
    directive = patch.get(_DIRECTIVE, "merge")
    if directive not in ("merge", "replace", "delete"):
        raise errors.bad_request(f"Unknown patch type: {directive} found")
    for name, value in patch.items():
        for prefix, what in _LISTED.items():
            if name.startswith(prefix) and not isinstance(value, list):
                raise errors.bad_request(f"invalid patch format of {what}")


_LISTED = {
    _RETAIN: "retainKeys",
    _ORDER: "setElementOrder list",
    _FROM_LIST: "primitive list",
}


def _plain(patch: dict[str, Any]) -> dict[str, Any]:
    return {k: copy.deepcopy(v) for k, v in patch.items() if not k.startswith("$")}


def _apply(result: dict[str, Any], name: str, value: Any, order: list[Any] | None) -> None:
    """Put one field of a strategic patch into the result."""
    if value is None:
        result.pop(name, None)
    elif isinstance(value, dict):
        result[name] = strategic(result.get(name), value)
    elif isinstance(value, list):
        old = result.get(name)
        result[name] = _merge_list(name, old if isinstance(old, list) else [], value, order)
    else:
        result[name] = value


def _merge_list(name: str, old: list[Any], new: list[Any], order: list[Any] | None) -> list[Any]:
    if name in MERGE_SETS:
        return old + [v for v in new if v not in old]
    key = _merge_key(name, old, new)
    if key is None:
        return copy.deepcopy(new)
    if any(v.get(_DIRECTIVE) == "replace" for v in new):
        return [_plain(v) for v in new if _DIRECTIVE not in v]
    merged: dict[Any, Any] = {v.get(key): v for v in old}
    for value in new:
        if value.get(_DIRECTIVE) == "delete":
            merged.pop(value.get(key), None)
        else:
            merged[value.get(key)] = strategic(merged.get(value.get(key)), value)
    return _ordered(merged, key, order)


def _merge_key(name: str, old: list[Any], new: list[Any]) -> str | None:
    """The merge key that all elements carry; None for a list that is replaced whole."""
    for key in MERGE_KEYS.get(name, ()):
        if all(_has_key(v, key) for v in (*old, *new)):
            return key
    return None


def _has_key(value: Any, key: str) -> bool:
    """Whether an element can be found by a key; a directive needs none."""
    if not isinstance(value, dict):
        return False
    return isinstance(value.get(key), (str, int)) or (key not in value and _DIRECTIVE in value)


def _ordered(merged: dict[Any, Any], key: str, order: list[Any] | None) -> list[Any]:
    """Elements in the order that the patch asks for, those it doesn't name last."""
    if not order:
        return list(merged.values())
    names = [v.get(key) if isinstance(v, dict) else v for v in order]
    place = {name: index for index, name in enumerate(names) if isinstance(name, (str, int))}
    return [merged[name] for name in sorted(merged, key=lambda n: place.get(n, len(place)))]


def json_patch(document: Any, operations: Any) -> Any:
    """A JSON patch (RFC 6902); a test that fails or a path that isn't there is the server's 422."""
    if not isinstance(operations, list):
        raise errors.bad_request("json: cannot unmarshal object into Go value of type []Operation")
    result = copy.deepcopy(document)
    for operation in operations:
        try:
            result = _operate(result, operation)
        except (KeyError, IndexError, ValueError, TypeError, AttributeError) as cause:
            raise _rejected() from cause
    return result


def _rejected() -> ApiError:
    message = "the server rejected our request due to an error in our request"
    return errors.failure(422, "Invalid", message, {})


def _operate(document: Any, operation: dict[str, Any]) -> Any:
    path = _pointer(operation["path"])
    match operation["op"]:
        case "add":
            return _add(document, path, operation["value"])
        case "remove":
            return _remove(document, path)[0]
        case "replace":
            return _add(_remove(document, path)[0], path, operation["value"])
        case "test":
            if _read(document, path) != operation["value"]:
                raise ValueError(path)
            return document
        case "copy":
            value = copy.deepcopy(_read(document, _pointer(operation["from"])))
            return _add(document, path, value)
        case "move":
            document, value = _remove(document, _pointer(operation["from"]))
            return _add(document, path, value)
        case unknown:
            raise ValueError(unknown)


def _pointer(text: Any) -> list[str]:
    """The reference tokens of a JSON pointer."""
    if not isinstance(text, str):
        raise TypeError(text)
    if text and not text.startswith("/"):
        raise ValueError(text)
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _read(document: Any, path: list[str]) -> Any:
    for part in path:
        document = (
            document[_index(part, document)] if isinstance(document, list) else document[part]
        )
    return document


def _index(part: str, items: list[Any], *, room: int = 0) -> int:
    index = int(part)
    if not 0 <= index < len(items) + room:
        raise IndexError(part)
    return index


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    holder, last = _read(document, path[:-1]), path[-1]
    if isinstance(holder, list):
        holder.insert(len(holder) if last == "-" else _index(last, holder, room=1), value)
    elif isinstance(holder, dict):
        holder[last] = value
    else:
        raise TypeError(last)
    return document


def _remove(document: Any, path: list[str]) -> tuple[Any, Any]:
    if not path:
        return None, document
    holder, last = _read(document, path[:-1]), path[-1]
    if isinstance(holder, list):
        return document, holder.pop(_index(last, holder))
    return document, holder.pop(last)


_OF_OBJECTS = {PatchKind.MERGE: merge, PatchKind.STRATEGIC: strategic}


def patched(old: Object, body: Any, form: PatchKind) -> Object:
    """The object after a patch, unchecked."""
    if form is PatchKind.JSON:
        result: Object = json_patch(old, body)
        return result
    if not isinstance(body, dict):
        raise errors.bad_request("the patch is not an object")
    return copy.copy(_OF_OBJECTS[form](old, body))
