"""poolshift apply."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import click

from poolshift.adapters.clock import WallClock
from poolshift.catalog import load_catalog
from poolshift.cli.options import LaterChoice, example, journal_option, later, source_options
from poolshift.cli.output import say
from poolshift.cli.planfile import read_plan
from poolshift.cli.running import drive_connected, open_journal, report_end
from poolshift.cli.source import SourceOptions, connected, live_source
from poolshift.core.errors import EXIT_DONE, EXIT_WAITING, UsageError
from poolshift.core.journal import Options, RunState, Source
from poolshift.engine.control import check_gate
from poolshift.engine.driver import claimed, run_lock
from poolshift.engine.preflight import missing_rights, preflight
from poolshift.engine.start import begin, fresh_blockers, new_run_id, refuse_unfinished
from poolshift.engine.world import LiveWorld

if TYPE_CHECKING:
    from poolshift.adapters.connect import Connection
    from poolshift.core.plan import Plan
    from poolshift.engine.journal import SqliteJournal


@click.command(
    "apply",
    epilog=example(
        "poolshift apply plan.yaml -g shop -n shop-aks --check\n"
        "poolshift apply plan.yaml -g shop -n shop-aks --yes --approve delete-blue"
    ),
)
@click.argument("plan_file", metavar="PLAN")
@source_options(snapshot=False)
@click.option("--check", is_flag=True, help="Send every write as a dry run; change nothing.")
@click.option(
    "--yes",
    "-y",
    is_flag=True,
    help="Answer the start question and every gate but the irreversible ones.",
)
@click.option(
    "--approve",
    "gates",
    multiple=True,
    metavar="GATE",
    help="Open a gate: a step's id, or a step's kind (delete-blue).",
)
@click.option(
    "--on-failure",
    default="stop",
    show_default=True,
    type=LaterChoice(("stop", "rollback")),
    help="What a failed step does.",
)
@click.option(
    "--take-ownership",
    is_flag=True,
    help="Change pools that Terraform, Bicep or another owner manages.",
)
@journal_option
@later("--window")
@later("--until")
@later("--allow-role-assignments", flag=True)
def command(
    plan_file: str,
    check: bool,
    yes: bool,
    gates: tuple[str, ...],
    on_failure: str,
    take_ownership: bool,
    journal: str | None,
    **source: Any,
) -> int:
    """Carry a plan out, carefully."""
    plan, text = read_plan(plan_file)
    for gate in gates:
        check_gate(plan, gate)
    store = open_journal(journal)
    refuse_unfinished(store, plan)
    options = Options(yes=yes, on_failure=on_failure, take_ownership=take_ownership)
    where = live_source(SourceOptions(**source))
    if check:
        return asyncio.run(_check(plan, where))
    return asyncio.run(_apply(plan, text, where, store, options, gates))


async def _blocked(plan: Plan, connection: Connection, where: Source) -> int:
    """0, or 3 with every blocker said."""
    name = where.sim or connection.cluster_id
    blockers = await fresh_blockers(connection, load_catalog(), plan, name)
    for b in blockers:
        say(f"blocker {b.rule} {b.target}: {b.why}")
        say(f"  fix: {b.fix}")
    rights = await missing_rights(connection.kube)
    if rights:
        raise UsageError(
            "this identity lacks rights on the cluster",
            why="; ".join(p.why for p in rights),
            fix="Bind the role of docs/permissions.md to it",
            code="PSE149",
        )
    return EXIT_WAITING if blockers else EXIT_DONE


async def _check(plan: Plan, where: Source) -> int:
    async with connected(where) as connection:
        code = await _blocked(plan, connection, where)
        problems = await preflight(connection.arm, connection.kube, connection.cluster_id, plan)
        for problem in problems:
            say(f"would be refused: {problem.line()}")
        if code == EXIT_DONE and not problems:
            say(
                "every Kubernetes write was accepted as a dry run and nothing was changed; "
                "ARM has no dry run, so its calls were not tried"
            )
        return EXIT_WAITING if problems else code


async def _apply(
    plan: Plan,
    text: str,
    where: Source,
    journal: SqliteJournal,
    options: Options,
    gates: tuple[str, ...],
) -> int:
    run = new_run_id()
    async with connected(where, run) as connection:
        blocked = await _blocked(plan, connection, where)
        if blocked:
            return blocked
        _ask(plan, yes=options.yes)
        with run_lock(journal.path, run):
            world = LiveWorld(
                connection.arm, connection.kube, connection.clock, connection.cluster_id
            )
            async with claimed(connection.kube, WallClock(), run):
                state = await begin(
                    journal,
                    world,
                    plan,
                    run=run,
                    plan_text=text,
                    source=where,
                    options=options,
                    gates=gates,
                )
            say(f"run {run} of {plan.id}")
            try:
                end: RunState = await drive_connected(state, plan, connection, journal)
            except asyncio.CancelledError:
                say(f"interrupted; the state is kept: poolshift runs resume {run}")
                raise
    return report_end(end)


def _ask(plan: Plan, *, yes: bool) -> None:
    if yes:
        return
    pools = ", ".join(f"{p.blue} → {p.green} ({p.to})" for p in plan.pools)
    if not sys.stdin.isatty():
        raise UsageError(
            "apply asks before it starts, and there is no terminal to ask on",
            fix="Pass --yes, or try --check first",
            code="PSE160",
        )
    if not click.confirm(f"Move {pools} on {plan.cluster}?", err=True):
        raise UsageError(
            "apply was not started",
            why="the answer was no",
            fix="Look at the plan, then run it again",
            code="PSE163",
        )
