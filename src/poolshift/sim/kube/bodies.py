"""Request bodies: JSON, YAML, and the protobuf that kubectl sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from poolshift.sim.kube import errors, protobuf

if TYPE_CHECKING:
    from starlette.requests import Request

_WRITES = ("application/json", "application/yaml")
_PATCHES = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
)


async def read_body(request: Request) -> Any:
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
    if media not in (*_WRITES, *_PATCHES):
        raise errors.unsupported_media(_WRITES)
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError as cause:
        message = (
            "the object provided is unrecognized (must be of type Object): couldn't get "
            f"version/kind; json parse error: {cause}"
        )
        raise errors.bad_request(message) from cause


def _yaml(content: bytes) -> Any:
    try:
        return yaml.safe_load(content)
    except yaml.YAMLError as cause:
        raise errors.bad_request(f"yaml parse error: {cause}") from cause
