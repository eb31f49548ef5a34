"""Collects what is decided about one file, and makes its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.core.errors import invariant
from poolshift.rewrite.model import FileResult, FileVerdict, Need
from poolshift.rewrite.splices import Splice, Text, apply, edits_of, without_clashes
from poolshift.semantics.images import Action

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite.around import Around
    from poolshift.rewrite.decide import Decision
    from poolshift.rewrite.model import FileKind, Settings


class Collector:
    """What was decided about one file so far.

    Args:
        source: the file's text.
        settings: what the rewrite goes by.
        decide: says what becomes of a reference.
        around: the files beside it; None where nothing of them is known.
    """

    def __init__(
        self,
        source: Text,
        settings: Settings,
        decide: Callable[[str], Decision],
        around: Around | None = None,
    ) -> None:
        self.source = source
        self.settings = settings
        self.around = around
        self.splices: list[Splice] = []
        self.needs: list[Need] = []
        self.reasons: list[str] = []
        self.decide = decide

    @property
    def offset(self) -> int:
        """How many characters stand before what a parser counts from: a byte order mark."""
        return 1 if self.source.text.startswith("\ufeff") else 0

    def inside(self, source: Text) -> Collector:
        """A collector for a text inside this one, by the same settings."""
        return Collector(source, self.settings, self.decide)

    def note(self, reason: str) -> None:
        """Say something about the file, once."""
        if reason not in self.reasons:
            self.reasons.append(reason)

    def need(self, line: int, rule: str, reason: str, suggestion: str = "") -> None:
        """Leave a line to a person, once."""
        need = Need(line, reason, suggestion, rule)
        if need not in self.needs:
            self.needs.append(need)

    def settle(self, decision: Decision, line: int) -> bool:
        """Note a decision; a person's is left to them. True when an edit is to be made."""
        if decision.action == Action.NEEDS_HUMAN:
            self.need(line, decision.rule, decision.reason, decision.suggestion)
        else:
            self.note(f"line {line}: {decision.reason}")
        return decision.action == Action.EDIT

    def result(self, path: str, kind: FileKind) -> FileResult:
        """The file's result, with the splices made."""
        kept, clashing = without_clashes(self.splices)
        for splice in clashing:
            line = self.source.line_of(splice.start)
            one = f"one of them is {splice.new.strip()}"
            self.need(line, "two-changes", "two changes meet here", one)
        new = apply(self.source.text, kept) if kept else self.source.text
        edits = edits_of(self.source, kept) if kept else ()
        invariant(bool(edits) == (new != self.source.text), "edits tell every change")
        verdict = FileVerdict.CHANGED if edits else FileVerdict.UNCHANGED
        return FileResult(
            path=path,
            kind=kind,
            verdict=FileVerdict.NEEDS_HUMAN if self.needs else verdict,
            edits=edits,
            needs=tuple(sorted(self.needs, key=lambda n: n.line)),
            reasons=tuple(self.reasons),
            data=new.encode("utf-8"),
        )
