"""How the results of a rewrite are printed."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import click

from poolshift.cli.output import console, print_bytes, print_document
from poolshift.report.hostile import safe
from poolshift.report.paragraphs import print_wrapped
from poolshift.report.rewrite import FileReport, file_report, rewrite_document
from poolshift.report.rewrite_sarif import rewrite_sarif
from poolshift.rewrite import FileVerdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from poolshift.rewrite import FileResult

Outcome = tuple[bytes, "FileResult"]
"""A file's bytes before, and what became of it."""


def show(results: Sequence[Outcome], to: str, output: str, mode: str | None) -> None:
    """Print results as text, diff, JSON or SARIF."""
    if output == "json":
        print_document(rewrite_document(to, (r for _, r in results)))
    elif output == "sarif":
        print_bytes(rewrite_sarif(to, (r for _, r in results)))
    elif mode == "diff":
        for before, result in results:
            click.echo(unified(before, result), nl=False)
    else:
        _show_text([file_report(r) for _, r in results], mode)


def _show_text(reports: Sequence[FileReport], mode: str | None) -> None:
    out = console()
    for report in reports:
        if report.verdict is not FileVerdict.UNCHANGED:
            _show_file(report, out)
    edits = sum(len(r.edits) for r in reports)
    needs = sum(len(r.needs) for r in reports)
    changed = sum(bool(r.edits) for r in reports)
    did = "changed" if mode == "write" else "would change"
    out.print(
        f"{_count(len(reports), 'file')} looked at: {_count(edits, 'line')} of "
        f"{_count(changed, 'file')} {did}, {_count(needs, 'line')} "
        f"need{'s' if needs == 1 else ''} a person",
        highlight=False,
    )
    if edits and mode is None:
        out.print("Nothing was written: --write writes, --diff prints a patch", highlight=False)


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _show_file(report: FileReport, out: Console) -> None:
    out.print(f"[bold]{safe(report.path)}[/] {report.verdict}")
    for edit in report.edits:
        out.print(f"  [red]{edit.line:>4} - {safe(edit.old.rstrip())}[/]", soft_wrap=True)
        for line in (edit.new or "").split("\n") if edit.new is not None else ():
            out.print(f"       [green]+ {safe(line.rstrip())}[/]", soft_wrap=True)
    for need in report.needs:
        print_wrapped(out, need.reason, label=f"{need.line:>4} ?", indent=2, style="yellow")
        first, *text = need.suggestion.split("\n")
        print_wrapped(out, first, indent=10)
        # What is to be put into a file keeps its lines.
        for line in text:
            out.print(f"{'':10}{safe(line)}", soft_wrap=True)


def unified(before: bytes, result: FileResult) -> str:
    """A unified diff that `git apply` takes."""
    old, new = _lines(before), _lines(result.data)
    path = result.path
    text = []
    names = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    for line in difflib.unified_diff(old, new, *names):
        text.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return "".join(text)


def _quoted(path: str) -> str:
    """A path as git writes it in a patch: in C's quotes where it holds what would end it early."""
    if not re.search(r'[\x00-\x1f"\\\x7f]', path):
        return path
    escaped = (f"\\{ord(c):03o}" if c < " " or c in '"\\\x7f' else c for c in path)
    return f'"{"".join(escaped)}"'


def _lines(data: bytes) -> list[str]:
    """Lines that end at LF only; a CR stays."""
    parts = data.decode("utf-8", "surrogateescape").split("\n")
    return [p + "\n" for p in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
