"""What explain says: the document and its parts."""

from __future__ import annotations

import msgspec

from poolshift.report.explain.pool.model import PoolStory

SHOWN_TEXT = 1000
"""So much of the text stands in the document; a log of megabytes is not repeated."""


class Explanation(msgspec.Struct, frozen=True):
    """One answer: what happened, why, what to do, where that is said.

    Attributes:
        id: the rule, code, Windows code or build that is explained.
        what: what happened, with the names that the text gives.
        why: the cause.
        fix: what to do.
        sources: where that is said, each with the day it was read.
        kind: rule, error, hresult, exit-code, own-error, build or pool.
        commands: what to run, in order; what the text does not give stands in capitals.
        values: what was pulled out of the text, by name.
        seen: a line of the text that says it.
        line: its number, counted from 1; 0 where the whole text says it.
        count: in how many lines the text says it; beyond twenty nobody counts.
        related: ids of the rules that find it before it strikes, and of pains.
    """

    id: str
    what: str
    why: str
    fix: str
    sources: tuple[str, ...]
    kind: str = "error"
    commands: tuple[str, ...] = ()
    values: dict[str, str] = {}
    seen: str = ""
    line: int = 0
    count: int = 1
    related: tuple[str, ...] = ()


class ExplainDocument(msgspec.Struct, frozen=True):
    """All answers to a text; `known` is false when they are only the nearest.

    Attributes:
        text: what was explained, its first thousand characters.
        known: whether the answers explain it.
        answers: the most specific first.
        more: how many further answers there would be.
        truncated: whether the text was longer than what is looked at.
        pool: the story of a pool; null for a text.
    """

    text: str
    known: bool
    answers: tuple[Explanation, ...]
    more: int = 0
    truncated: bool = False
    pool: PoolStory | None = None
    schema: str = "poolshift.explain/1"
