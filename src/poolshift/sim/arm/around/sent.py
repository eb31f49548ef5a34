"""What clients send to ARM itself, read with care: its front door refuses what is no such thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.problems import ArmProblem

if TYPE_CHECKING:
    from poolshift.sim.arm.request import ArmRequest


def sent_object(request: ArmRequest) -> dict[str, Any]:
    """The body, which must be an object; an empty one where there is none."""
    if request.body is None:
        return {}
    if not isinstance(request.body, dict):
        raise _refused("an object is needed")
    return request.body


def sent_text(body: dict[str, Any], name: str) -> str:
    """A text of a body; empty where there is none."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _refused(f"`{name}` is no text")
    return value


def sent_tags(body: dict[str, Any]) -> dict[str, str]:
    """The tags of a body: texts by name."""
    tags = body.get("tags") or {}
    if not isinstance(tags, dict) or not all(isinstance(v, str) for v in tags.values()):
        raise _refused("`tags` are no texts by name")
    return dict(tags)


def _refused(what: str) -> ArmProblem:
    return ArmProblem(
        400, "InvalidRequestContent", f"The request content was invalid: {what}.", flat=False
    )
