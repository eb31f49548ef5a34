"""poolshift runs."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from poolshift.adapters.clock import WallClock
from poolshift.cli.options import (
    example,
    journal_option,
    later,
    output_option,
    source_options,
)
from poolshift.cli.output import console, print_document, say
from poolshift.cli.planfile import read_plan
from poolshift.cli.running import (
    EXIT_OF,
    Lines,
    drive_run,
    open_journal,
    report_end,
)
from poolshift.cli.source import SourceOptions, connected, live_source
from poolshift.core.clock import format_time
from poolshift.core.errors import PoolshiftError, UsageError
from poolshift.core.journal import ENDED, Approval, Mode, Options, RunState, RunStatus
from poolshift.core.marks import POOL_RUN_TAG
from poolshift.engine import control
from poolshift.engine.driver import is_locked
from poolshift.engine.start import begin, person, refuse_other_cluster
from poolshift.engine.world import LiveWorld
from poolshift.report.documents import RunDocument, run_document, runs_document
from poolshift.report.hostile import safe
from poolshift.report.paragraphs import print_wrapped

if TYPE_CHECKING:
    from datetime import datetime

    from poolshift.engine.journal import SqliteJournal

WATCH_S = 1.0


@click.group("runs", epilog=example("poolshift runs list\npoolshift runs resume latest"))
def command() -> None:
    """See, approve, pause, resume, roll back runs."""


def _now(state: RunState) -> str:
    """The time on the run's own clock; on the wall when its local AKS does not answer."""

    async def look() -> datetime:
        if state.source.sim:
            with contextlib.suppress(PoolshiftError):
                async with connected(state.source) as connection:
                    return await connection.clock.now()
        return await WallClock().now()

    return format_time(asyncio.run(look()))


@command.command("list", epilog=example("poolshift runs list"))
@journal_option
@output_option(("text", "json"))
def list_(journal: str | None, output: str) -> int:
    """All runs, newest first."""
    document = runs_document(open_journal(journal).runs())
    if output == "json":
        print_document(document)
        return 0
    if not document.runs:
        say("no runs")
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("RUN", "STATE", "STARTED", "PLAN", "CLUSTER"):
        table.add_column(head, overflow="fold")
    for r in document.runs:
        name = r.cluster.rsplit("/", 1)[-1]
        table.add_row(*(safe(c) for c in (r.run, r.state, r.started_at, r.plan, name)))
    console().print(table)
    return 0


@command.command("show", epilog=example("poolshift runs show latest -o json"))
@click.argument("run")
@journal_option
@output_option(("text", "json"))
def show(run: str, journal: str | None, output: str) -> int:
    """One run: its steps, what it waits for, its history."""
    store = open_journal(journal)
    state = control.find_run(store, run)
    document = run_document(state, control.plan_of(state), store.events(state.run))
    if output == "json":
        print_document(document)
        return 0
    out = console()
    out.print(f"[bold]{document.run}[/] {document.state} ({document.mode}) of {document.plan}")
    out.print(_steps(document))
    for wait in document.waiting_on:
        print_wrapped(out, f"{wait.what}: {wait.why}", label="waits for", style="yellow")
        if wait.unblock:
            out.print(f"  go on with: {safe(wait.unblock)}", soft_wrap=True)
    return 0


def _steps(document: RunDocument) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("STEP", "STATE", "STARTED", "ENDED", "NOTE"):
        table.add_column(head, overflow="fold", no_wrap=head in ("STARTED", "ENDED"))
    for step in document.steps:
        times = (_short(step.started_at), _short(step.ended_at))
        table.add_row(safe(step.id), step.state, *times, safe(step.note))
    return table


def _short(moment: str | None) -> str:
    """A moment without its year and its seconds' zone: a run is days long, not years."""
    return moment[5:19].replace("T", " ") if moment else ""


@command.command("watch", epilog=example("poolshift runs watch latest"))
@click.argument("run")
@journal_option
def watch(run: str, journal: str | None) -> int:
    """Follow a run until it stops."""
    store = open_journal(journal)
    state = control.find_run(store, run)
    lines = Lines(control.plan_of(state))
    asyncio.run(_follow(store, state.run, lines))
    state = store.load(state.run)[1]
    if state.status is RunStatus.RUNNING:
        say(f"nobody drives {state.run}: poolshift runs resume {state.run}")
    return EXIT_OF[state.status]


async def _follow(store: SqliteJournal, run: str, lines: Lines) -> None:
    shown = 0
    while True:
        events = store.events(run)
        state = store.load(run)[1]
        lines.show(state, events[shown:])
        shown = len(events)
        if state.status is not RunStatus.RUNNING or not is_locked(store.path, run):
            return
        await WallClock().sleep(WATCH_S)


@command.command("approve", epilog=example("poolshift runs approve latest delete-blue"))
@click.argument("run")
@click.argument("gate")
@click.option("--reason", default="", metavar="TEXT", help="Why; kept in the journal.")
@click.option("--ticket", default="", metavar="ID", help="Its ticket; kept in the journal.")
@journal_option
def approve(run: str, gate: str, reason: str, ticket: str, journal: str | None) -> int:
    """Open a gate."""
    store = open_journal(journal)
    state = control.find_run(store, run)
    approval = Approval(gate=gate, at=_now(state), actor=person(), reason=reason, ticket=ticket)
    control.approve(store, state, approval)
    say(f"{gate} of {state.run} is approved; go on with: poolshift runs resume {state.run}")
    return 0


