"""Request bodies: JSON, YAML, and the protobuf that kubectl sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from poolshift.sim.kube import errors, protobuf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

_WRITES = ("application/json", "application/yaml", protobuf.MEDIA)
_PATCHES = (
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
)

# The server's limit of a request's body.
_MOST_BYTES = 3 * 1024 * 1024
# The server reads JSON 10,000 levels deep; no type of the API is deeper than a few dozen, and
# what is deeper than this is refused here in the same words.
_DEEPEST = 100


async def read_body(request: Request, kind: str = "Object") -> Any:
    """The decoded body, None when there is none.

    Raises:
        ApiError: 413 for too much, 415 for a form that is not read, 400 for noise.
    """
    content = await request.body()
    if not content:
        return None
    if len(content) > _MOST_BYTES:
        message = f"Request entity too large: limit is {_MOST_BYTES}"
        raise errors.failure(413, "RequestEntityTooLarge", message)
    found = _decoded(request, content, kind)
    _check_size(found, len(content))
    return found


def _check_size(document: Any, size: int) -> None:
    """400 for what is nested too deeply, or repeats itself by aliases beyond its own size."""
    count = 0
    waiting = [iter((document,))]
    while waiting:
        if len(waiting) > _DEEPEST:
            raise errors.bad_request("exceeded max depth")
        for value in waiting[-1]:
            count += 1
            if count > size:
                raise errors.bad_request("yaml: document contains excessive aliasing")
            if isinstance(value, (dict, list)):
                waiting.append(iter(_inner(value)))
                break
        else:
            waiting.pop()


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _decoded(request: Request, content: bytes, kind: str) -> Any:
    """The body by its Content-Type."""
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
    except RecursionError as cause:
        raise errors.bad_request("exceeded max depth") from cause
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
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


class _Loader(yaml.CSafeLoader):
    """Builds what a text says, as long as its merge keys do not make it grow without end."""

    most = 0

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Put what a mapping merges into it."""
        super().flatten_mapping(node)
        if len(node.value) > self.most:
            raise yaml.YAMLError("document contains excessive aliasing")


def _yaml(content: bytes) -> Any:
    try:
        # Most clients send JSON, which is YAML too and is read many times as fast.
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _no_json(content)


def _no_json(content: bytes) -> Any:
    try:
        _check_depth(content)
        loader = _Loader(content)
        loader.most = len(content)
        document = loader.get_single_data()
        # Before anything walks through it: aliases make a small text an endless document.
        _check_size(document, len(content))
        return msgspec.to_builtins(document, str_keys=True)
    except RecursionError as cause:
        raise errors.bad_request("exceeded max depth") from cause
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, TypeError) as cause:
        raise errors.bad_request(f"yaml parse error: {cause}") from cause


def _check_depth(content: bytes) -> None:
    """400 for what is nested too deeply, before it is built by calls as deep as itself."""
    depth = 0
    for event in yaml.parse(content, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise errors.bad_request("exceeded max depth")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
