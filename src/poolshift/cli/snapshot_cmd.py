"""poolshift snapshot."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from poolshift.capture import capture
from poolshift.catalog import load_catalog
from poolshift.cli.options import example, later, source_options
from poolshift.cli.output import say, write_file
from poolshift.cli.source import SourceOptions, connected, live_source
from poolshift.core.snapshot import Snapshot, dump_snapshot

if TYPE_CHECKING:
    from poolshift.core.journal import Source


async def take(source: Source, extra_images: tuple[str, ...] = ()) -> Snapshot:
    """A snapshot of a live cluster."""
    async with connected(source) as connection:
        name = source.sim or connection.cluster_id
        return await capture(connection, load_catalog(), source=name, extra_images=extra_images)


@click.command("snapshot", epilog=example("poolshift snapshot -g shop -n shop-aks --out shop.snap"))
@source_options(snapshot=False)
@click.option("--out", required=True, metavar="FILE", help="Where to write it.")
@later("--redact", flag=True)
def command(out: str, **source: Any) -> int:
    """Capture one cluster into a file, read-only."""
    snapshot = asyncio.run(take(live_source(SourceOptions(**source))))
    write_file(out, dump_snapshot(snapshot))
    say(
        f"{out}: {len(snapshot.pools)} pools, {len(snapshot.nodes)} nodes, "
        f"{len(snapshot.workloads)} workloads, {len(snapshot.pods)} pods, "
        f"{len(snapshot.images)} images; {len(snapshot.unknown)} things could not be read"
    )
    for unknown in snapshot.unknown:
        say(f"  unknown {unknown.what}: {unknown.reason}")
    return 0
