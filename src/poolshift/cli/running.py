"""Drives a run in the foreground: connects, locks, ticks, shows, and turns its end into a code."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import click
import platformdirs

from poolshift.adapters.clock import WallClock
from poolshift.cli.options import not_available
from poolshift.cli.output import say
from poolshift.cli.source import connected
from poolshift.core.errors import (
    EXIT_DONE,
    EXIT_NEEDS_PERSON,
    EXIT_ROLLED_BACK,
    EXIT_WAITING,
    ApiError,
    NeedsPersonError,
    UsageError,
)
from poolshift.core.journal import JournalEvent, RunState, RunStatus
from poolshift.engine.control import plan_of
from poolshift.engine.driver import drive, run_lock
from poolshift.engine.failpoints import arm_from_environment
from poolshift.engine.journal import SqliteJournal
from poolshift.engine.tick import Ticker
from poolshift.engine.world import LiveWorld
from poolshift.report.hostile import clean

if TYPE_CHECKING:
    from poolshift.adapters.connect import Connection
    from poolshift.core.plan import Plan
    from poolshift.engine.view import View

EXIT_OF = {
    RunStatus.COMPLETED: EXIT_DONE,
    RunStatus.WAITING: EXIT_WAITING,
    RunStatus.PAUSED: EXIT_WAITING,
    RunStatus.ROLLED_BACK: EXIT_ROLLED_BACK,
    RunStatus.FAILED: EXIT_NEEDS_PERSON,
    RunStatus.ABORTED: EXIT_NEEDS_PERSON,
    RunStatus.RUNNING: EXIT_NEEDS_PERSON,
}

OnChange = Callable[[RunState, tuple[JournalEvent, ...]], None]


def open_journal(url: str | None) -> SqliteJournal:
    """The journal of `--journal`, or the user's own.

    Raises:
        UsageError: a kind of journal that this version does not know.
    """
    if url is None:
        return _closing(Path(platformdirs.user_state_dir("poolshift")) / "journal.db")
    scheme, _, path = url.partition(":")
    if scheme == "sqlite" and path.strip("/"):
        return _closing(Path(unquote(path.removeprefix("//"))).expanduser())
    if scheme.startswith("postgres"):
        raise not_available(f"--journal {scheme}:")
    raise UsageError(f"--journal {url} is no journal", fix="Write sqlite:PATH", code="PSE106")


def _closing(path: Path) -> SqliteJournal:
    """A journal that is closed when the command ends."""
    journal = SqliteJournal(path)
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(journal.close)
    return journal


async def drive_connected(
    state: RunState,
    plan: Plan,
    connection: Connection,
    journal: SqliteJournal,
    on_change: OnChange | None = None,
    on_view: Callable[[View], None] | None = None,
) -> RunState:
    """Drive a run over an open connection; the run's lock must be held.

    Raises:
        NeedsPersonError: a service refused for good, or fell silent; the state is kept.
    """
    world = LiveWorld(connection.arm, connection.kube, connection.clock, connection.cluster_id)
    ticker = Ticker(
        journal=journal,
        world=world,
        clock=connection.clock,
        plan=plan,
        failpoints=arm_from_environment(os.environ),
        on_change=on_change or Lines(plan).show,
        on_view=on_view,
    )
    try:
        return await drive(state.run, ticker, kube=connection.kube, wall=WallClock())
    except ApiError as error:
        raise NeedsPersonError(
            f"run {state.run} stopped, its state is kept: {error.what}",
            why=error.why,
            fix=f"{error.fix or 'Mend the cause'}, then: poolshift runs resume {state.run}",
            code="PSE502",
        ) from error


def drive_run(state: RunState, journal: SqliteJournal) -> int:
    """Connect to the run's own source and drive it to where it goes by itself."""
    plan = plan_of(state)

    async def go() -> RunState:
        async with connected(state.source, state.run) as connection:
            return await drive_connected(state, plan, connection, journal)

    try:
        with run_lock(journal.path, state.run):
            end = asyncio.run(go())
    except KeyboardInterrupt:
        say(f"interrupted; the state is kept: poolshift runs resume {state.run}")
        raise
    return report_end(end)


def report_end(state: RunState) -> int:
    """Say how a run stands and return the contract's exit code."""
    say(f"run {state.run}: {state.status}")
    for wait in state.waiting_on:
        say(f"  waits for {wait.what}: {wait.why}")
        if wait.unblock:
            say(f"  go on with: {wait.unblock}")
    if state.status is RunStatus.PAUSED:
        say(f"  go on with: poolshift runs resume {state.run}")
    back = f"poolshift runs rollback {state.run}"
    if state.status is RunStatus.FAILED and not any(back in w.unblock for w in state.waiting_on):
        say(f"  or take it back: {back}")
    if state.status is RunStatus.ABORTED:
        say("  its marks are off; pools and templates stay as they are")
    return EXIT_OF[state.status]


class Lines:
    """Progress as plain lines on stderr, and kubectl's own words on stdout."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._waits: tuple[tuple[str, str], ...] = ()

    def show(self, state: RunState, events: tuple[JournalEvent, ...]) -> None:
        """Print what is new."""
        for event in events:
            line = line_of(event)
            if line:
                say(f"{event.at} {line}")
            for words in kubectl_words(event, self._plan):
                click.echo(clean(words))
        waits = tuple((w.what, w.why) for w in state.waiting_on)
        if waits != self._waits:
            self._waits = waits
            for what, why in waits:
                say(f"{' ' * 21}… {what}: {why}")


def line_of(event: JournalEvent) -> str:
    """An event in one line; empty for one that says nothing new to a person."""
    if event.outcome == "intended":
        return ""
    reason = f" ({event.reason})" if event.reason else ""
    if event.action.startswith("step "):
        marks = {"done": "✔", "skipped": "-", "running": "▶", "failed": "✘", "undone": "↩"}
        return f"{marks.get(event.outcome, '·')} {event.target} {event.outcome}{reason}"
    return f"  {event.action} {event.target}: {event.outcome}{reason}"


RESOURCE_NAMES = {
    "Deployment": "deployment.apps",
    "StatefulSet": "statefulset.apps",
    "DaemonSet": "daemonset.apps",
}


def kubectl_name(target: str) -> str:
    """`deployment.apps/sample`, as kubectl calls a target."""
    _, kind, name = target.split("/")
    return f"{RESOURCE_NAMES.get(kind, kind.lower())}/{name}"


def kubectl_words(event: JournalEvent, plan: Plan) -> tuple[str, ...]:
    """What `kubectl apply` prints for the applied manifest and the others of its files."""
    if event.action != "retarget" or event.reason != "configured" or event.outcome != "done":
        return ()
    others = (f"{kubectl_name(o.target)} unchanged" for o in plan.other_manifests)
    return (f"{kubectl_name(event.target)} configured", *others)
