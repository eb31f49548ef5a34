"""poolshift assess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from poolshift.catalog import load_catalog
from poolshift.cli.builds import tell_build
from poolshift.cli.options import (
    LaterChoice,
    example,
    not_available,
    output_option,
    parse_day,
    source_options,
)
from poolshift.cli.output import console, print_bytes
from poolshift.cli.settings import read_settings
from poolshift.cli.snapshot_cmd import captured
from poolshift.cli.source import SourceOptions, live_source, snapshot_in
from poolshift.core.clock import parse_time
from poolshift.core.errors import EXIT_DONE, EXIT_FINDINGS
from poolshift.core.finding import Severity
from poolshift.report.assess import FORMATS, Report, format_named, print_assessment
from poolshift.report.assess.view import live
from poolshift.rules.registry import RULES
from poolshift.rules.run import assess

if TYPE_CHECKING:
    from datetime import date

    from poolshift.core.snapshot import Snapshot

THRESHOLDS = {
    "required": {Severity.REQUIRED},
    "recommended": {Severity.REQUIRED, Severity.RECOMMENDED},
    "never": set[Severity](),
}


def snapshot_of(source: SourceOptions, extra_images: tuple[str, ...] = ()) -> Snapshot:
    """The snapshot that the options name: a file, or a live cluster's."""
    return snapshot_in(source) or captured(live_source(source), extra_images)


def day(text: str | None, snapshot: Snapshot) -> date:
    """`--as-of`, or the cluster's own day."""
    if text is None:
        return parse_time(snapshot.captured_at).date()
    return parse_day(text)


@click.command(
    "assess",
    epilog=example(
        "poolshift assess -g shop -n shop-aks --to Windows2022\n"
        "poolshift assess --snapshot shop.snap -o json --fail-on recommended"
    ),
)
@source_options()
@click.option(
    "--config", metavar="FILE", help="Severities, ignores, dates; default: poolshift.toml here."
)
@click.option("--to", metavar="SKU", help="The OS SKU to move to; default: each pool's successor.")
@click.option("--as-of", metavar="DATE", help="Judge as of that day; default: the cluster's today.")
@output_option(tuple(FORMATS))
@click.option("--out", metavar="FILE", help="Write there instead of stdout.")
@click.option(
    "--fail-on",
    type=LaterChoice(tuple(THRESHOLDS)),
    default="required",
    show_default=True,
    help="Exit 1 when there are findings this severe.",
)
def command(
    config: str | None,
    to: str | None,
    as_of: str | None,
    output: str,
    out: str | None,
    fail_on: str,
    **source: Any,
) -> int:
    """What breaks, where, on which day, and why."""
    if to == "node-image":
        raise not_available("assess --to node-image")
    settings = read_settings(config)
    snapshot = snapshot_of(SourceOptions(**source))
    assessment = assess(
        snapshot, load_catalog(), as_of=day(as_of, snapshot), to=to, settings=settings
    )
    looked = tuple(rule for rule in RULES if not settings.is_off(rule.id))
    report = Report(assessment, frozenset(THRESHOLDS[fail_on]), looked)
    if output == "text" and out is None:
        print_assessment(assessment, console())
    else:
        print_bytes(format_named(output).render(report), out)
    tell_build(report)
    hit = any(f.severity in report.failing for f in live(assessment))
    return EXIT_FINDINGS if hit else EXIT_DONE
