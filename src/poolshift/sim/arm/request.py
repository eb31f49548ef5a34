"""Requests and replies of the ARM face, whichever way they come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from poolshift.sim.arm.problems import ArmProblem


class ArmRequest(msgspec.Struct, frozen=True):
    """A request: path as sent, query keys and header names in lower case, decoded JSON body."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: Any = None
    by: str = ""

    def properties(self) -> dict[str, Any]:
        """The body's properties; refused when the body is not an object with them."""
        properties = self.body.get("properties") if isinstance(self.body, dict) else None
        if not isinstance(properties, dict):
            raise ArmProblem(
                400,
                "InvalidRequestContent",
                "The request content was invalid: an object with `properties` is needed.",
                flat=False,
            )
        return properties


class ArmAnswer(msgspec.Struct, frozen=True):
    """A reply: status, headers, JSON body (None for none, text for the HTML of a gateway)."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = {}
