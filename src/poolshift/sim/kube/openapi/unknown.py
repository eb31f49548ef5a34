"""Fields that a type does not have: found, named, and left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.kube.openapi.types import Type, type_of, types

if TYPE_CHECKING:
    from poolshift.sim.kube.openapi.types import FieldType
    from poolshift.sim.kube.resources import Kind

_HEAD = ("apiVersion", "kind")


def known_part(kind: Kind, body: Any) -> tuple[Any, list[str]]:
    """The body without the fields that its type lacks, and their paths in order.

    Kinds without a type in the table, as all custom ones, keep everything.
    """
    found = type_of(kind)
    if found is None or not isinstance(body, dict):
        return body, []
    strange: list[str] = []
    head = {name: body[name] for name in body if name in _HEAD}
    rest = {name: value for name, value in body.items() if name not in _HEAD}
    kept = _of_type(found, rest, "", strange)
    return ({**head, **kept} if strange else body), strange


def _of_type(type_: Type, value: Any, path: str, strange: list[str]) -> Any:
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, inner in value.items():
        field = type_.fields.get(name)
        at = f"{path}.{name}" if path else name
        if field is not None:
            kept[name] = _of_field(field, inner, at, strange)
        elif type_.open or name.startswith("$"):
            kept[name] = inner
        else:
            strange.append(at)
    return kept


def _of_field(field: FieldType, value: Any, path: str, strange: list[str]) -> Any:
    inner = types().get(field.inner)
    if inner is None:
        return value
    if field.many == "[" and isinstance(value, list):
        return [_of_type(inner, one, f"{path}[{n}]", strange) for n, one in enumerate(value)]
    if field.many == "{" and isinstance(value, dict):
        return {k: _of_type(inner, one, f"{path}.{k}", strange) for k, one in value.items()}
    return _of_type(inner, value, path, strange)
