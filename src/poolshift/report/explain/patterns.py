"""Texts with named holes, and the one scan that finds which of many stand in a long text.

`PDB <namespace>/<budget> has minAvailable <need:n>` matches whatever stands in the holes and
gives it by name. A pattern is tried only where all its words are among those of the text, and
then only around the places where its longest literal stands: the cost is that of one pass over
the text, not of patterns times lines.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from poolshift.report.explain.text import Text

MOST_MATCHES = 20
MOST_TRIES = 40
"""Of one pattern in one text: enough to see a cause, and a bound on hostile texts."""

REACH = 800
"""Characters before and behind a literal within which its pattern must stand."""

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"
TYPES: dict[str, str] = {
    "name": _NAME,
    "n": r"\d{1,9}",
    "ref": r"[A-Za-z0-9](?:[A-Za-z0-9._/:@+-]{0,400}[A-Za-z0-9])?",
    "id": r"[^\s'\"<>,;]{1,400}",
    "quoted": r"[^'\"<>]{1,200}",
    "any": r"[\s\S]{0,200}?",
    "far": r"[\s\S]{0,500}?",
    "rest": r"[^\n]{1,300}",
    "version": r"v?\d+(?:\.\d+){1,3}",
    "build": r"10\.0\.\d{5}(?:\.\d+)?",
    "cidr": r"[0-9a-fA-F.:]{3,45}/\d{1,3}",
    "size": r"[A-Za-z]+_[A-Za-z0-9_-]{1,60}",
}
_HOLE = re.compile(r"<(\w+)(?::(\w+))?>")
_WORD = re.compile(r"[a-z0-9_]+")


class Match:
    """Where a pattern stands in `flat`, and what is in its holes."""

    __slots__ = ("start", "values")

    def __init__(self, start: int, values: dict[str, str]) -> None:
        self.start = start
        self.values = values


class Pattern:
    """One text with holes.

    Attributes:
        source: as it is written.
        weight: how many characters of it are literal: how specific it is.
        anchor: its longest literal, in lower case.
        words: the words that a text must have for it to stand there.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        literals = [" ".join(part.lower().split()) for part in _HOLE.split(source)[::3]]
        self.weight = sum(len(part) for part in literals)
        self.anchor = max(literals, key=len)
        self.words = _whole_words(source)

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern as an expression; compiled when it is first needed."""
        parts: list[str] = []
        at = 0
        seen: set[str] = set()
        for hole in _HOLE.finditer(self.source):
            parts.append(_literal(self.source[at : hole.start()]))
            body = TYPES[hole[2] or "name"]
            if hole.end() == len(self.source):
                body = f"(?>{body})"  # The last one takes all it can, so that no name is cut.
            # A name that stands twice is the same thing twice; one with "_" in front is dropped.
            parts.append(f"(?P={hole[1]})" if hole[1] in seen else f"(?P<{hole[1]}>{body})")
            seen.add(hole[1])
            at = hole.end()
        parts.append(_literal(self.source[at:]))
        start = r"(?<![A-Za-z0-9_])" if re.match(r"[A-Za-z0-9_<]", self.source) else ""
        open_end = re.search(r":(?:any|far|rest|quoted)>$|[^A-Za-z0-9_>]$", self.source)
        end = "" if open_end else r"(?![A-Za-z0-9_])"
        return re.compile(start + "".join(parts) + end, re.IGNORECASE)

    def matches(self, text: Text) -> Iterator[Match]:
        """Where it stands, front to back, within the bounds."""
        at = found = 0
        behind = 0
        for _ in range(MOST_TRIES):
            at = text.low.find(self.anchor, max(at, behind))
            if at < 0 or found >= MOST_MATCHES:
                return
            low, high = max(behind, at - REACH), at + len(self.anchor) + REACH
            hit = self.regex.search(text.flat, low, high)
            if hit is None:
                at += len(self.anchor)
                continue
            found += 1
            values = {k: v for k, v in hit.groupdict().items() if v and not k.startswith("_")}
            yield Match(hit.start(), values)
            behind = max(hit.end(), at + 1)


def _literal(text: str) -> str:
    return r"[ \n]".join(re.escape(part) for part in text.split(" "))


def _whole_words(source: str) -> frozenset[str]:
    """The words of the literals that no hole touches."""
    marked = _HOLE.sub("\x00", source.lower())
    return frozenset(
        m[0]
        for m in _WORD.finditer(marked)
        if marked[m.start() - 1 : m.start()] != "\x00" and marked[m.end() : m.end() + 1] != "\x00"
    )


class Scanner:
    """Finds, of many patterns, those that may stand in a text, by one look at its words."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._by_word: dict[str, list[Pattern]] = {}
        counts: dict[str, int] = {}
        known = list(patterns)
        for pattern in known:
            for word in pattern.words:
                counts[word] = counts.get(word, 0) + 1
        for pattern in known:
            # The word that the fewest patterns have leads to it.
            rarest = min(pattern.words, key=lambda w: (counts[w], -len(w), w), default="")
            self._by_word.setdefault(rarest, []).append(pattern)

    def candidates(self, text: Text) -> Iterator[Pattern]:
        """The patterns all of whose words the text has."""
        words = text.lower_words
        for word in sorted(words & self._by_word.keys()):
            for pattern in self._by_word[word]:
                if pattern.words <= words:
                    yield pattern
        yield from self._by_word.get("", ())
