"""poolshift demo: the whole job on a local AKS, by the same code path that a real cluster takes."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.rule import Rule

from poolshift.adapters.clock import WallClock
from poolshift.catalog import load_catalog
from poolshift.cli.assess_cmd import snapshot_of
from poolshift.cli.live import Progress
from poolshift.cli.options import LaterChoice, example
from poolshift.cli.output import console
from poolshift.cli.plan import manifest_files, plan_of_request
from poolshift.cli.rewriting.files import replace
from poolshift.cli.rewriting.show import unified
from poolshift.cli.rewriting.walk import Walk, walk
from poolshift.cli.running import Lines, drive_connected, report_end
from poolshift.cli.sim import Speed, start_detached, stop
from poolshift.cli.source import SourceOptions, connected
from poolshift.core.clock import parse_time
from poolshift.core.errors import EXIT_DONE, EXIT_NEEDS_PERSON
from poolshift.core.journal import Options, RunState, Source
from poolshift.core.kube import NODES, PODS
from poolshift.core.plan import Plan, dump_plan
from poolshift.engine.driver import run_lock
from poolshift.engine.journal import SqliteJournal
from poolshift.engine.start import begin, fresh_blockers, new_run_id
from poolshift.engine.world import LiveWorld
from poolshift.planner import PlanRequest
from poolshift.report.assess import print_assessment
from poolshift.report.durations import spell
from poolshift.report.plan_text import print_plan
from poolshift.report.table import kubectl_table
from poolshift.rewrite import FileKind, rewrite_file
from poolshift.rules.run import assess

if TYPE_CHECKING:
    from rich.console import Console

    from poolshift.adapters.connect import Connection

DEFAULT_SPEED = 600.0


@dataclass(frozen=True)
class Hop:
    """What a demo shows for a target: its scenario, green's name, and whether files are applied.

    From 2022 to 2025 no image has to change, so that hop moves by drain and leaves the files.
    """

    scenario: str
    greens: dict[str, str]
    applies_files: bool


HOPS = {
    "Windows2022": Hop("reference", {"wspool": "poolws"}, applies_files=True),
    "Windows2025": Hop("reference-2025", {}, applies_files=False),
}


@click.command("demo", epilog=example("poolshift demo\npoolshift demo --to Windows2025"))
@click.option(
    "--to",
    type=LaterChoice(tuple(HOPS)),
    default="Windows2022",
    show_default=True,
    help="The OS SKU to move to.",
)
@click.option(
    "--speed",
    type=Speed(),
    default=str(int(DEFAULT_SPEED)),
    show_default=True,
    metavar="N|max",
    help="Virtual seconds a second.",
)
def command(to: str, speed: float) -> int:
    """Move the reference cluster's Windows pool on a local AKS, start to end."""
    folder = Path(tempfile.mkdtemp(prefix="poolshift-demo-"))
    sim = folder / "sim"
    hop = HOPS[to]
    wall = WallClock()
    began = asyncio.run(wall.now())
    start_detached(sim, scenario=hop.scenario, seed=None, speed=speed, trace=None)
    try:
        demo = Demo(to, hop, folder, console())
        code = demo.show()
        took = (asyncio.run(wall.now()) - began).total_seconds()
        if code == EXIT_DONE:
            demo.epilogue(took)
        return code
    finally:
        stop(sim)
        shutil.rmtree(folder, ignore_errors=True)


