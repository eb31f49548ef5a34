"""OpenAPI version 2 as protobuf: all that kubectl before 1.29 takes, and later ones fall back to.

The messages are those of gnostic's OpenAPIv2.proto; fields are named by their numbers there. Only
what the documents of this package hold is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from poolshift.sim.kube.objects import Object

MEDIA = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_BYTES = 2
_ACTIONS = {"get": 2, "put": 3, "post": 4, "delete": 5, "patch": 8}
_EXTENSION = "x-"


def encoded(document: Object) -> bytes:
    """A version 2 document."""
    info = document["info"]
    paths = (_message(2, _named(path, _path(item))) for path, item in document["paths"].items())
    definitions = _schemas(document["definitions"])
    return b"".join(
        (
            _text(1, document["swagger"]),
            _message(2, _text(1, info["title"]), _text(2, info["version"])),
            _message(8, *paths),
            _message(9, *definitions),
        )
    )


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _message(number: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _text(number: int, value: str) -> bytes:
    return _message(number, value.encode()) if value else b""


def _truth(number: int) -> bytes:
    return _varint(number << 3) + b"\x01"


def _named(name: str, content: bytes) -> bytes:
    """A pair of a map: its name, and a message as its value."""
    return _text(1, name) + _message(2, content)


def _extensions(number: int, obj: Mapping[str, Any]) -> Iterable[bytes]:
    """Whatever begins with `x-`, as YAML; JSON is YAML, too."""
    for name, value in obj.items():
        if name.startswith(_EXTENSION):
            yield _message(number, _named(name, _text(2, msgspec.json.encode(value).decode())))


def _path(item: Object) -> bytes:
    return b"".join(
        _message(_ACTIONS[action], _operation(operation)) for action, operation in item.items()
    )


def _operation(operation: Object) -> bytes:
    answers = (
        _message(1, _named(code, _message(1, _text(1, answer["description"]))))
        for code, answer in operation["responses"].items()
    )
    return b"".join(
        (
            _text(5, operation["operationId"]),
            *(_message(8, _parameter(p)) for p in operation["parameters"]),
            _message(9, *answers),
            *_extensions(13, operation),
        )
    )


def _parameter(parameter: Object) -> bytes:
    """A parameter of the query: inside of what is no body, inside of what is no reference."""
    query = _text(2, parameter["in"]) + _text(4, parameter["name"]) + _text(6, "string")
    return _message(1, _message(2, _message(3, query)))


def _schemas(schemas: Mapping[str, Object]) -> Iterable[bytes]:
    return (_message(1, _named(name, _schema(schema))) for name, schema in schemas.items())


def _schema(schema: Object) -> bytes:
    parts = [
        _text(1, schema.get("$ref", "")),
        _text(2, schema.get("format", "")),
        _text(4, schema.get("description", "")),
    ]
    if "uniqueItems" in schema:
        parts.append(_truth(16))
    parts += [_text(19, name) for name in schema.get("required", ())]
    if "additionalProperties" in schema:
        parts.append(_message(21, _message(1, _schema(schema["additionalProperties"]))))
    if "type" in schema:
        parts.append(_message(22, _text(1, schema["type"])))
    if "items" in schema:
        parts.append(_message(23, _message(1, _schema(schema["items"]))))
    if "properties" in schema:
        parts.append(_message(25, *_schemas(schema["properties"])))
    return b"".join((*parts, *_extensions(31, schema)))
