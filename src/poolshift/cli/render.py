"""poolshift render."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from poolshift.catalog import load_catalog
from poolshift.cli.folder import write_folder
from poolshift.cli.options import example, parse_day
from poolshift.cli.output import print_bytes, reason_of, say, write_file
from poolshift.cli.planfile import read_plan
from poolshift.core.clock import parse_time
from poolshift.core.errors import EXIT_DONE, UsageError
from poolshift.render.interface import MADE_BY, Format
from poolshift.render.table import RENDERERS, render

if TYPE_CHECKING:
    from datetime import date

    from poolshift.core.plan import Plan
    from poolshift.render.interface import Rendering

FORMATS = tuple(str(f) for f in RENDERERS)
HEAD_BYTES = 8192
"""How far into a file the mark of a rendering is looked for: it stands on top."""


@click.command(
    "render",
    epilog=example(
        "poolshift render plan.yaml --as markdown --out runbook.md\n"
        "poolshift render plan.yaml --as az --out move/\n"
        "move/move.sh --list"
    ),
)
@click.argument("plan_file", metavar="PLAN")
@click.option(
    "--as", "wanted", required=True, type=click.Choice(FORMATS), help="The language to write."
)
@click.option(
    "--out",
    metavar="FILE|DIR",
    help="One file, or a folder (it is there, or ends with /); default: stdout.",
)
@click.option(
    "--as-of",
    "as_of",
    metavar="DATE",
    help="The day whose facts decide on previews and client versions; default: the plan's.",
)
def command(plan_file: str, wanted: str, out: str | None, as_of: str | None) -> int:
    """A plan as a script, a template or a runbook."""
    plan, _ = read_plan(plan_file)
    rendering = render(plan, load_catalog(), _day(plan, as_of), Format(wanted))
    if out is None:
        print_bytes(_single(rendering, wanted).encode())
    elif out.endswith("/") or Path(out).is_dir():
        for line in write_folder(Path(out), rendering.files):
            say(line)
        say(f"{out}: {_count(len(rendering.files), 'file')}; begin with {rendering.files[0].name}")
    else:
        _write_one(out, rendering, wanted)
    _say_what_is_missing(plan, rendering)
    return EXIT_DONE


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _day(plan: Plan, as_of: str | None) -> date:
    if as_of is not None:
        return parse_day(as_of)
    try:
        return parse_time(plan.made_at).date()
    except ValueError as error:
        raise UsageError(
            f"the plan says that it was made at {plan.made_at!r}",
            why="that is no time",
            fix="Name a day with --as-of, or make a new plan",
            code="PSE120",
        ) from error


def _single(rendering: Rendering, wanted: str) -> str:
    if rendering.single is None:
        raise UsageError(
            f"{wanted} takes several files: {', '.join(f.name for f in rendering.files)}",
            fix="Name a folder: --out DIR/",
            code="PSE128",
        )
    return rendering.single


def _write_one(out: str, rendering: Rendering, wanted: str) -> None:
    text, path = _single(rendering, wanted), Path(out)
    if path.exists() and not _is_ours(path):
        raise UsageError(
            f"{out} is there, and render did not write it",
            fix="Name another file, or take it away",
            code="PSE127",
        )
    write_file(out, text.encode())
    if rendering.files[0].executable:
        path.chmod(0o755)
    say(f"{out}: written")


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return MADE_BY.encode() in file.read(HEAD_BYTES)
    except OSError as error:
        raise UsageError(
            f"{path} is there and cannot be read",
            why=reason_of(error),
            fix="Name another file",
            code="PSE105",
        ) from error


def _say_what_is_missing(plan: Plan, rendering: Rendering) -> None:
    """What stands on top is said here, too: a person may look at the steps first."""
    if plan.blockers:
        say(f"the plan has {_count(len(plan.blockers), 'blocker')}; they stand on top")
    for limit in rendering.limits:
        say(f"note: {limit.what}; {limit.instead}")
