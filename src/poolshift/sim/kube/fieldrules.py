"""What is wrong with an object's fields: a walk through its type with the rules of each part.

The parent of the rules beside it: `fieldtables` has what can be said in a table, `labelrules` and
`partrules` what takes more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from poolshift.semantics.quantities import parse
from poolshift.sim.kube.errors import (
    Problem,
    invalid_value,
    required_value,
    unsupported_value,
)
from poolshift.sim.kube.fieldtables import (
    CHOICES,
    DNS_LABELS,
    LEAST,
    MOST_PORT,
    PORTS,
    REQUIRED,
    SHARES,
)
from poolshift.sim.kube.labelrules import MOST_LABEL
from poolshift.sim.kube.openapi.types import FieldType, Type, type_of, types
from poolshift.sim.kube.partrules import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.sim.kube.objects import Object
    from poolshift.sim.kube.openapi.sound import Sound
    from poolshift.sim.kube.resources import Kind

# Every field with a rule of its own.
_RULED = frozenset({*CHOICES, *LEAST, *SHARES, *PORTS, *DNS_LABELS})
_PERCENT = re.compile(r"[0-9]+%")
_NO_PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or "
    "'93%', regex used for validation is '[0-9]+%')"
)
_NEGATIVE = "must be greater than or equal to 0"
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_DNS_PROBLEM = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)


def problems(kind: Kind, obj: Object, sound: Sound | None = None) -> list[Problem]:
    """What is wrong with an object's fields; kinds without a type have their metadata alone.

    Args:
        kind: what it is.
        obj: the object.
        sound: parts that are known to be right; what is right is noted there.
    """
    found = type_of(kind)
    if found is None:
        return list(_of_type(types()["ObjectMeta"], obj["metadata"], "metadata", sound))
    return list(_of_type(found, obj, "", sound))


def _of_type(type_: Type, value: Object, path: str, sound: Sound | None) -> Iterator[Problem]:
    if sound is None:
        yield from _looked_through(type_, value, path, None)
    elif not sound.has(value, type_.name):
        found = list(_looked_through(type_, value, path, sound))
        if not found:
            sound.note(value, type_.name)
        yield from found


def _looked_through(
    type_: Type, value: Object, path: str, sound: Sound | None
) -> Iterator[Problem]:
    for name in REQUIRED.get(type_.name, ()):
        if value.get(name) in (None, "", [], {}):
            yield required_value(_at(path, name))
    check = WHOLE.get(type_.name)
    if check is not None:
        yield from check(value, path)
    known = types()
    for name, inner in value.items():
        field = type_.fields.get(name)
        if field is None or inner is None:
            continue
        typed = known.get(field.inner)
        if typed is None:
            if (type_.name, name) not in _RULED and field.type != "{amount}":
                continue
            yield from _of_value(type_.name, name, field, inner, _at(path, name))
        else:
            yield from _of_field(typed, field, inner, _at(path, name), sound)


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _of_field(
    inner: Type, field: FieldType, value: Any, path: str, sound: Sound | None
) -> Iterator[Problem]:
    if field.many == "[":
        for n, one in enumerate(value):
            if isinstance(one, dict):
                yield from _of_type(inner, one, f"{path}[{n}]", sound)
    elif field.many == "{":
        for key, one in value.items():
            yield from _of_type(inner, one, f"{path}[{key}]", sound)
    else:
        yield from _of_type(inner, value, path, sound)


def _of_value(owner: str, name: str, field: FieldType, value: Any, path: str) -> Iterator[Problem]:
    place = (owner, name)
    if place in CHOICES:
        if value not in ("", *CHOICES[place]):
            yield unsupported_value(path, value, CHOICES[place])
    elif place in LEAST:
        yield from _at_least(value, LEAST[place], path)
    elif place in SHARES:
        yield from _share(value, path, bounded=SHARES[place])
    elif place in PORTS:
        if not (0 if name == "hostPort" else 1) <= value <= MOST_PORT:
            problem = f"must be between 1 and {MOST_PORT}, inclusive"
            yield invalid_value(path, value, problem)
    elif place in DNS_LABELS:
        if value and not (_DNS_LABEL.fullmatch(value) and len(value) <= MOST_LABEL):
            yield invalid_value(path, value, _DNS_PROBLEM)
    elif field.type == "{amount}":
        yield from _amounts(value, path)


def _at_least(value: int, least: int, path: str) -> Iterator[Problem]:
    if value < least:
        yield invalid_value(path, value, f"must be greater than or equal to {least}")


def _share(value: int | str, path: str, *, bounded: bool) -> Iterator[Problem]:
    if isinstance(value, int):
        yield from _at_least(value, 0, path)
    elif not _PERCENT.fullmatch(value):
        yield invalid_value(path, value, _NO_PERCENT)
    elif bounded and (len(value) > len("100%") or int(value[:-1]) > 100):
        yield invalid_value(path, value, "must not be greater than 100%")


def _amounts(amounts: dict[str, Any], path: str) -> Iterator[Problem]:
    for name, text in amounts.items():
        if parse(str(text)) < 0:
            yield invalid_value(f"{path}[{name}]", text, _NEGATIVE)
