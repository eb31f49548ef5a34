"""Text that stands inside of a YAML block scalar, with the way back to where it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.rewrite.scalars import line_of, span
from poolshift.rewrite.splices import Splice, Text
from poolshift.semantics.images import parse_ref
from poolshift.semantics.tags import os_of_tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Scalar

_CONCERNS = re.compile(r"windows|os-sku|ltsc20\d\d|17763|20348", re.IGNORECASE)
_LINE = re.compile(r"^line (\d+):")
_WORD = re.compile(r"[\w][\w./-]*(?::\d+/[\w./-]+)?:[\w][\w.-]*")


class Inline:
    """The inside of a literal block scalar as a file of its own.

    `inner` collects what is decided about it; `hand_over` tells it to the file that holds it.
    """

    def __init__(self, outer: Collector, lines: list[str], starts: list[int], indent: int) -> None:
        self._outer = outer
        self._starts = starts
        self._indent = indent
        # A last line that keeps its CR keeps its LF, too, so that what is added below it has both.
        end = "\n" if lines[-1].endswith("\r") else ""
        self.inner = outer.inside(Text("\n".join(lines) + end))

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
            line = self._outer_line(need.line)
            self._outer.need(line, need.rule, need.reason, need.suggestion)
        for reason in inner.reasons:
            # A reason names the line of the text that it is about.
            told = _LINE.sub(lambda m: f"line {self._outer_line(int(m[1]))}:", reason)
            self._outer.note(told)

    def _outer_line(self, line: int) -> int:
        start = self._starts[min(line, len(self._starts)) - 1]
        return self._outer.source.line_of(start)

    def _at(self, offset: int) -> int:
        source = self.inner.source
        line = source.line_of(offset)
        blank = not source.lines[line - 1].strip()
        column = offset - source.line_start(line)
        return self._starts[line - 1] + column + (0 if blank else self._indent)


def rewrite_inside(
    node: Scalar, collector: Collector, rewrite: Callable[[Collector], None], what: str
) -> None:
    """Rewrite the text inside of a scalar; where it is not written as it is read, a person does.

    Args:
        node: the scalar.
        collector: the file that holds it.
        rewrite: decides about the text.
        what: what the text is, in a word.
    """
    inline = Inline.of(node, collector)
    if inline is not None:
        rewrite(inline.inner)
        inline.hand_over()
        return
    words = [parse_ref(word) for word in _WORD.findall(node.value)]
    named = any(os_of_tag(word.tag, collector.settings.catalog) for word in words)
    if named or _CONCERNS.search(node.value):
        collector.need(
            line_of(node, collector),
            f"inline-{what}",
            f"this {what} concerns Windows, and it is not written as a literal block",
            "write it with |- and run again, or change it by hand",
        )
