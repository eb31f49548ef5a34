"""poolshift schema."""

from __future__ import annotations

import click
import msgspec

from poolshift.cli.options import example
from poolshift.core.errors import UsageError
from poolshift.report.schemas import DOCUMENTS, schema_of


@click.command("schema", epilog=example("poolshift schema assess"))
@click.argument("name", metavar=f"[{'|'.join(DOCUMENTS)}]")
def command(name: str) -> int:
    """Print the JSON Schema of a document."""
    if name not in DOCUMENTS:
        raise UsageError(
            f"there is no document {name}",
            why=f"known are {', '.join(DOCUMENTS)}",
            fix="Name one of them",
            code="PSE107",
        )
    text = msgspec.json.format(msgspec.json.encode(schema_of(name)), indent=2)
    click.echo(text.decode())
    return 0
