"""poolshift explain."""

from __future__ import annotations

import re
import sys
from typing import IO, TYPE_CHECKING, Any

import click

from poolshift.catalog import load_catalog
from poolshift.cli.options import example, output_option, source_options
from poolshift.cli.output import console, print_document, say
from poolshift.core.errors import EXIT_DONE, EXIT_FINDINGS, UsageError
from poolshift.report.explain import LONGEST, decode, explain
from poolshift.report.explain.terminal import headline, print_answers
from poolshift.rules.registry import RULES

if TYPE_CHECKING:
    from poolshift.report.explain import ExplainDocument

_MOST_BYTES = 2 * LONGEST
"""UTF-16 takes two bytes a character."""

_NEGATIVE = re.compile(r"-\d{6,}")


class WithNumbers(click.Command):
    """A command whose words may be negative numbers, as Windows codes are: no options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep numbers from being taken for options."""
        numbers = [a for a in args if _NEGATIVE.fullmatch(a)]
        if numbers and "--" not in args:
            args = [*(a for a in args if a not in numbers), "--", *numbers]
        return super().parse_args(ctx, args)


@click.command(
    "explain",
    cls=WithNumbers,
    epilog=example(
        "poolshift explain PSW101\n"
        "poolshift explain 0xc0370101\n"
        "kubectl describe pod -n shop cart-7c9f | poolshift explain\n"
        "poolshift explain pool wspool -g shop -n shop-aks"
    ),
)
@click.argument("what", nargs=-1)
@source_options()
@click.option("--as-of", metavar="DATE", help="Tell a pool's story as of that day.")
@output_option(("text", "json"))
def command(what: tuple[str, ...], as_of: str | None, output: str, **source: Any) -> int:
    """A rule id, an error code, any error text, or `pool NAME`: cause and cure.

    Without WHAT, or with -, the text is read from stdin: a log, what kubectl describe prints.
    `pool NAME` tells the story of one pool of a cluster or of a snapshot.
    """
    if len(what) == 2 and what[0] == "pool":
        from poolshift.cli.explain_pool import tell

        return tell(what[1], as_of, output, source)
    _refuse_source(source, as_of)
    document = explain(_text(what), load_catalog(), RULES)
    _print(document, output)
    return EXIT_DONE if document.known else EXIT_FINDINGS


def _refuse_source(source: dict[str, Any], as_of: str | None) -> None:
    """A cluster or a day has nothing to do with a text: better refused than not heeded."""
    if as_of or any(source.values()):
        raise UsageError(
            "a text is explained without a cluster",
            why="the source options and --as-of belong to: poolshift explain pool NAME",
            fix="Leave them out, or name a pool",
        )


def _text(what: tuple[str, ...]) -> str:
    """The words of the command line, or what comes in by stdin.

    Raises:
        UsageError: there is neither, or nothing in it.
    """
    if what and what != ("-",):
        text = " ".join(what)
    elif not what and sys.stdin.isatty():
        text = ""
    else:
        text = decode(_tail(sys.stdin.buffer))
    if not text.strip():
        raise UsageError(
            "there is nothing to explain",
            fix="Give a text or a code, or pipe a log into it: poolshift explain < LOG",
        )
    return text


def _tail(stream: IO[bytes]) -> bytes:
    """The end of a stream of any length: what went wrong stands at the end of a log."""
    kept = b""
    while chunk := stream.read(_MOST_BYTES):
        # An even number of bytes goes, so that two-byte characters stay whole.
        kept = (kept + chunk)[-_MOST_BYTES:]
    return kept


def _print(document: ExplainDocument, output: str) -> None:
    if output == "json":
        print_document(document)
        return
    if document.truncated:
        say(f"the text is long: only its last {LONGEST:,} characters were looked at")
    if headline(document):
        say(headline(document))
    print_answers(document, console())
