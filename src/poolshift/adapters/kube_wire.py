"""What the Kubernetes API server answers: decoders, and what an eviction's refusal means."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from poolshift.core.errors import ApiError, ConflictError, NotFoundError
from poolshift.core.kube import Meta, Wire
from poolshift.core.ports import WEBHOOK_WORDS, EvictionOutcome, EvictionResult

_SEVERAL_BUDGETS = "more than one PodDisruptionBudget"


class WatchLine(msgspec.Struct, frozen=True):
    """A line of a watch."""

    type: str
    object: msgspec.Raw


class Bookmark(msgspec.Struct, frozen=True):
    """The part of a BOOKMARK that counts."""

    metadata: Meta = Meta()


class Failure(msgspec.Struct, frozen=True):
    """A Status that says no."""

    message: str = ""
    reason: str = ""
    code: int = 0
    details: dict[str, Any] | None = None


@cache
def page_decoder(type_: type[Wire]) -> msgspec.json.Decoder[Any]:
    """Decodes a page straight into the partial structs: nothing else of it is ever built."""
    page = msgspec.defstruct(
        f"{type_.__name__}Page",
        [
            ("items", tuple[type_, ...] | None, ()),  # type: ignore[valid-type]
            ("metadata", dict[str, Any], msgspec.field(default_factory=dict)),
        ],
        frozen=True,
    )
    return msgspec.json.Decoder(page)


@cache
def object_decoder(type_: type[Wire]) -> msgspec.json.Decoder[Any]:
    """Decodes one object."""
    return msgspec.json.Decoder(type_)


LINE = msgspec.json.Decoder(WatchLine)
BOOKMARK = msgspec.json.Decoder(Bookmark)
FAILURE = msgspec.json.Decoder(Failure)


def eviction_result(error: ApiError) -> EvictionResult:
    """What an eviction's refusal means; what is no answer about the pod is raised."""
    message = _budget_cause(error) or error.message
    if isinstance(error, NotFoundError | ConflictError):
        return EvictionResult(EvictionOutcome.GONE, message)
    if error.status == 429:
        waits = error.retry_after_s is not None
        outcome = EvictionOutcome.UNOBSERVED if waits else EvictionOutcome.BLOCKED
        return EvictionResult(outcome, message, error.retry_after_s)
    if error.status == 500 and _SEVERAL_BUDGETS in error.message:
        return EvictionResult(EvictionOutcome.SEVERAL_BUDGETS, message)
    if any(words in error.message for words in WEBHOOK_WORDS):
        return EvictionResult(EvictionOutcome.DENIED, message)
    raise error


def _budget_cause(error: ApiError) -> str:
    details = error.details if isinstance(error.details, dict) else {}
    causes = [c for c in details.get("causes") or () if c.get("reason") == "DisruptionBudget"]
    return str(causes[0].get("message", "")) if causes else ""


def decoded(decoder: msgspec.json.Decoder[Any], data: bytes, what: str) -> Any:
    """Decode an answer; ApiError says of what when it is not as documented."""
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ApiError(f"a {what} of the server cannot be read", message=str(error)) from error
