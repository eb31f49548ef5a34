"""What the server's tables are made of, and rows that only read fields."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from poolshift.sim.kube.objects import Object
from poolshift.sim.kube.rows import age

Cells = Callable[[Object, datetime], list[Any]]
Cell = Callable[[Object, datetime], Any]


class Column(msgspec.Struct, frozen=True):
    """A column; priority 0 is always shown, 1 with `-o wide`."""

    name: str
    priority: int = 0
    type: str = "string"
    format: str = ""


class Layout(msgspec.Struct, frozen=True):
    """The columns of a kind and how a row is filled."""

    columns: tuple[Column, ...]
    cells: Cells


NAME = Column("Name", format="name")
AGE = Column("Age")
# Age of a custom resource is a date that the server turns into a duration itself.
DATE = Column("Age", type="date")
Named = tuple[Column, Cell]


def value_at(obj: Any, path: str, default: Any = None) -> Any:
    """What stands at a dotted path, the default where nothing does."""
    for part in path.split("."):
        obj = obj.get(part) if isinstance(obj, dict) else None
    return default if obj is None else obj


def field(path: str, default: Any = None) -> Cell:
    """A cell that shows a field as it is."""
    return lambda obj, now: value_at(obj, path, default)


def text(path: str, default: str = "") -> Cell:
    """A cell that shows a field as text; booleans as Go writes them in a row."""
    return lambda obj, now: str(value_at(obj, path, default))


def yes_or_no(path: str, *, default: bool = False) -> Cell:
    """A cell for a boolean that the server prints in lower case."""
    return lambda obj, now: str(bool(value_at(obj, path, default))).lower()


def since(path: str, default: str = "<none>") -> Cell:
    """A cell that shows how long ago a time was."""
    return lambda obj, now: age(found, now) if (found := value_at(obj, path)) else default


def keys(path: str, default: str = "<none>") -> Cell:
    """A cell that shows the sorted `key=value` pairs of a map."""

    def cell(obj: Object, now: datetime) -> str:
        pairs = sorted((value_at(obj, path) or {}).items())
        return ",".join(f"{k}={v}" for k, v in pairs) or default

    return cell


def condition(type_: str, what: str = "status") -> Cell:
    """A cell that shows a part of a condition; nothing where it is not there."""

    def cell(obj: Object, now: datetime) -> str | None:
        for found in value_at(obj, "status.conditions", ()):
            if found.get("type") == type_:
                said: str | None = found.get(what)
                return said
        return None

    return cell


def shape(*columns: tuple[str | Column, Cell], aged: bool = True, dated: bool = False) -> Layout:
    """A layout of name, the given columns, and the age; columns of priority 1 follow the age.

    Args:
        columns: a name or a column, and how its cell is filled.
        aged: whether there is an age column.
        dated: whether the age is of type date, as custom resources have it.
    """
    given: list[Named] = [(Column(c) if isinstance(c, str) else c, fill) for c, fill in columns]
    named: list[Named] = [(NAME, field("metadata.name"))]
    named += [pair for pair in given if pair[0].priority == 0]
    if aged:
        named.append((DATE if dated else AGE, since("metadata.creationTimestamp", "<unknown>")))
    named += [pair for pair in given if pair[0].priority > 0]
    fills = [fill for _, fill in named]
    return Layout(tuple(c for c, _ in named), lambda obj, now: [fill(obj, now) for fill in fills])


def number(name: str, priority: int = 0) -> Column:
    """A column of whole numbers."""
    return Column(name, priority, type="integer")


def truth(name: str) -> Column:
    """A column of booleans."""
    return Column(name, type="boolean")


def wide(name: str) -> Column:
    """A column that only `-o wide` shows."""
    return Column(name, 1)
