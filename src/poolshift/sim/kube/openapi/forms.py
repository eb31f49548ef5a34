"""Whether what a client sends has the form of its type, in the words of Go's decoder."""

from __future__ import annotations

import base64
import binascii
import re
from operator import is_
from typing import TYPE_CHECKING, Any

from poolshift.core.errors import UsageError
from poolshift.semantics.quantities import parse
from poolshift.sim.kube import errors
from poolshift.sim.kube.objects import pruned
from poolshift.sim.kube.openapi.types import FieldType, Type, type_of, types

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.sim.kube.openapi.sound import Sound
    from poolshift.sim.kube.resources import Kind

NO_QUANTITY = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)
_TIME_FORM = "2006-01-02T15:04:05Z07:00"
_TIME = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?"
    r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_INT32, _INT64 = 2**31, 2**63
# The longest number that a quantity is written with; a server caps what is larger.
_LONGEST_AMOUNT = 64


# Types that say all that there is to say of a value.
_EXACT: dict[str, type] = {"text": str, "bool": bool, "object": dict}


class FormError(ValueError):
    """A value that cannot be decoded; its text is what the decoder says."""


def formed(kind: Kind, obj: dict[str, Any], sound: Sound | None = None) -> dict[str, Any]:
    """The object with amounts as text; kinds without a type keep everything.

    Args:
        kind: what it is.
        obj: as a client or a controller sends it.
        sound: parts that are known to need no look; what needs none is noted there.

    Raises:
        FormError: a field holds something else than its type says.
    """
    found = type_of(kind)
    if found is None:
        return _custom(obj)
    rest = {name: value for name, value in obj.items() if name not in ("apiVersion", "kind")}
    return {**obj, **_object(found, rest, "", sound)}


def formed_as(name: str, body: Any) -> dict[str, Any]:
    """The body as a type that is stored nowhere, without nulls; the server's 400 otherwise."""
    if not isinstance(body, dict):
        raise errors.bad_request(f"the object provided is unrecognized (must be of type {name})")
    try:
        return _object(types()[name], pruned(body), "")
    except FormError as cause:
        message = f'{name} in version "v1" cannot be handled as a {name}: {cause}'
        raise errors.bad_request(message) from cause


def _custom(obj: dict[str, Any]) -> dict[str, Any]:
    """What holds for objects without a type of their own: metadata as any, parts are objects."""
    meta = types()["ObjectMeta"]
    for name in ("spec", "status"):
        if name in obj and not isinstance(obj[name], dict):
            raise _mismatch(obj[name], f"Object.{name}", "map[string]interface {}")
    return {**obj, "metadata": _object(meta, obj.get("metadata", {}), "metadata")}


def _object(
    type_: Type, value: dict[str, Any], path: str, sound: Sound | None = None
) -> dict[str, Any]:
    if sound is not None and sound.has(value, type_.name):
        return value
    changed: dict[str, Any] = {}
    for name, inner in value.items():
        field = type_.fields.get(name)
        if field is None or inner is None or _EXACT.get(field.type) is type(inner):
            continue
        at = f"{path}.{name}" if path else name
        now = _field(field, inner, type_.name, at, sound)
        if now is not inner:
            changed[name] = now
    if changed:
        return {**value, **changed}
    if sound is not None:
        sound.note(value, type_.name)
    return value


def _field(field: FieldType, value: Any, owner: str, path: str, sound: Sound | None) -> Any:
    if field.many == "[":
        if not isinstance(value, list):
            raise _mismatch(value, f"{owner}.{path}", f"[]{_go(field.inner)}")
        new = [_one(field.inner, v, owner, path, sound) for v in value]
        return value if all(map(is_, value, new)) else new
    if field.many == "{":
        if not isinstance(value, dict):
            raise _mismatch(value, f"{owner}.{path}", f"map[string]{_go(field.inner)}")
        found = {k: _one(field.inner, v, owner, path, sound) for k, v in value.items()}
        return value if all(map(is_, value.values(), found.values())) else found
    return _one(field.inner, value, owner, path, sound)


def _one(name: str, value: Any, owner: str, path: str, sound: Sound | None) -> Any:
    inner = types().get(name)
    if inner is None:
        return _SCALARS[name](value, f"{owner}.{path}")
    if not isinstance(value, dict):
        raise _mismatch(value, f"{owner}.{path}", f"v1.{name}")
    return _object(inner, value, path, sound)


def _go(name: str) -> str:
    return {"text": "string", "int": "int32", "long": "int64", "amount": "resource.Quantity"}.get(
        name, name if name in _SCALARS else f"v1.{name}"
    )


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "bool"
        case str():
            return "string"
        case int() | float():
            return f"number {value!r}"[:60] if isinstance(value, float) else "number"
        case list():
            return "array"
        case _:
            return "object"


def _mismatch(value: Any, place: str, wanted: str) -> FormError:
    return FormError(
        f"json: cannot unmarshal {_shown(value)} into Go struct field {place} of type {wanted}"
    )


def _text(value: Any, place: str) -> Any:
    if not isinstance(value, str):
        raise _mismatch(value, place, "string")
    return value


def _bool(value: Any, place: str) -> Any:
    if not isinstance(value, bool):
        raise _mismatch(value, place, "bool")
    return value


def _whole(most: int, wanted: str) -> Callable[[Any, str], Any]:
    def check(value: Any, place: str) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise _mismatch(value, place, wanted)
        if not -most <= value < most:
            text = f"number {value}"[:60]
            raise FormError(
                f"json: cannot unmarshal {text} into Go struct field {place} of type {wanted}"
            )
        return value

    return check


def quantity(value: Any) -> str:
    """An amount as text; FormError where it is none."""
    text = str(value)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (number or isinstance(value, str)) or len(text) > _LONGEST_AMOUNT:
        raise FormError(NO_QUANTITY)
    try:
        parse(text)
    except UsageError as cause:
        raise FormError(NO_QUANTITY) from cause
    return text


def _amount(value: Any, place: str) -> Any:
    return quantity(value)


def _int_or_text(value: Any, place: str) -> Any:
    if isinstance(value, str):
        return value
    return _whole(_INT32, "int32")(value, place)


def _time(value: Any, place: str) -> Any:
    text = _text(value, place)
    if not _TIME.fullmatch(text):
        raise FormError(f'parsing time "{text}" as "{_TIME_FORM}": cannot parse "{text}" as "2006"')
    return value


def _bytes(value: Any, place: str) -> Any:
    try:
        base64.b64decode(_text(value, place), validate=True)
    except (binascii.Error, ValueError) as cause:
        raise FormError("illegal base64 data at input byte 0") from cause
    return value


def _mapping(value: Any, place: str) -> Any:
    if not isinstance(value, dict):
        raise _mismatch(value, place, "map[string]interface {}")
    return value


def _any(value: Any, place: str) -> Any:
    return value


_SCALARS: dict[str, Callable[[Any, str], Any]] = {
    "text": _text,
    "int": _whole(_INT32, "int32"),
    "long": _whole(_INT64, "int64"),
    "bool": _bool,
    "amount": _amount,
    "int-or-text": _int_or_text,
    "time": _time,
    "bytes": _bytes,
    "object": _mapping,
    "any": _any,
}
