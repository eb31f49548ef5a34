"""poolshift explain."""

from __future__ import annotations

import click

from poolshift.catalog import load_catalog
from poolshift.cli.options import example, not_available, output_option
from poolshift.cli.output import console, print_document, say
from poolshift.report.explain import explain
from poolshift.report.hostile import safe
from poolshift.report.paragraphs import print_wrapped
from poolshift.rules.registry import RULES


@click.command("explain", epilog=example("poolshift explain PSW101\npoolshift explain 0xc0370101"))
@click.argument("what", nargs=-1, required=True)
@output_option(("text", "json"))
def command(what: tuple[str, ...], output: str) -> int:
    """A rule id, an AKS error code, an HRESULT or any error text: cause and cure."""
    if what[0] == "pool" and len(what) == 2:
        raise not_available("explain pool NAME")
    text = " ".join(what)
    document = explain(text, load_catalog(), RULES)
    if output == "json":
        print_document(document)
    else:
        if not document.known:
            say(f"{text!r} is not known" + ("; the nearest:" if document.answers else ""))
        out = console()
        for a in document.answers:
            out.print(f"[bold]{safe(a.id)}[/]")
            print_wrapped(out, a.what, indent=2)
            print_wrapped(out, a.why, label="why", indent=2)
            print_wrapped(out, a.fix, label="fix", indent=2)
            print_wrapped(out, "; ".join(a.sources), label="said by", indent=2, style="dim")
    return 0 if document.known else 1
