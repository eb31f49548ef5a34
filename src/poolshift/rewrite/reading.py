"""Reads the YAML of a file, and says where it is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from poolshift.rewrite.yamltree import compose

if TYPE_CHECKING:
    from poolshift.rewrite.findings import Collector
    from poolshift.rewrite.yamltree import Tree

UNREADABLE = (yaml.YAMLError, ValueError)
"""What a text that is no YAML raises, or one that is nested too deeply."""


def read_yaml(collector: Collector, what: str = "this") -> Tree | None:
    """The nodes of a text; None, and a person told, where it is no YAML."""
    try:
        return compose(collector.source.text[collector.offset :])
    except UNREADABLE as error:
        report_unreadable(error, collector, what)
        return None


def report_unreadable(error: Exception, collector: Collector, what: str = "this") -> None:
    """Tell a person where a text stops to be YAML."""
    mark = getattr(error, "problem_mark", None)
    line = min(mark.line + 1 if mark is not None else 1, len(collector.source.lines))
    why = getattr(error, "problem", None) or str(error).splitlines()[0]
    hint = "correct it, or change the file by hand"
    collector.need(line, "no-yaml", f"{what} is no YAML: {why}", hint)
