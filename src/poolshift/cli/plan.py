"""poolshift plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from poolshift.catalog import load_catalog
from poolshift.cli.assess_cmd import snapshot_of
from poolshift.cli.options import LaterChoice, example, later, not_available, source_options
from poolshift.cli.output import console, say, write_file
from poolshift.cli.rewrite import pairs
from poolshift.cli.rewriting.files import UnreadableError, read
from poolshift.cli.rewriting.walk import Found, Walk, walk
from poolshift.cli.source import SourceOptions
from poolshift.core.clock import parse_time
from poolshift.core.errors import EXIT_DONE, EXIT_WAITING, UsageError
from poolshift.core.plan import Plan, dump_plan
from poolshift.core.snapshot import images_of
from poolshift.planner import ManifestFile, PlanRequest, make_plan
from poolshift.planner.manifests import images_in
from poolshift.report.plan_text import print_plan
from poolshift.rules.run import assess

if TYPE_CHECKING:
    from poolshift.core.snapshot import Snapshot

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> int:
    """Seconds of `90s`, `30m`, `12h`, `7d`.

    Raises:
        UsageError: it is none of these.
    """
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit()) or unit not in UNITS:
        raise UsageError(f"{text} is no duration", fix="Write 90s, 30m, 12h or 7d", code="PSE106")
    return int(number) * UNITS[unit]


def _say_what_is_amiss(request: PlanRequest, snapshot: Snapshot) -> None:
    """What the plan could not rest on, and options that met nothing."""
    for unknown in snapshot.unknown:
        say(f"unknown {unknown.what}: {unknown.reason}")
    used = {ref for w in snapshot.workloads for ref in images_of(w.template)}
    for old in request.images:
        if old not in used:
            say(f"--image {old}: no workload of the cluster uses it")


def _refuse_later(to: str) -> None:
    """Targets of a later version: the newest image of the same OS version, and Linux.

    An unknown SKU is left to the planner, which names the known ones.
    """
    sku = load_catalog().sku(to)
    if to == "node-image" or (sku is not None and sku.os_type != "Windows"):
        raise not_available(f"plan --to {to}")


def manifest_files(paths: tuple[str, ...]) -> tuple[ManifestFile, ...]:
    """The YAML files under --manifests.

    Raises:
        UsageError: one of them, or a folder, cannot be read.
    """
    noted = Walk()
    found = [f for path in paths for f in walk(path, noted)]
    for path, reason in noted.unread.items():
        raise _unreadable(path, reason)
    return tuple(_manifest(f) for f in found if f.path.suffix in (".yaml", ".yml"))


def _manifest(found: Found) -> ManifestFile:
    try:
        return ManifestFile(found.shown, read(found))
    except UnreadableError as why:
        raise _unreadable(found.shown, str(why)) from why


def _unreadable(path: str, reason: str) -> UsageError:
    return UsageError(
        f"{path} cannot be read as manifests",
        why=reason,
        fix="Make it readable, or name only the files that are to be applied",
        code="PSE332",
    )


def plan_of_request(source: SourceOptions, request: PlanRequest) -> tuple[Plan, Snapshot]:
    """Capture and plan."""
    catalog = load_catalog()
    extra = (*request.images.values(), *images_in(request, catalog))
    snapshot = snapshot_of(source, extra)
    moment = parse_time(snapshot.captured_at)
    assessment = assess(snapshot, catalog, as_of=moment.date(), to=request.to)
    plan = make_plan(snapshot, catalog, request, assessment=assessment, made_at=moment)
    return plan, snapshot


@click.command(
    "plan",
    epilog=example(
        "poolshift plan -g shop -n shop-aks --to Windows2022 --manifests deploy/ --out plan.yaml"
    ),
)
@source_options()
@click.option("--to", required=True, metavar="SKU", help="The OS SKU to move to.")
@click.option(
    "--pool",
    "pools",
    multiple=True,
    metavar="NAME",
    help="A pool to move; default: every pool that the target can succeed.",
)
@click.option(
    "--green", "greens", multiple=True, metavar="BLUE=NAME", help="The name of a pool's green."
)
@click.option("--image", "images", multiple=True, metavar="OLD=NEW", help="A new reference.")
@click.option(
    "--manifests",
    multiple=True,
    metavar="PATH",
    help="Your manifests: the retarget applies them, rewritten.",
)
@click.option(
    "--strategy",
    default="auto",
    show_default=True,
    type=LaterChoice(("auto", "blue-green"), ("in-place", "progressive")),
    help="How pools move.",
)
@click.option("--keep-blue", metavar="DURATION", help="Keep blue for so long before it goes.")
@click.option(
    "--guard",
    default="auto",
    show_default=True,
    type=LaterChoice(("auto", "none", "prefer", "strict")),
    help="How green is kept free of pods that do not fit it.",
)
@click.option(
    "--key",
    default="os-sku",
    show_default=True,
    type=LaterChoice(("os-sku", "windows-build")),
    help="The label to select.",
)
@click.option(
    "--pool-owner",
    type=LaterChoice(("none", "terraform", "bicep", "capz", "aso", "crossplane")),
    help="Who owns the pools; default: as their tags tell.",
)
@click.option("--out", required=True, metavar="PLAN", help="Where to write the plan.")
@later("--surge")
@later("--reserve")
@later("--green-image")
def command(
    to: str,
    pools: tuple[str, ...],
    greens: tuple[str, ...],
    images: tuple[str, ...],
    manifests: tuple[str, ...],
    strategy: str,
    keep_blue: str | None,
    guard: str,
    key: str,
    pool_owner: str | None,
    out: str,
    **source: Any,
) -> int:
    """What exactly has to be done, in what order."""
    _refuse_later(to)
    del strategy  # auto and blue-green are the same in this version.
    request = PlanRequest(
        to=to,
        pools=pools,
        greens=pairs(greens, option="--green"),
        images=pairs(images),
        manifests=manifest_files(manifests),
        guard=guard,
        key=key,
        owner=pool_owner,
        keep_blue_s=duration(keep_blue) if keep_blue is not None else 0,
    )
    plan, snapshot = plan_of_request(SourceOptions(**source), request)
    _say_what_is_amiss(request, snapshot)
    write_file(out, dump_plan(plan).encode())
    print_plan(plan, console())
    say(f"{Path(out)}: {len(plan.steps)} steps, {len(plan.blockers)} blockers")
    return EXIT_WAITING if plan.blockers else EXIT_DONE
