"""Where a cluster comes from: the options, the environment, a saved source; and the connection."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from poolshift.adapters.connect import Connection, named_cluster, open_azure, open_sim
from poolshift.cli.output import reason_of, say
from poolshift.core.arm_client import checked_id
from poolshift.core.errors import UsageError
from poolshift.core.journal import Source
from poolshift.core.snapshot import Snapshot, load_snapshot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(frozen=True)
class SourceOptions:
    """The source options of a command line."""

    cluster_id: str | None = None
    group: str | None = None
    name: str | None = None
    subscription: str | None = None
    sim: str | None = None
    cloud: str | None = None
    kubeconfig: str | None = None
    context: str | None = None
    snapshot_file: str | None = None


def live_source(options: SourceOptions) -> Source:
    """The live cluster that the options name.

    Raises:
        UsageError: none or more than one is named.
    """
    _refuse_several(options)
    if options.cluster_id or options.group or options.name:
        return _azure(options)
    directory = options.sim or os.environ.get("POOLSHIFT_SIM")
    if not directory:
        raise UsageError(
            "no cluster was named",
            why="there is neither --cluster, -g/-n, --sim nor a POOLSHIFT_SIM in the environment",
            fix="Name one, or start a local AKS: poolshift sim up --detach",
            code="PSE103",
        )
    if not options.sim:
        click.echo(f"using the local AKS of POOLSHIFT_SIM={directory}", err=True)
    return Source(sim=str(Path(directory).resolve()))


def _refuse_several(options: SourceOptions) -> None:
    """One source, and no option that belongs to another one."""
    by_id, by_name = bool(options.cluster_id), bool(options.group or options.name)
    sources = {
        "--cluster": by_id,
        "-g/-n": by_name,
        "--sim": bool(options.sim),
        "--snapshot": bool(options.snapshot_file),
    }
    of_azure = {
        "--cloud": options.cloud,
        "--kubeconfig": options.kubeconfig,
        "--context": options.context,
        "--subscription": options.subscription,
    }
    named = [name for name, on in sources.items() if on]
    if len(named) == 1:
        # An option that would not be heeded is a mistake, not a wish.
        lost = () if by_name else ("--subscription",) if by_id else tuple(of_azure)
        named += [name for name in lost if of_azure[name]]
    if len(named) > 1:
        raise UsageError(
            f"more than one source: {' and '.join(named)}", fix="Name one", code="PSE102"
        )


def _azure(options: SourceOptions) -> Source:
    if options.cluster_id:
        cluster_id = checked_id(options.cluster_id.rstrip("/"))
    else:
        if not (options.group and options.name):
            raise UsageError("-g and -n belong together", fix="Name both", code="PSE104")
        cluster_id = named_cluster(options.subscription or "", options.group, options.name)
    return Source(
        cluster_id=cluster_id,
        cloud=options.cloud or "",
        kubeconfig=options.kubeconfig or "",
        context=options.context or "",
    )


@asynccontextmanager
async def connected(source: Source, run: str = "") -> AsyncIterator[Connection]:
    """A connection to the source for a block."""
    connection = (
        await open_sim(Path(source.sim), run_id=run)
        if source.sim
        else await open_azure(
            cluster_id=source.cluster_id,
            cloud=source.cloud,
            kubeconfig=source.kubeconfig,
            context=source.context,
            run_id=run,
        )
    )
    before = asyncio.all_tasks()
    try:
        yield connection
    finally:
        await _end_strays(before)
        await connection.aclose()
        if connection.registry.cache_trouble:
            say(f"{connection.registry.cache_trouble}; images are read without it")


async def _end_strays(before: set[asyncio.Task[Any]]) -> None:
    """End what the block left under way: of reads done together, one fails and the others go on."""
    strays = asyncio.all_tasks() - before
    for task in strays:
        task.cancel()
    await asyncio.gather(*strays, return_exceptions=True)


def snapshot_in(options: SourceOptions) -> Snapshot | None:
    """The snapshot of `--snapshot`; None when a live cluster is named."""
    if options.snapshot_file is None:
        return None
    _refuse_several(options)
    return read_snapshot(options.snapshot_file)


def read_snapshot(path: str) -> Snapshot:
    """A snapshot file.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read",
            why=reason_of(error),
            fix="Name a file made by poolshift snapshot",
            code="PSE110",
        ) from error
    return load_snapshot(data, name=path)
