"""The table of types, read from `types.txt`."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from poolshift.sim.kube.kinds import Kind

_LINE = re.compile(r"(?P<name>\S+)  (?P<rest>.*)")
_WRAPPED = re.compile(r"[\[{](?P<inner>.*)[\]}]")


class FieldType(msgspec.Struct, frozen=True):
    """A field: its type as the table writes it, and what it is for.

    Attributes:
        many: `[` for a list, `{` for a map, empty for a single value.
        inner: the type of the elements, or of the single value.
    """

    type: str
    description: str
    many: str = ""
    inner: str = ""

    @classmethod
    def read(cls, type_: str, description: str) -> FieldType:
        """A field as the table has it."""
        found = _WRAPPED.fullmatch(type_)
        if found is None:
            return cls(type_, description, "", type_)
        return cls(type_, description, type_[0], found["inner"])


class Type(msgspec.Struct, frozen=True):
    """A type; an open one may hold fields that the table does not name."""

    name: str
    description: str
    fields: dict[str, FieldType]
    open: bool = False


@cache
def types() -> dict[str, Type]:
    """Every type by name."""
    text = resources.files("poolshift.sim.kube.openapi").joinpath("types.txt").read_text("utf-8")
    found: dict[str, Type] = {}
    fields: dict[str, FieldType] = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = _LINE.match(line.strip())
        if match is None:
            raise ValueError(line)
        if line.startswith(" "):
            kind, _, description = match["rest"].partition("  ")
            fields[match["name"]] = FieldType.read(kind, description)
        else:
            fields = {}
            name = match["name"].rstrip("+")
            found[name] = Type(name, match["rest"], fields, match["name"].endswith("+"))
    return found


def type_of(kind: Kind) -> Type | None:
    """The type of a kind's objects; None where the table has none."""
    return None if kind.custom else types().get(kind.form)
