"""OS SKUs that a file names where no pool could be taken apart: they are told line by line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.rewrite.jsonc import JsonError, parse, strings
from poolshift.rewrite.versions import older_sku

if TYPE_CHECKING:
    from collections.abc import Collection

    from poolshift.rewrite.findings import Collector

_OS_SKU = re.compile(r"\bos_?sku[\"']?\s*[:=]\s*[\"'](?P<sku>\w+)[\"']", re.IGNORECASE)
_KEY = re.compile(r"os_?sku", re.IGNORECASE)


def report_lines(collector: Collector, rule: str, why: str) -> None:
    """Leave each line that sets an older Windows OS SKU to a person, by its text alone."""
    settings = collector.settings
    for number, line in enumerate(collector.source.lines, start=1):
        found = _OS_SKU.search(line)
        if found is None or not older_sku(found["sku"], collector):
            continue
        collector.need(
            number,
            rule,
            f"{why}; so nothing is added beside this pool",
            f"correct the file and run again, or add a pool with {settings.to} beside it",
        )


def report_missed(visible: str, decided: Collection[int], collector: Collector) -> None:
    """Leave the lines to a person that set an older Windows OS SKU inside of an expression.

    Args:
        visible: the text with its comments blanked, line by line as long as the file.
        decided: the lines that were decided about.
        collector: takes what is found, and knows what was.
    """
    told = {need.line for need in collector.needs} | set(decided)
    for number, line in enumerate(visible.split("\n"), start=1):
        found = _OS_SKU.search(line)
        if found is None or number in told or not older_sku(found["sku"], collector):
            continue
        collector.need(
            number,
            "os-sku",
            f"{found['sku']} is set inside of an expression, which is not taken apart: a changed "
            "OS SKU replaces each pool that has it",
            f"add a second pool with {collector.settings.to} and another name, move, then take "
            "this one out",
        )


def report_strings(collector: Collector, *, rule: str, why: str, advice: str) -> None:
    """Leave each older Windows OS SKU that a JSON file sets to a person.

    `advice` may hold `{to}`.
    """
    try:
        root = parse(collector.source.text)
    except JsonError as error:
        line = collector.source.line_of(min(error.offset, len(collector.source.text)))
        report_lines(collector, "no-json", f"line {line} cannot be read as JSON: {error}")
        return
    for key, node in strings(root):
        if _KEY.search(key) and older_sku(node.text, collector):
            collector.need(
                collector.source.line_of(node.start),
                rule,
                f"{key} is {node.text}; {why}",
                advice.format(to=collector.settings.to),
            )
