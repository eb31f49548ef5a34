"""poolshift snapshot."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from poolshift.capture import capture
from poolshift.capture.redact import redact as redacted
from poolshift.catalog import load_catalog
from poolshift.cli.options import example, source_options
from poolshift.cli.output import say, write_file
from poolshift.cli.source import SourceOptions, connected, live_source, snapshot_in
from poolshift.core.snapshot import Snapshot, dump_snapshot

if TYPE_CHECKING:
    from poolshift.core.journal import Source


async def take(source: Source, extra_images: tuple[str, ...] = ()) -> Snapshot:
    """A snapshot of a live cluster."""
    async with connected(source) as connection:
        name = source.sim or connection.cluster_id
        return await capture(connection, load_catalog(), source=name, extra_images=extra_images)


def captured(source: Source, extra_images: tuple[str, ...] = ()) -> Snapshot:
    """A snapshot of a live cluster, taken now."""
    found: list[Snapshot] = []

    async def go() -> None:
        # Not its result: when it ends, asyncio makes a text of its main task, result and all.
        found.append(await take(source, extra_images))

    asyncio.run(go())
    return found[0]


@click.command(
    "snapshot",
    epilog=example(
        "poolshift snapshot -g shop -n shop-aks --out shop.snap\n"
        "poolshift snapshot --snapshot shop.snap --redact --out to-show.snap"
    ),
)
@source_options()
@click.option("--out", required=True, metavar="FILE", help="Where to write it.")
@click.option(
    "--redact", is_flag=True, help="Hash every name, the same name always to the same hash."
)
def command(out: str, redact: bool, **source: Any) -> int:
    """Capture one cluster into a file, read-only; or redact a file that is there."""
    options = SourceOptions(**source)
    snapshot = snapshot_in(options) or captured(live_source(options))
    if redact:
        snapshot = redacted(snapshot)
    write_file(out, dump_snapshot(snapshot))
    say(
        f"{out}: {len(snapshot.pools)} pools, {len(snapshot.nodes)} nodes, "
        f"{len(snapshot.workloads)} workloads, {len(snapshot.pods)} pods, "
        f"{len(snapshot.images)} images; {len(snapshot.unknown)} things could not be read"
    )
    for unknown in snapshot.unknown:
        say(f"  unknown {unknown.what}: {unknown.reason}")
    return 0
