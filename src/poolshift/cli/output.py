"""Results on stdout, progress and messages on stderr."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, TextIO, cast

import click
from rich.console import Console

from poolshift.core.errors import UsageError
from poolshift.report.hostile import clean
from poolshift.report.jsontext import document_bytes

if TYPE_CHECKING:
    import msgspec

PIPED_WIDTH = 100
_BLANKS = re.compile(r" +(?=\n)")


def console(*, stderr: bool = False) -> Console:
    """A console that fits a terminal, and a hundred columns when it is none."""
    stream = sys.stderr if stderr else sys.stdout
    if stream.isatty():
        return Console(file=stream, highlight=False)
    return Console(file=cast("IO[str]", Trimmed(stream)), width=PIPED_WIDTH, highlight=False)


class Trimmed:
    """A stream without the blanks by which rich fills a table's last column."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what rich made of one print."""
        self._stream.write(_BLANKS.sub("", text))
        return len(text)

    def flush(self) -> None:
        """Flush."""
        self._stream.flush()

    def isatty(self) -> bool:
        """It is no terminal."""
        return False


def print_document(document: msgspec.Struct, out: str | None = None) -> None:
    """A JSON document to stdout or a file."""
    print_bytes(document_bytes(document), out)


def print_bytes(data: bytes, out: str | None = None) -> None:
    """What was made, to stdout or a file."""
    if out is None:
        click.echo(data.decode(), nl=False)
    else:
        write_file(out, data)


def write_file(path: str, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        UsageError: it cannot be written.
    """
    target = Path(path)
    try:
        draft = target.with_name(f".{target.name}.part")
        draft.write_bytes(data)
        draft.replace(target)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written",
            why=reason_of(error),
            fix="Name another file",
            code="PSE105",
        ) from error


def reason_of(error: OSError | UnicodeDecodeError) -> str:
    """Why a file cannot be used, without what the message's reader knows already."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def say(message: str) -> None:
    """A message for the person, on stderr; names from a cluster in it steer no terminal."""
    click.echo(clean(message), err=True)
