"""Request bodies: JSON, YAML, and the protobuf that kubectl sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from poolshift.sim.kube import errors, protobuf

if TYPE_CHECKING:
    from starlette.requests import Request

_WRITES = ("application/json", "application/yaml", protobuf.MEDIA)
_PATCHES = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
)


async def read_body(request: Request, kind: str = "Object") -> Any:
    """The decoded body, None when there is none; 415 for a form that is not read, 400 for noise."""
    content = await request.body()
    if not content:
        return None
    media = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if request.method == "PATCH" and media not in _PATCHES:
        raise errors.failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    if media == protobuf.MEDIA and (sent := protobuf.read(content)) is not None:
        return sent
    if media in ("application/yaml", "application/apply-patch+yaml"):
        return _yaml(content)
    if media == protobuf.MEDIA or media not in (*_WRITES, *_PATCHES):
        raise errors.unsupported_media(_WRITES)
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError as cause:
        message = (
            f"the object provided is unrecognized (must be of type {kind}): couldn't get "
            f"version/kind; json parse error: {_noise(content, cause)}"
        )
        raise errors.bad_request(message) from cause


def _noise(content: bytes, cause: Exception) -> str:
    """What is wrong with a text that is no JSON, in the words of Go where they are known."""
    if "truncated" in str(cause):
        return f"unexpected end of JSON input ({content.decode(errors='replace')})"
    return str(cause)


def _yaml(content: bytes) -> Any:
    try:
        return yaml.safe_load(content)
    except yaml.YAMLError as cause:
        raise errors.bad_request(f"yaml parse error: {cause}") from cause
