"""A query as steps over rows: where, project, extend, mv-expand, order, take, distinct, count."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from poolshift.sim.arm.around.queries.words import QueryError, Reader, Row, Term, words

_TABLES = frozenset({"resources", "resourcecontainers"})
Step = Callable[[list[Row]], list[Row]]


def run(text: str, tables: dict[str, list[Row]]) -> list[Row]:
    """The rows that a query finds; QueryError says what of it is not understood.

    Args:
        text: the query; without a table it is about resources.
        tables: rows by the table's name in lower case.
    """
    parts = _split(words(text))
    first = parts[0]
    if len(first) == 1 and first[0].lower() in _TABLES:
        rows, parts = tables[first[0].lower()], parts[1:]
    else:
        rows = tables["resources"]
    for part in parts:
        reader = Reader(part)
        name = reader.take().lower()
        step = _STEPS.get(name)
        if step is None:
            raise QueryError(f"'{name}' is not understood")
        rows = step(reader)(rows)
        if reader.peek():
            raise QueryError(f"'{reader.peek()}' is not understood after '{name}'")
    return rows


def _split(found: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in found:
        if word == "|":
            parts.append([])
        else:
            parts[-1].append(word)
    if not all(parts):
        raise QueryError("a step of the query is empty")
    return parts


def _where(reader: Reader) -> Step:
    condition = reader.condition()
    return lambda rows: [row for row in rows if condition(row)]


def _named(reader: Reader) -> list[tuple[str, Term]]:
    """`name`, `name = expression`, with commas between."""
    found = []
    while True:
        name = reader.take()
        if reader.skip("="):
            found.append((name, reader.condition()))
        else:
            steps = [name]
            while reader.skip("."):
                steps.append(reader.take())
            found.append(("_".join(steps), Reader(_dotted(steps)).term()))
        if not reader.skip(","):
            return found


def _dotted(steps: list[str]) -> list[str]:
    return [part for step in steps for part in (".", step)][1:]


def _project(reader: Reader) -> Step:
    columns = _named(reader)
    return lambda rows: [{name: term(row) for name, term in columns} for row in rows]


def _extend(reader: Reader) -> Step:
    columns = _named(reader)
    return lambda rows: [row | {name: term(row) for name, term in columns} for row in rows]


def _away(reader: Reader) -> Step:
    names = {name for name, _ in _named(reader)}
    return lambda rows: [{k: v for k, v in row.items() if k not in names} for row in rows]


def _expand(reader: Reader) -> Step:
    columns = _named(reader)

    def step(rows: list[Row]) -> list[Row]:
        for name, term in columns:
            rows = [row | {name: one} for row in rows for one in (term(row) or ())]
        return rows

    return step


def _order(reader: Reader) -> Step:
    reader.expect("by")
    keys: list[tuple[Term, bool]] = []
    while True:
        term = reader.term()
        # Descending unless told, as the language has it.
        keys.append((term, not reader.skip("asc")))
        reader.skip("desc")
        if not reader.skip(","):
            break

    def step(rows: list[Row]) -> list[Row]:
        for term, down in reversed(keys):
            rows = sorted(rows, key=lambda row, t=term: _rank(t(row)), reverse=down)  # type: ignore[misc]
        return rows

    return step


def _rank(value: Any) -> tuple[bool, float, str]:
    number = value if isinstance(value, int | float) else 0
    return value is not None, float(number), "" if number else str(value)


def _take(reader: Reader) -> Step:
    text = reader.take()
    if not text.isdigit():
        raise QueryError(f"'{text}' is no count")
    count = int(text)
    return lambda rows: rows[:count]


def _count(reader: Reader) -> Step:
    return lambda rows: [{"Count": len(rows)}]


def _distinct(reader: Reader) -> Step:
    columns = _named(reader)

    def step(rows: list[Row]) -> list[Row]:
        found = [{name: term(row) for name, term in columns} for row in rows]
        return list({json.dumps(row, sort_keys=True): row for row in found}.values())

    return step


def _summarize(reader: Reader) -> Step:
    """`summarize [name =] count() by columns`."""
    name = "count_"
    if reader.peek() != "count":
        name = reader.take()
        reader.expect("=")
    for word in ("count", "(", ")"):
        reader.expect(word)
    columns = _named(reader) if reader.skip("by") else []

    def step(rows: list[Row]) -> list[Row]:
        found: dict[str, Row] = {}
        for row in rows:
            key = {name: term(row) for name, term in columns}
            counted = found.setdefault(json.dumps(key, sort_keys=True), key | {name: 0})
            counted[name] += 1
        return list(found.values()) or ([] if columns else [{name: 0}])

    return step


_STEPS: dict[str, Callable[[Reader], Step]] = {
    "where": _where,
    "project": _project,
    "project-away": _away,
    "extend": _extend,
    "mv-expand": _expand,
    "order": _order,
    "sort": _order,
    "take": _take,
    "limit": _take,
    "count": _count,
    "distinct": _distinct,
    "summarize": _summarize,
}
