"""The table of ARM routes, matched without regard to case."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.state import ArmWorld

Handler = Callable[[ArmWorld, ArmRequest, Mapping[str, str]], ArmAnswer]

_HOLE = re.compile(r"\\\{(\w+)\\\}")


class Route(msgspec.Struct, frozen=True):
    """A method and a path pattern; `action` is what a role must allow."""

    method: str
    pattern: re.Pattern[str]
    template: str
    action: str
    handler: Handler


def route(method: str, template: str, action: str, handler: Handler) -> Route:
    """A route from a template: `{name}` is one segment."""
    text = _HOLE.sub(r"(?P<\1>[^/]+)", re.escape(template))
    return Route(method, re.compile(text, re.IGNORECASE), template, action, handler)


def find_route(
    routes: tuple[Route, ...], method: str, path: str
) -> tuple[Route, dict[str, str]] | None:
    """The route of a request with the names found in its path."""
    for candidate in routes:
        if candidate.method == method:
            found = candidate.pattern.fullmatch(path.rstrip("/") or "/")
            if found is not None:
                return candidate, found.groupdict()
    return None