@command.command("pause", epilog=example("poolshift runs pause latest"))
@click.argument("run")
@journal_option
def pause(run: str, journal: str | None) -> int:
    """Stop a run at the next safe point."""
    store = open_journal(journal)
    state = control.find_run(store, run)
    state = control.pause(store, state, at=_now(state), actor=person())
    say(f"{state.run} is paused; go on with: poolshift runs resume {state.run}")
    return 0


@command.command("resume", epilog=example("poolshift runs resume latest --approve delete-blue"))
@click.argument("run")
@click.option("--yes", "-y", is_flag=True, help="Every gate but the irreversible ones.")
@click.option("--approve", "gates", multiple=True, metavar="GATE", help="Open a gate first.")
@journal_option
def resume(
    run: str,
    yes: bool,
    gates: tuple[str, ...],
    journal: str | None,
) -> int:
    """Go on where the run stopped, whatever stopped it."""
    store = open_journal(journal)
    state = control.find_run(store, run)
    if state.status in ENDED:
        return report_end(state)
    _refuse_driven(store, state)
    for gate in gates:
        approval = Approval(gate=gate, at=_now(state), actor=person(), reason="--approve")
        control.approve(store, state, approval)
    state = control.resume(store, state, at=_now(state), actor=person(), yes=yes)
    return drive_run(state, store)


def _refuse_driven(store: SqliteJournal, state: RunState) -> None:
    if is_locked(store.path, state.run):
        raise UsageError(
            f"run {state.run} is being driven by another process",
            fix=f"Watch it with: poolshift runs watch {state.run}",
            code="PSE141",
        )


def _turn(run: str, journal: str | None, mode: Mode) -> int:
    store = open_journal(journal)
    state = control.find_run(store, run)
    state = control.turn(store, state, mode, at=_now(state), actor=person())
    if is_locked(store.path, state.run):
        say(f"the process that drives {state.run} goes on with it: poolshift runs watch {run}")
        return 0
    return drive_run(state, store)


@command.command("rollback", epilog=example("poolshift runs rollback latest"))
@click.argument("run")
@journal_option
def rollback(run: str, journal: str | None) -> int:
    """Take everything back, as far as the steps' stated undo reaches."""
    return _turn(run, journal, Mode.ROLLBACK)


@command.command("abort", epilog=example("poolshift runs abort latest"))
@click.argument("run")
@journal_option
def abort(run: str, journal: str | None) -> int:
    """Take the run's own marks off and leave the rest as it stands."""
    return _turn(run, journal, Mode.ABORT)


@command.command("adopt", epilog=example("poolshift runs adopt plan.yaml -g shop -n shop-aks"))
@click.argument("plan_file", metavar="PLAN")
@source_options(snapshot=False)
@journal_option
def adopt(plan_file: str, journal: str | None, **source: Any) -> int:
    """Take over a run whose journal is lost, by its marks on the cluster and its plan."""
    plan, text = read_plan(plan_file)
    store = open_journal(journal)
    where = live_source(SourceOptions(**source))

    async def take_over() -> RunState:
        async with connected(where) as connection:
            refuse_other_cluster(plan, connection.cluster_id)
            pools = {p.name: p for p in await connection.arm.pools(connection.cluster_id)}
            marks = {
                (pools[p.green].properties.tags or {}).get(POOL_RUN_TAG, "")
                for p in plan.pools
                if p.green in pools
            } - {""}
            if len(marks) != 1:
                raise UsageError(
                    "no run of this plan can be found on the cluster",
                    why="no green pool of the plan carries a run's mark"
                    if not marks
                    else f"the green pools carry the marks of {', '.join(sorted(marks))}",
                    fix="Apply the plan instead: poolshift apply " + plan_file,
                    code="PSE161",
                )
            run = marks.pop()
            if any(s.run == run for s in store.runs()):
                raise UsageError(
                    f"this journal has {run} already",
                    fix=f"Go on with: poolshift runs resume {run}",
                    code="PSE162",
                )
            world = LiveWorld(
                connection.arm, connection.kube, connection.clock, connection.cluster_id
            )
            return await begin(
                store,
                world,
                plan,
                run=run,
                plan_text=text,
                source=where,
                options=Options(),
                gates=(),
                action="adopt",
            )

    state = asyncio.run(take_over())
    say(f"adopted {state.run}; go on with: poolshift runs resume {state.run}")
    return 0


@command.command("export", epilog=example("poolshift runs export latest > run.json"))
@click.argument("run")
@journal_option
@later("--redact", flag=True)
def export(run: str, journal: str | None) -> int:
    """A run's whole journal as JSON."""
    store = open_journal(journal)
    state = control.find_run(store, run)
    print_document(run_document(state, control.plan_of(state), store.events(state.run)))
    return 0
