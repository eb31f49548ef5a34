"""The formats of assess, each imported only when it is asked for."""

from __future__ import annotations

import importlib

from poolshift.report.assess.interface import Format, Report
from poolshift.report.assess.text import print_assessment

FORMATS = {
    "text": "text",
    "json": "document",
    "markdown": "markdown",
    "html": "html",
    "sarif": "sarif",
    "junit": "junit",
}
"""Name → module, in the order in which help shows them."""

__all__ = ["FORMATS", "Format", "Report", "format_named", "print_assessment"]


def format_named(name: str) -> Format:
    """The format of that name; KeyError for an unknown one."""
    module = importlib.import_module(f"poolshift.report.assess.{FORMATS[name]}")
    found = module.FORMAT
    if not isinstance(found, Format):
        raise TypeError(f"{module.__name__}.FORMAT is no format")
    return found
