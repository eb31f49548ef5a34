"""What a build that runs poolshift is told: marks on its run, and a page of its summary.

Who runs us is read from the environment, here and nowhere else.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from poolshift.cli.output import reason_of, say
from poolshift.report.assess.annotations import azure_lines, github_lines

if TYPE_CHECKING:
    from poolshift.report.assess import Report

SUMMARY_BYTES = 1_000_000
"""GitHub refuses a step's summary of more than 1 MiB as a whole."""


def tell_build(report: Report) -> None:
    """Mark the findings on the build's run, where a build runs us; nothing elsewhere."""
    lines: tuple[str, ...] = ()
    if os.environ.get("GITHUB_ACTIONS") == "true":
        lines += github_lines(report.assessment)
    if os.environ.get("TF_BUILD", "").lower() == "true":
        lines += azure_lines(report.assessment)
    for line in lines:
        click.echo(line, err=True)
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        _append_summary(page, report)


def _append_summary(path: str, report: Report) -> None:
    """A summary that cannot be written is said, and fails nothing."""
    from poolshift.report.assess.markdown import render_markdown

    data = render_markdown(report).encode()
    if len(data) > SUMMARY_BYTES:
        data = render_markdown(report, brief=True).encode()
    try:
        with open(path, "ab") as page:
            page.write(data)
    except OSError as error:
        say(f"the summary {path} was not written: {reason_of(error)}")
