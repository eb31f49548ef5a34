"""The `$filter` of ARM lists: comparisons joined by `and`, as clients send them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from poolshift.sim.arm.ids import group_of
from poolshift.sim.arm.problems import ArmProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMPARISON = re.compile(r"\s*([\w./]+)\s+(eq|ne)\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)
_JOIN = re.compile(r"\s+and\s+", re.IGNORECASE)


class Comparison:
    """A name and the value that it must (or must not) have, in any case."""

    def __init__(self, name: str, value: str, *, equal: bool) -> None:
        self.name = name
        self.value = value
        self.equal = equal

    def holds(self, found: str) -> bool:
        """Whether a text passes."""
        return (found.lower() == self.value.lower()) == self.equal


def comparisons(text: str) -> list[Comparison]:
    """What a filter asks; refused (400) when it is no such filter."""
    found = []
    for part in _JOIN.split(text) if text.strip() else ():
        match = _COMPARISON.fullmatch(part)
        if match is None:
            raise ArmProblem(
                400, "InvalidFilterInQueryString", f"Invalid $filter '{text}'.", flat=False
            )
        name, operator, value = match.groups()
        equal = operator.lower() == "eq"
        found.append(Comparison(name, value.replace("''", "'"), equal=equal))
    return found


def passes(resource: Mapping[str, Any], asked: list[Comparison]) -> bool:
    """Whether a resource of the list of all resources passes a filter."""
    return all(part.holds(_value(resource, part.name, asked)) for part in asked)


def _value(resource: Mapping[str, Any], name: str, asked: list[Comparison]) -> str:
    """What a filter's name stands for; a tag's value is asked beside its name."""
    tags = {k.lower(): str(v) for k, v in (resource.get("tags") or {}).items()}
    tag = next((part.value.lower() for part in asked if part.name.lower() == "tagname"), "")
    match name.lower():
        case "resourcetype":
            return str(resource["type"])
        case "resourcegroup":
            return group_of(str(resource["id"]))
        case "tagname":
            return tag if tag in tags else ""
        case "tagvalue":
            return tags.get(tag, "")
        case other:
            return str(resource.get(other, ""))
