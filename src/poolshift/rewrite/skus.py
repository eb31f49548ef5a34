"""OS SKUs that a file names where no pool could be taken apart: they are told line by line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poolshift.rewrite.jsonc import JsonError, parse, strings
from poolshift.rewrite.pools import is_older

if TYPE_CHECKING:
    from poolshift.rewrite.findings import Collector

_OS_SKU = re.compile(r"\bos_?sku[\"']?\s*[:=]\s*[\"'](?P<sku>\w+)[\"']", re.IGNORECASE)
_KEY = re.compile(r"os_?sku", re.IGNORECASE)


def report_lines(collector: Collector, rule: str, why: str) -> None:
    """Leave each line that sets an older Windows OS SKU to a person, by its text alone."""
    settings = collector.settings
    for number, line in enumerate(collector.source.lines, start=1):
        found = _OS_SKU.search(line)
        if found is None or not _older(found["sku"], collector):
            continue
        collector.need(
            number,
            rule,
            f"{why}; so nothing is added beside this pool",
            f"correct the file and run again, or add a pool with {settings.to} beside it",
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
        if _KEY.search(key) and _older(node.text, collector):
            collector.need(
                collector.source.line_of(node.start),
                rule,
                f"{key} is {node.text}; {why}",
                advice.format(to=collector.settings.to),
            )


def _older(name: str, collector: Collector) -> bool:
    settings = collector.settings
    sku = settings.catalog.sku(name)
    return (
        sku is not None
        and sku.os_type == "Windows"
        and is_older(sku, settings.to, settings.catalog)
    )