class Demo:
    """One demonstration: assess, plan, rewrite, apply, verify."""

    def __init__(self, to: str, hop: Hop, folder: Path, out: Console) -> None:
        self._to = to
        self._hop = hop
        self._folder = folder
        self._out = out
        self._source = Source(sim=str(folder / "sim"))
        self._options = SourceOptions(sim=str(folder / "sim"))
        self._cluster_s = 0.0
        self._pools: list[tuple[str, str]] = []

    def _title(self, text: str) -> None:
        self._out.print()
        self._out.print(Rule(f"[bold]{text}[/]", align="left"))

    def show(self) -> int:
        """Everything, in order; 0 when the move is complete."""
        self._title(f"assess: what stands between this cluster and {self._to}")
        snapshot = snapshot_of(self._options)
        as_of = parse_time(snapshot.captured_at).date()
        print_assessment(assess(snapshot, load_catalog(), as_of=as_of, to=self._to), self._out)
        self._title("rewrite: what changes in the application's files")
        app = self._copy_app()
        self._rewrite(app)
        self._title("plan")
        request = PlanRequest(
            to=self._to,
            greens=self._hop.greens,
            manifests=manifest_files((str(app),)) if self._hop.applies_files else (),
        )
        plan, _ = plan_of_request(self._options, request)
        print_plan(plan, self._out)
        return asyncio.run(self._apply(plan))

    def _copy_app(self) -> Path:
        from poolshift.sim.scenario import load_scenario

        app = self._folder / "app"
        shipped = load_scenario(self._hop.scenario).app_folder()
        if shipped is not None:
            shutil.copytree(shipped, app)
        return app

    def _rewrite(self, app: Path) -> None:
        if not self._hop.applies_files:
            self._out.print(
                "The 2022 image runs on 2025 nodes, so nothing has to change now. When you "
                "rebuild on the new base, this is the edit:"
            )
        for found in walk(str(app), Walk()):
            before = found.path.read_bytes()
            result = rewrite_file(found.shown, before, self._to, load_catalog())
            if result.kind is FileKind.OTHER:
                continue
            self._out.print(unified(before, result).rstrip("\n"), markup=False, soft_wrap=True)
            for need in result.needs:
                where = f"{found.shown}:{need.line}"
                self._out.print(f"{where}: {need.reason}; {need.suggestion}", markup=False)
            if self._hop.applies_files:
                replace(found.path, before, result.data)

    async def _apply(self, plan: Plan) -> int:
        run = new_run_id()
        journal = SqliteJournal(self._folder / "journal.db")
        async with connected(self._source, run) as c:
            self._title("nodes before")
            await self._nodes(c)
            blockers = await fresh_blockers(c, load_catalog(), plan, "demo")
            if blockers:
                self._out.print(f"[red]blocked[/]: {blockers[0].why}")
                return EXIT_NEEDS_PERSON
            self._title(f"apply: run {run}")
            world = LiveWorld(c.arm, c.kube, c.clock, c.cluster_id)
            with run_lock(journal.path, run):
                state = await begin(
                    journal,
                    world,
                    plan,
                    run=run,
                    plan_text=dump_plan(plan),
                    source=self._source,
                    options=Options(yes=True),
                    gates=("delete-blue",),
                )
                end = await self._drive(state, plan, c, journal)
            if end.ended_at is not None:
                span = parse_time(end.ended_at) - parse_time(end.started_at)
                self._cluster_s = span.total_seconds()
            self._pools = [(p.blue, p.green) for p in plan.pools]
            if report_end(end) != EXIT_DONE:
                return EXIT_NEEDS_PERSON
            self._title("nodes after")
            await self._nodes(c)
            self._title("the moved pods")
            await self._pods(c)
        return EXIT_DONE

    async def _drive(
        self, state: RunState, plan: Plan, c: Connection, journal: SqliteJournal
    ) -> RunState:
        if not sys.stdout.isatty():
            return await drive_connected(state, plan, c, journal, Lines(plan).show)
        with Progress(plan, self._out) as progress:
            return await drive_connected(state, plan, c, journal, progress.show, progress.see)

    async def _nodes(self, c: Connection) -> None:
        self._out.print("$ kubectl get nodes -o wide", markup=False)
        table = kubectl_table(await c.kube.table(NODES))
        self._out.print(table, markup=False, soft_wrap=True, no_wrap=True, crop=False)

    async def _pods(self, c: Connection) -> None:
        self._out.print("$ kubectl get pods -o wide", markup=False)
        table = kubectl_table(await c.kube.table(PODS, "default"))
        self._out.print(table, markup=False, soft_wrap=True, no_wrap=True, crop=False)

    def epilogue(self, wall_s: float) -> None:
        """How long it took on both clocks, and what to try next."""
        for blue, green in self._pools:
            self._out.print(f"\n{blue} is gone; {green} runs {self._to}.")
        self._out.print(
            f"The move took {spell(self._cluster_s)} on the cluster's clock; "
            f"this demo {wall_s:.0f} s on yours."
        )
        other = next(t for t in HOPS if t != self._to)
        self._out.print("\nTry next:")
        for line in (
            f"poolshift demo --to {other}",
            "poolshift sim up --scenario reference --detach && . .poolshift/sim/azure.env",
            "poolshift assess --to Windows2022",
        ):
            self._out.print(f"  {line}", markup=False)
