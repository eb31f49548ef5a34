"""Text that stands inside of a YAML block scalar, with the way back to where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poolshift.rewrite.scalars import span
from poolshift.rewrite.splices import Splice, Text

if TYPE_CHECKING:
    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Scalar


class Inline:
    """The inside of a literal block scalar as a file of its own.

    `inner` collects what is decided about it; `hand_over` tells it to the file that holds it.
    """

    def __init__(self, outer: Collector, lines: list[str], starts: list[int], indent: int) -> None:
        self._outer = outer
        self._starts = starts
        self._indent = indent
        self.inner = outer.inside(Text("\n".join(lines)))

    @classmethod
    def of(cls, node: Scalar, outer: Collector) -> Inline | None:
        """The inside of a scalar; None where offsets do not map exactly."""
        if node.style != "|":
            return None
        source = outer.source
        start, end = span(node, outer)
        first = source.line_of(start) + 1
        last = source.line_of(max(end - 1, start))
        raw = source.lines[first - 1 : last]
        indent = min((len(r) - len(r.lstrip(" ")) for r in raw if r.strip()), default=0)
        lines = [r[indent:] if r.strip() else r.lstrip(" ") for r in raw]
        text = "\n".join(line.removesuffix("\r") for line in lines)
        if indent == 0 or text.rstrip("\n") != str(node.value).rstrip("\n"):
            return None
        starts = [source.line_start(n) for n in range(first, last + 1)]
        return cls(outer, lines, starts, indent)

    def hand_over(self) -> None:
        """Tell the outer file what was decided, at the places where it stands there."""
        inner = self.inner
        for splice in inner.splices:
            new = splice.new.replace("\n", "\n" + " " * self._indent)
            self._outer.splices.append(Splice(self._at(splice.start), self._at(splice.end), new))
        for need in inner.needs:
            line = self._outer.source.line_of(self._starts[min(need.line, len(self._starts)) - 1])
            self._outer.need(line, need.rule, need.reason, need.suggestion)
        for reason in inner.reasons:
            self._outer.note(f"in an inline patch: {reason}")

    def _at(self, offset: int) -> int:
        source = self.inner.source
        line = source.line_of(offset)
        blank = not source.lines[line - 1].strip()
        column = offset - source.line_start(line)
        return self._starts[line - 1] + column + (0 if blank else self._indent)
