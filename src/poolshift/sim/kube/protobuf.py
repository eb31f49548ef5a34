"""A reader for the few protobuf bodies that kubectl has no JSON form of.

Newer kubectl sends SelfSubjectAccessReview as protobuf and does not fall back. Field numbers are
those of the Kubernetes API's own .proto files; what is not needed is skipped.
"""

from __future__ import annotations

from typing import Any

from poolshift.sim.kube import errors

MEDIA = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\0"
_ATTRIBUTES = {
    1: "namespace",
    2: "verb",
    3: "group",
    4: "version",
    5: "resource",
    6: "subresource",
    7: "name",
}
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def access_review(content: bytes) -> dict[str, Any] | None:
    """A SelfSubjectAccessReview as an object; None when the body is of another kind."""
    if not content.startswith(_MAGIC):
        return None
    try:
        envelope = _fields(content[len(_MAGIC) :])
        kind = _fields(envelope.get(1, b"")).get(2, b"").decode()
        if kind != "SelfSubjectAccessReview":
            return None
        spec = _fields(_fields(envelope.get(2, b"")).get(2, b""))
        asked = _fields(spec.get(1, b""))
        attributes = {
            name: asked[number].decode() for number, name in _ATTRIBUTES.items() if number in asked
        }
    except (IndexError, UnicodeDecodeError, ValueError) as cause:
        raise errors.bad_request("the protobuf body cannot be read") from cause
    return {
        "kind": kind,
        "apiVersion": "authorization.k8s.io/v1",
        "spec": {"resourceAttributes": {k: v for k, v in attributes.items() if v}},
    }


def _fields(content: bytes) -> dict[int, bytes]:
    """The length-delimited fields of a message by number; the last of a number wins."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(content):
        tag, at = _varint(content, at)
        number, form = tag >> 3, tag & 7
        if form == _VARINT:
            _, at = _varint(content, at)
        elif form == _BYTES:
            size, at = _varint(content, at)
            if at + size > len(content):
                raise ValueError("a field is cut off")
            found[number] = content[at : at + size]
            at += size
        elif form in (_FIXED64, _FIXED32):
            at += 8 if form == _FIXED64 else 4
        else:
            raise ValueError("an unknown wire type")
    return found


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
