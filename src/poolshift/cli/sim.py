"""poolshift sim."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path

import click

from poolshift.adapters.clock import WallClock
from poolshift.adapters.connect import read_endpoint, shut_down
from poolshift.cli.options import example, not_available
from poolshift.cli.output import say
from poolshift.core.errors import PoolshiftError, UsageError

DEFAULT_DIR = ".poolshift/sim"
START_LIMIT_S = 60.0
LOOK_S = 0.05


class Speed(click.ParamType[float]):
    """A factor, or max."""

    name = "N|max"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The factor; 0 stands for max."""
        if value == "max":
            return 0.0
        try:
            number = float(str(value))
        except ValueError:
            number = -1.0
        # Written so that nan is refused as well.
        if not 0 < number < float("inf"):
            self.fail(f"{value!r} is neither a positive number nor max", param, ctx)
        return number


@click.group("sim", epilog=example("poolshift sim up --detach\n. .poolshift/sim/azure.env"))
def command() -> None:
    """Run a local AKS that az and kubectl can talk to."""


@command.command("up", epilog=example("poolshift sim up --scenario reference --detach"))
@click.option(
    "--scenario",
    default="reference",
    show_default=True,
    metavar="NAME|FILE",
    help="What cluster to run.",
)
@click.option("--seed", type=int, help="Seed of all that is random; default: the scenario's.")
@click.option(
    "--speed",
    type=Speed(),
    default="60",
    show_default=True,
    metavar="N|max",
    help="Virtual seconds a second; max jumps to the next event.",
)
@click.option(
    "--dir",
    "directory",
    default=DEFAULT_DIR,
    show_default=True,
    metavar="DIR",
    help="Where its files go.",
)
@click.option("--trace", metavar="FILE", help="Write every world event there, as JSON lines.")
@click.option("--detach", is_flag=True, help="Return when it answers.")
@click.option("--snapshot", hidden=True)
def up(
    scenario: str,
    seed: int | None,
    speed: float,
    directory: str,
    trace: str | None,
    detach: bool,
    snapshot: str | None,
) -> int:
    """Start a local AKS on loopback."""
    if snapshot is not None:
        raise not_available("sim up --snapshot")
    folder = Path(directory).resolve()
    _refuse_running(folder)
    if detach:
        start_detached(folder, scenario=scenario, seed=seed, speed=speed, trace=trace)
        say(f"the local AKS answers; for az and kubectl: . {folder}/azure.env")
        return 0
    from poolshift.sim.runner import serve
    from poolshift.sim.scenario import load_scenario

    loaded = load_scenario(scenario)
    say(f"the local AKS runs {loaded.name}; for az and kubectl: . {folder}/azure.env")
    asyncio.run(
        serve(
            loaded,
            seed=loaded.seed if seed is None else seed,
            speed=speed or None,
            directory=folder,
            trace_path=Path(trace).resolve() if trace else None,
        )
    )
    return 0


def _refuse_running(folder: Path) -> None:
    with contextlib.suppress(UsageError):
        endpoint = read_endpoint(folder)
        raise _Running(endpoint.pid, folder)


class _Running(PoolshiftError):
    exit_code = 2
    default_code = "PSE170"

    def __init__(self, pid: int, folder: Path) -> None:
        super().__init__(
            f"a local AKS runs in {folder} already",
            why=f"process {pid}",
            fix=f"Stop it with: poolshift sim down --dir {folder}; or name another --dir",
        )


def start_detached(
    folder: Path, *, scenario: str, seed: int | None, speed: float, trace: str | None
) -> int:
    """Start a local AKS in a process of its own; returns its pid when both faces answer.

    Raises:
        UsageError: it ended, or did not answer in time; with the last lines of its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "sim.log"
    arguments = [
        "sim",
        "up",
        "--scenario",
        scenario,
        "--dir",
        str(folder),
        "--speed",
        str(speed) if speed else "max",
    ]
    arguments += ["--seed", str(seed)] if seed is not None else []
    arguments += ["--trace", str(Path(trace).resolve())] if trace else []
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-m", "poolshift", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    asyncio.run(_wait_until_up(process, folder, log))
    return process.pid


async def _wait_until_up(process: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    wall = WallClock()
    waited = 0.0
    while waited < START_LIMIT_S:
        if process.poll() is not None:
            raise UsageError(
                "the local AKS ended at once",
                why=_tail(log),
                fix="Mend that, then try again",
                code="PSE171",
            )
        with contextlib.suppress(UsageError):
            read_endpoint(folder)
            return
        await wall.sleep(LOOK_S)
        waited += LOOK_S
    process.terminate()
    raise UsageError(
        f"the local AKS does not answer after {START_LIMIT_S:.0f} s",
        why=_tail(log),
        fix="Try again",
        code="PSE172",
    )


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("error: ") if lines else "it said nothing"


@command.command("down", epilog=example("poolshift sim down"))
@click.option(
    "--dir",
    "directory",
    default=DEFAULT_DIR,
    show_default=True,
    metavar="DIR",
    help="Its directory.",
)
def down(directory: str) -> int:
    """Stop the local AKS of a directory."""
    stop(Path(directory).resolve())
    say("the local AKS is down")
    return 0


def stop(folder: Path) -> None:
    """Ask a local AKS to stop and wait until its process is gone."""
    endpoint = read_endpoint(folder)
    asyncio.run(_stop(folder, endpoint.pid))


async def _stop(folder: Path, pid: int) -> None:
    await shut_down(folder)
    wall = WallClock()
    for _ in range(200):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        await wall.sleep(LOOK_S)


@command.command("scenarios", epilog=example("poolshift sim scenarios"))
def scenarios() -> int:
    """The clusters that ship with poolshift."""
    from poolshift.sim.scenario import load_scenario, scenario_names

    for name in scenario_names():
        click.echo(f"{name:16} {load_scenario(name).summary}")
    return 0


@command.command("faults", epilog=example("poolshift sim faults"))
def faults() -> int:
    """What can go wrong in a scenario, and the troubles that each fault stands for."""
    from poolshift.sim.faults.table import FAULTS

    for fault in FAULTS:
        click.echo(f"{fault.name:23} {', '.join(fault.pains):14} {fault.what}")
        if fault.codes:
            click.echo(f"{'':38} answers: {', '.join(fault.codes)}")
        if fault.target:
            click.echo(f"{'':38} target: {fault.target}")
        if fault.value:
            click.echo(f"{'':38} value: {fault.value}; {fault.default:g} by default")
    return 0


@command.command("coverage", epilog=example("poolshift sim coverage"))
def coverage() -> int:
    """What the local AKS simulates, what it approximates and by which figures, and what not."""
    from poolshift.sim.coverage.page import lines

    click.echo("\n".join(lines()))
    return 0
