"""Configuration that stands as text inside of a value: of agents, runners, scripts.

What it says of Windows versions is told line by line; which tool reads it is not known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.rewrite.scalars import span
from poolshift.rewrite.versions import VERSIONS, is_older_pin, wanted
from poolshift.semantics.images import Action, parse_ref
from poolshift.semantics.pins import OS_KEYS
from poolshift.semantics.tags import is_of_maker, names_windows_surely

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Scalar

_WORD = re.compile(r"\w[\w./-]*(?::\d+/[\w./-]+)?:\w[\w.-]*")
_PIN = re.compile(
    rf"(?P<key>{'|'.join(map(re.escape, VERSIONS))})[\"']?\s*[:=]\s*[\"']?(?P<value>\w[\w.]*)"
)
_SELECTS = re.compile(
    rf"(?<![\w.])(?:{'|'.join(map(re.escape, OS_KEYS))})[\"']?\s*[:=]\s*[\"']?windows\b"
)


def report_text(node: Scalar, what: str, collector: Collector) -> None:
    """Leave each line of a value that concerns the Windows version to a person."""
    source = collector.source
    start, end = span(node, collector)
    first, last = source.line_of(start), source.line_of(max(end - 1, start))
    report_lines({n: source.lines[n - 1] for n in range(first, last + 1)}, what, collector)


def report_lines(lines: Mapping[int, str], what: str, collector: Collector) -> None:
    """The same for lines by their numbers."""
    pinned = any(_PIN.search(line) for line in lines.values())
    for number, line in lines.items():
        for word in _WORD.findall(line):
            report_ref(word, number, what, collector)
        for pin in _PIN.finditer(line):
            _report_pin(pin["key"], pin["value"], number, what, collector)
        if not pinned and _SELECTS.search(line):
            settings = collector.settings
            collector.need(
                number,
                "text-selector",
                f"{what} chooses Windows nodes of any version",
                f"add {settings.key}: {settings.value} there, in the way that its reader takes it",
            )


def report_ref(ref: str, line: int, what: str, collector: Collector) -> None:
    """Leave a reference that is surely for another Windows version to a person."""
    parsed, catalog = parse_ref(ref), collector.settings.catalog
    if not names_windows_surely(parsed, catalog):
        return
    decision = collector.decide(ref)
    if decision.action is Action.NONE_NEEDED or decision.rule == "already":
        return
    hint = decision.ref or decision.suggestion
    said = "" if is_of_maker(parsed, catalog) else ", which may be for another Windows version"
    collector.need(line, "text-image", f"{what} names {ref}{said}", hint)


def _report_pin(key: str, value: str, line: int, what: str, collector: Collector) -> None:
    if is_older_pin(key, value, collector):
        new = wanted(key, collector)
        collector.need(line, "text-pin", f"{what} names {key} {value}", f"allow {new}, too")
