"""The comment on top of a rendered text: what it is, what it cannot do, in which order."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from poolshift import __version__
from poolshift.render.interface import MADE_BY
from poolshift.render.quoting import comment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.render.interface import Limit, Procedure

WIDTH = 98


def note(text: str, sign: str, *, first: str = "", rest: str | None = None) -> list[str]:
    """Text as lines of comment; a name that is longer than a line keeps its own."""
    later = " " * len(first) if rest is None else rest
    lines = textwrap.wrap(
        comment(text), WIDTH - len(first), break_long_words=False, break_on_hyphens=False
    ) or [""]
    return [f"{sign} {first if i == 0 else later}{line}".rstrip() for i, line in enumerate(lines)]


def top(
    procedure: Procedure, sign: str, limits: Iterable[Limit], order: Iterable[str]
) -> Iterator[str]:
    """The comment: purpose, blockers, limits, notes of the plan, and what to do in which order."""
    plan = procedure.plan
    moves = ", ".join(f"{p.blue} becomes {p.green}" for p in plan.pools)
    yield from note(f"Moves node pools of {procedure.cluster.name} to {plan.to}: {moves}.", sign)
    yield from note(
        f"{MADE_BY} {__version__} from {plan.id}, which was made at {plan.made_at}; the facts are "
        f"those of {procedure.as_of}.",
        sign,
    )
    blockers = [
        line
        for b in plan.blockers
        for line in (
            *note(f"{b.rule} {b.target}: {b.why}", sign, first="  - "),
            *note(f"do: {b.fix}", sign, first="    "),
        )
    ]
    yield from _section(sign, "BLOCKERS: mend these first", blockers)
    told = [
        line
        for limit in limits
        for line in (
            *note(f"{limit.what}.", sign, first="  - "),
            *note(f"instead: {limit.instead}.", sign, first="    "),
        )
    ]
    yield from _section(sign, "WHAT THIS CANNOT DO", told)
    yield from _section(
        sign, "NOTES OF THE PLAN", [x for n in plan.notes for x in note(n, sign, first="  - ")]
    )
    steps = [
        line
        for number, text in enumerate(order, start=1)
        for line in note(text, sign, first=f"  {number}. ")
    ]
    yield from _section(sign, "IN THIS ORDER", steps)


def _section(sign: str, title: str, body: list[str]) -> Iterator[str]:
    if body:
        yield sign
        yield f"{sign} {title}"
        yield from body
