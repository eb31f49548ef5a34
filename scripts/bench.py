"""Figures of this machine: how soon the help is there, how fast the engine and the simulator are.

Prints medians over N runs, with the ratio to the smallest Python process, which takes the
machine's own speed out, and the simulator's figures against their limits. Exits 1 when one of them
is missed, or when `--help` costs more than its limit above that process.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

# The rig of the tests is the measured set-up, too.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import bench_arm
import bench_capture
import bench_registry
import bench_rewrite
import bench_sim
from tests.rig import RUN, Rig, deployment, replaced, with_scenario

from poolshift.core.journal import RunStatus
from poolshift.engine.driver import MIN_AGAIN_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.core.plan import Plan
    from poolshift.sim.scenario import Scenario

HELP_LIMIT_S = 0.150
DRAINED_APPS = 60
DRAINED_NODES = 20
IMAGE = "mcr.microsoft.com/oss/kubernetes-csi/azuredisk-csi:v1.23.0"


def process_s(*arguments: str) -> float:
    """Wall seconds of one Python process."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - began


def median_s(runs: int, *arguments: str) -> float:
    """The median of several processes; the first one only warms the caches."""
    process_s(*arguments)
    return statistics.median(process_s(*arguments) for _ in range(runs))


async def _count_ticks(rig: Rig, plan: Plan) -> tuple[int, float]:
    """Ticks of a whole run, and the seconds spent in them alone."""
    ticker = rig.ticker(plan)
    ticks, spent = 0, 0.0
    while True:
        began = time.perf_counter()
        again_s = await ticker.tick(RUN)
        spent += time.perf_counter() - began
        ticks += 1
        if again_s is None:
            return ticks, spent
        await ticker.clock.sleep(max(again_s, MIN_AGAIN_S))


def ticks_a_second() -> float:
    """Ticks of the engine, in process, over the reference cluster's move."""
    rig = Rig()
    plan = rig.plan(greens={"wspool": "poolws"})
    rig.begin(plan, gates=("delete-blue",))
    ticks, spent = asyncio.run(_count_ticks(rig, plan))
    return ticks / spent


def _wide(scenario: Scenario) -> Scenario:
    """The scenario with enough Windows nodes for the workloads to drain."""
    pools = tuple(
        msgspec.structs.replace(p, count=DRAINED_NODES) if p.os_type == "Windows" else p
        for p in scenario.pools
    )
    return replaced(scenario, pools=pools)


def events_a_second() -> float:
    """World events of a drain of many small workloads, engine included."""
    apps = [deployment(f"app{n}", IMAGE, replicas=3) for n in range(DRAINED_APPS)]
    rig = Rig(with_scenario(_wide), objects=tuple(apps))
    plan = rig.plan(greens={"wspool": "poolws"})
    before = len(rig.events)
    began = time.perf_counter()
    state = rig.apply(plan)
    spent = time.perf_counter() - began
    if state.status is not RunStatus.COMPLETED:
        sys.exit(f"the drain ended {state.status}: {state.failure}; its rate says nothing")
    return (len(rig.events) - before) / spent


def rate(runs: int, measure: Callable[[], float]) -> float:
    """The median of a rate."""
    return statistics.median(measure() for _ in range(runs))


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=11, help="processes a figure")
    runs = parser.parse_args().runs
    base = median_s(runs, "-c", "pass")
    rows = [("python -c pass", base)]
    rows += [
        (f"poolshift {option}", median_s(runs, "-m", "poolshift", option))
        for option in ("--version", "--help")
    ]
    print(f"{'PROCESS':28} {'MEDIAN':>9} {'RATIO':>7} {'ABOVE':>9}   ({runs} runs)")
    for name, seconds in rows:
        above = f"+{(seconds - base) * 1000:.0f} ms"
        print(f"{name:28} {seconds * 1000:6.0f} ms {seconds / base:7.2f} {above:>9}")
    few = max(1, runs // 4)
    print(f"\n{'RATE':28} {'MEDIAN':>9}   ({few} runs)")
    print(f"{'engine ticks a second':28} {rate(few, ticks_a_second):9.0f}")
    print(f"{'world events a second':28} {rate(few, events_a_second):9.0f}")
    with tempfile.TemporaryDirectory() as folder:
        kept = bench_sim.report(f"{folder}/max")
        kept = bench_arm.report(f"{folder}/arm") and kept
        kept = bench_registry.report(f"{folder}/registry") and kept
        kept = bench_rewrite.report(f"{folder}/tree") and kept
        kept = bench_capture.report(f"{folder}/capture") and kept
    over = rows[-1][1] - base - HELP_LIMIT_S
    if over > 0:
        print(f"--help is {over * 1000:.0f} ms over its limit of +{HELP_LIMIT_S * 1000:.0f} ms")
    return 1 if over > 0 or not kept else 0


if __name__ == "__main__":
    sys.exit(main())
