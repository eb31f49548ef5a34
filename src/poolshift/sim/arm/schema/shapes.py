"""Whether a request's body has the types that the AKS provider reads.

The service decodes a body before it looks at it: a field of the wrong type, or one that it does
not know, is refused before any rule is asked. Fields of previews are known by no stable document,
so a preview api-version may bring any.
"""

from __future__ import annotations

import functools
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec

from poolshift.sim.arm.problems import ArmProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

POOL = "AgentPool"
CLUSTER = "ManagedCluster"
MAINTENANCE = "MaintenanceConfiguration"
SNAPSHOT = "Snapshot"
TAGS = "TagsObject"
DELETE_MACHINES = "AgentPoolDeleteMachinesParameter"

_LARGEST = 2**31 - 1
_GO_KINDS = {dict: "object", list: "array", str: "string", bool: "bool"}
_GO_TYPES = {"string": "string", "integer": "int32", "number": "float32", "boolean": "bool"}


def check_shape(model: str, body: Any, api_version: str) -> None:
    """Refuse a body that the provider could not decode.

    Args:
        model: the type of the whole body, one of this module's names.
        body: decoded JSON.
        api_version: of the request; previews may carry fields that nothing describes.
    """
    if not isinstance(body, dict):
        raise _unreadable(f"json: cannot unmarshal {_kind(body)} into Go value of type {model}")
    _check_model(model, body, model, strict="preview" not in api_version.lower())


@functools.cache
def _models() -> Mapping[str, Mapping[str, str]]:
    data = resources.files("poolshift.sim.arm.schema") / "types.json"
    return msgspec.json.decode(data.read_bytes(), type=dict[str, dict[str, str]])


def _check_model(model: str, value: dict[str, Any], where: str, *, strict: bool) -> None:
    fields = _models()[model]
    # Go takes the names of fields in any case; clients send some of them so.
    lower = {name.lower(): type_ for name, type_ in fields.items()}
    for name, inner in value.items():
        type_ = fields.get(name) or lower.get(name.lower())
        if type_ is not None:
            _check(type_, inner, f"{where}.{name}", strict=strict)
        elif strict:
            raise _unreadable(
                f'json: unknown field "{name[:100]}" Check that the field is in the right '
                "location, is spelled correctly, and is supported in the API version. Visit "
                "aka.ms/aks/apiversions for more API version information."
            )


def _check(type_: str, value: Any, where: str, *, strict: bool) -> None:
    if value is None or type_ == "any":
        return
    if type_ in _GO_TYPES:
        if not _fits(type_, value):
            raise _mismatch(value, where, _GO_TYPES[type_])
    elif type_[0] == "[":
        if not isinstance(value, list):
            raise _mismatch(value, where, "[]" + type_[1:-1])
        for one in value:
            _check(type_[1:-1], one, where, strict=strict)
    elif not isinstance(value, dict):
        raise _mismatch(value, where, type_)
    elif type_[0] == "{":
        for key, one in value.items():
            _check(type_[1:-1], one, f"{where}.{key}", strict=strict)
    else:
        _check_model(type_, value, where, strict=strict)


def _fits(type_: str, value: Any) -> bool:
    if isinstance(value, bool):
        return type_ == "boolean"
    if type_ == "string":
        return isinstance(value, str)
    if type_ == "integer":
        return isinstance(value, int) and abs(value) <= _LARGEST
    return type_ == "number" and isinstance(value, int | float)


def _kind(value: Any) -> str:
    return _GO_KINDS.get(type(value), f"number {value}"[:60])


def _mismatch(value: Any, where: str, wanted: str) -> ArmProblem:
    return _unreadable(
        f"json: cannot unmarshal {_kind(value)} into Go struct field {where[:200]} of type {wanted}"
    )


def _unreadable(why: str) -> ArmProblem:
    return ArmProblem(400, "UnmarshalError", f"UnmarshalEntity encountered error: {why}.")
