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

    from poolshift.rewrite import FileResult, Need

_MOST_NOTES = 10
_CODE_INDENT = 4

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
        _show_needs([file_report(r) for _, r in results])
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
    _show_notes(reports, out)
    if edits and mode is None:
        out.print("Nothing was written: --write writes, --diff prints a patch", highlight=False)


def _show_notes(reports: Sequence[FileReport], out: Console) -> None:
    """What is said of whole files, each once."""
    told = [r for r in reports if r.verdict is not FileVerdict.UNCHANGED]
    said = (n for r in told for n in r.reasons)
    # What explains a single edit stands in the documents; an offer of code is for everybody.
    notes = dict.fromkeys(n for n in said if not n.startswith("line ") or "\n" in n)
    for note in list(notes)[:_MOST_NOTES]:
        _print_text(note, out, label="note:")
    if len(notes) > _MOST_NOTES:
        out.print(f"note: {len(notes) - _MOST_NOTES:,} more with -o json")


def _show_needs(reports: Sequence[FileReport]) -> None:
    """What a patch cannot say, beside it."""
    out = console(stderr=True)
    for report in reports:
        if report.needs:
            out.print(f"[bold]{safe(report.path)}[/] {report.verdict}")
        for need in report.needs:
            _show_need(need, out)


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _show_file(report: FileReport, out: Console) -> None:
    out.print(f"[bold]{safe(report.path)}[/] {report.verdict}")
    for edit in report.edits:
        out.print(f"  [red]{edit.line:>4} - {safe(edit.old.rstrip())}[/]", soft_wrap=True)
        for line in (edit.new or "").split("\n") if edit.new is not None else ():
            out.print(f"       [green]+ {safe(line.rstrip())}[/]", soft_wrap=True)
    for need in report.needs:
        _show_need(need, out)


def _show_need(need: Need, out: Console) -> None:
    print_wrapped(out, need.reason, label=f"{need.line:>4} ?", indent=2, style="yellow")
    if need.suggestion:
        _print_text(need.suggestion, out, label="->", indent=6)


def _print_text(text: str, out: Console, *, label: str = "", indent: int = 0) -> None:
    """A paragraph, and below it as it is the code that follows from its second line on."""
    head, _, code = text.partition("\n")
    print_wrapped(out, head, label=label, indent=indent)
    for line in code.split("\n") if code else ():
        out.print(f"{' ' * (indent + _CODE_INDENT)}{safe(line)}", soft_wrap=True)


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
