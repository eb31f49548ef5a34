"""A reader for the protobuf bodies that kubectl sends, driven by the table of messages.

A body of another kind, or one with a field that the table does not have, is not read: the client
gets the 415 of a server that takes no protobuf, rather than an object that lacks something.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from poolshift.sim.kube import errors, messages
from poolshift.sim.kube.messages import MESSAGES, OBJECTS, Field

if TYPE_CHECKING:
    from collections.abc import Iterator

MEDIA = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\0"
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SIGN, _RANGE = 1 << 63, 1 << 64
_TEXT_TYPE = 1
_MOST_SHIFT = 70


class UnknownFieldError(Exception):
    """A message has a field that the table lacks."""


def read(content: bytes) -> dict[str, Any] | None:
    """The object in a body; None when it is of a kind, or has a field, that is not read."""
    if not content.startswith(_MAGIC):
        return None
    try:
        envelope = dict(fields(content[len(_MAGIC) :]))
        meta = dict(fields(_bytes(envelope.get(1, b""))))
        api_version, kind = (_bytes(meta.get(n, b"")).decode() for n in (1, 2))
        if kind not in OBJECTS:
            return None
        name = messages.OF_VERSION.get((api_version, kind), kind)
        body = _message(name, _bytes(envelope.get(2, b"")))
    except UnknownFieldError:
        return None
    except (IndexError, UnicodeDecodeError, ValueError, TypeError) as cause:
        raise errors.bad_request("the protobuf body cannot be read") from cause
    return {"kind": kind, "apiVersion": api_version, **body}


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise TypeError("a number stands where bytes belong")
    return value


def _message(name: str, content: bytes) -> dict[str, Any]:
    """A message by its table; fields without a value are left out, as JSON leaves them."""
    table = MESSAGES[name]
    found: dict[str, Any] = {}
    for number, raw in fields(content):
        field = table.get(number)
        if field is None:
            raise UnknownFieldError(f"{name} {number}")
        if field.message == messages.SKIPPED:
            continue
        value = _value(field, raw)
        if field.many and field.message.startswith(messages.MAP):
            found.setdefault(field.name, {}).update(value)
        elif field.many:
            found.setdefault(field.name, []).append(value)
        elif field.pointer or field.form == "message" or value not in ("", 0, False):
            found[field.name] = value
    return found


def _value(field: Field, raw: int | bytes) -> Any:
    match field.form:
        case "number" | "truth":
            if isinstance(raw, bytes):
                raise TypeError("bytes stand where a number belongs")
            return bool(raw) if field.form == "truth" else raw
        case "bytes":
            return base64.b64encode(_bytes(raw)).decode()
        case "text":
            return _bytes(raw).decode()
        case "message":
            return _held(field.message, _bytes(raw))


def _held(name: str, content: bytes) -> Any:
    """The value of a field that is a message: a map's pair, a number or text, or an object."""
    if name.startswith(messages.MAP):
        return _pair(name, dict(fields(content)))
    if name == messages.INT_OR_TEXT:
        found = _message(name, content)
        text = found.get("type") == _TEXT_TYPE
        return found.get("text", "") if text else found.get("number", 0)
    if name == messages.AMOUNT:
        return _message(name, content).get("amount", "0")
    return _message(name, content)


def _pair(name: str, entry: dict[int, int | bytes]) -> dict[str, Any]:
    key, value = _bytes(entry.get(1, b"")).decode(), _bytes(entry.get(2, b""))
    if name == messages.AMOUNTS:
        return {key: _message(messages.AMOUNT, value).get("amount", "0")}
    if name == messages.BINARIES:
        return {key: base64.b64encode(value).decode()}
    return {key: value.decode()}


def fields(content: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers with their values: numbers, or bytes."""
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        number, form = tag >> 3, tag & 7
        if form == _VARINT:
            value, at = _varint(content, at)
            yield number, value - _RANGE if value >= _SIGN else value
        elif form == _BYTES:
            size, at = _varint(content, at)
            if at + size > len(content):
                raise ValueError("a field is cut off")
            yield number, content[at : at + size]
            at += size
        elif form in (_FIXED64, _FIXED32):
            at += 8 if form == _FIXED64 else 4
        else:
            raise ValueError("an unknown wire type")


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if shift > _MOST_SHIFT:
            raise ValueError("a number is too long")
        if byte < 0x80:
            return value, at
