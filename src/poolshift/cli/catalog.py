"""poolshift catalog."""

from __future__ import annotations

from datetime import UTC, date, datetime

import click
from rich.table import Table

from poolshift.catalog import load_catalog
from poolshift.catalog.check import check
from poolshift.cli.options import example, not_available, output_option, parse_day
from poolshift.cli.output import console, print_document, say
from poolshift.core.errors import EXIT_DONE, EXIT_FINDINGS
from poolshift.report.catalog import CatalogDocument, record_document
from poolshift.report.hostile import safe
from poolshift.report.paragraphs import print_wrapped


@click.group("catalog", epilog=example("poolshift catalog show Windows2022"))
def command() -> None:
    """The dated facts that everything rests on."""


@command.command("list", epilog=example("poolshift catalog list"))
@output_option(("text", "json"))
def list_(output: str) -> int:
    """Every record's id."""
    entries = list(load_catalog().records())
    if output == "json":
        print_document(CatalogDocument(records=tuple(record_document(e) for e in entries)))
    else:
        for entry in entries:
            click.echo(entry.id)
    return 0


@command.command("show", epilog=example("poolshift catalog show Windows2022"))
@click.argument("record_id", metavar="ID")
@output_option(("text", "json"))
def show(record_id: str, output: str) -> int:
    """One record: each claim, its source, and which one won."""
    document = record_document(load_catalog().record(record_id))
    if output == "json":
        print_document(CatalogDocument(records=(document,)))
        return 0
    out = console()
    out.print(f"[bold]{safe(document.id)}[/]")
    for key, value in document.record.items():
        if key not in ("id", "ends", "claims") and value not in (None, "", (), [], {}):
            print_wrapped(out, _words(value), label=key, indent=2)
    if document.claims:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for head in ("", "FIELD", "VALUE", "SOURCE", "READ ON"):
            table.add_column(head, overflow="fold")
        for c in document.claims:
            value = "no date published" if c.value is None else str(c.value)
            table.add_row(
                "*" if c.won else "", safe(c.field), safe(value), safe(c.source), c.read_on
            )
        out.print(table)
        out.print("* won: the newest official claim")
    return 0


def _words(value: object) -> str:
    """A value of a record as a person writes it."""
    if isinstance(value, dict):
        return ", ".join(f"{k}: {_words(v)}" for k, v in value.items() if v not in ("", None))
    if isinstance(value, list | tuple):
        return "; ".join(_words(v) for v in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


@command.command("check", epilog=example("poolshift catalog check"))
@click.option("--as-of", metavar="DATE", help="Judge the facts' age as of that day.")
def check_(as_of: str | None) -> int:
    """Sources, dates, and that an OS SKU with an end states all four."""
    today = parse_day(as_of) if as_of else _today()
    problems = check(load_catalog(), as_of=today)
    for problem in problems:
        click.echo(str(problem))
    say(f"{len(problems)} problems")
    return EXIT_FINDINGS if problems else EXIT_DONE


@command.command("refresh", hidden=True)
def refresh() -> int:
    """A later version."""
    raise not_available("catalog refresh")


def _today() -> date:
    return datetime.now(UTC).date()  # noqa: TID251 (the catalog's age goes by the wall)
