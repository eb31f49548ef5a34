"""Figures of the simulator: how fast a large drain goes, how it grows, what the big scenarios cost.

Each figure of a big world comes from a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from poolshift.core.errors import ApiError
from poolshift.sim import collector
from poolshift.sim.kube.objects import controller_ref, terminating
from poolshift.sim.kube.resources import PODS
from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import World, build_world

if TYPE_CHECKING:
    from poolshift.sim.scenario import Scenario

EVENTS_WANTED = 20_000
GROWTH_LIMIT = 2.3
LOAD_LIMIT_S, LOAD_LIMIT_MB = 30.0, 4_000
DRAINED_SHARE = 4
_ROUND_S = 30.0
_RUNS = 5
_BY = "bench"


def drain(world: World, pool: str) -> None:
    """Cordon a share of a pool's nodes and evict their pods as the budgets let them go."""
    nodes = world.kube.nodes_of(pool)
    nodes = nodes[: len(nodes) // DRAINED_SHARE]
    for node in nodes:
        world.kube.cordon(node, by=_BY)
    left = True
    while left:
        left = False
        for node in nodes:
            for pod in world.kube.pods_on(node):
                ref = controller_ref(pod)
                if terminating(pod) or (ref is not None and ref["kind"] == "DaemonSet"):
                    continue
                left = True
                meta = pod["metadata"]
                try:
                    world.kube.evict(meta["namespace"], meta["name"], uid=meta["uid"], by=_BY)
                except ApiError as refused:
                    if refused.status != 429:
                        raise
        world.clock.run_until(world.clock.t + _ROUND_S)


def _shrunk(scenario: Scenario, share: int) -> Scenario:
    """The scenario with one in `share` of its Windows nodes and workloads."""
    pools = tuple(
        msgspec.structs.replace(p, count=p.count // share) if p.os_type == "Windows" else p
        for p in scenario.pools
    )
    manifests = tuple(
        msgspec.structs.replace(m, times=max(m.times // share, 1)) for m in scenario.manifests
    )
    return msgspec.structs.replace(scenario, pools=pools, manifests=manifests)


def measure(name: str, share: int, *, drained: bool) -> dict[str, float]:
    """Load a scenario, drain a quarter of its first Windows pool, and say what it took."""
    scenario = load_scenario(name)
    scenario = _shrunk(scenario, share) if share > 1 else scenario
    began = time.perf_counter()
    world = build_world(scenario, seed=1, keep_trace=False)
    load_s = time.perf_counter() - began
    figures = {"load_s": load_s, "pods": float(len(world.kube.store.collection(PODS).items))}
    if drained:
        collector.settle()
        before = world.trace.count
        began, used = time.perf_counter(), time.process_time()
        drain(world, "win1")
        figures["drain_s"] = time.process_time() - used
        figures["drain_wall_s"] = time.perf_counter() - began
        figures["events"] = float(world.trace.count - before)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**figures, "peak_mb": peak / 1024, "encode_s": _encode_s(world)}


def _encode_s(world: World) -> float:
    """CPU seconds of writing every pod as it is stored, once: what no list can go below."""
    began = time.process_time()
    for pod in world.kube.store.all(PODS):
        msgspec.json.encode(pod)
    return time.process_time() - began


def in_a_process(name: str, share: int, *, drained: bool) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, name, str(share), str(int(drained))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process so far; 0 where the system does not say."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Listing(NamedTuple):
    """What `kubectl get pods -A` took: on the wall, and of the CPU of each side."""

    wall_s: float
    client_s: float
    server_s: float


def _listing(folder: str) -> Listing | None:
    """`kubectl get pods -A` on the served `max`; None without kubectl."""
    if shutil.which("kubectl") is None:
        return None
    poolshift = [sys.executable, "-m", "poolshift"]
    up = [*poolshift, "sim", "up", "--scenario", "max", "--dir", folder, "--detach"]
    subprocess.run(up, check=True, capture_output=True)
    try:
        pid = json.loads(Path(folder, "endpoint.json").read_text())["pid"]
        served, used = _cpu_s(pid), os.times()
        began = time.perf_counter()
        command = ["kubectl", "--kubeconfig", f"{folder}/kubeconfig", "get", "pods", "-A"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        took = time.perf_counter() - began
        client = os.times()
        client_s = client.children_user + client.children_system
        client_s -= used.children_user + used.children_system
        lines = done.stdout.count("\n")
        if lines < 100_000:
            sys.exit(f"kubectl printed {lines} lines for the pods of max")
        return Listing(took, client_s, _cpu_s(pid) - served)
    finally:
        subprocess.run([*poolshift, "sim", "down", "--dir", folder], check=True)


def _median(runs: tuple[dict[str, float], ...]) -> dict[str, float]:
    """The median of each figure."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def report(folder: str) -> bool:
    """Print the table; whether every figure keeps its limit."""
    # One thread works, so its CPU seconds are what it takes; other work on the machine adds to the
    # wall's alone. Half and whole take turns, so that both see the same of the machine.
    pairs = [[in_a_process("large", share, drained=True) for share in (2, 1)] for _ in range(_RUNS)]
    half, whole = (_median(runs) for runs in zip(*pairs, strict=True))
    most = in_a_process("max", 1, drained=False)
    rate = whole["events"] / whole["drain_s"]
    growth = whole["drain_s"] / half["drain_s"]
    rows = [
        ("large: events a second of CPU", rate, EVENTS_WANTED, rate >= EVENTS_WANTED),
        ("large / half of it: drain time", growth, GROWTH_LIMIT, growth <= GROWTH_LIMIT),
        ("max: load s", most["load_s"], LOAD_LIMIT_S, most["load_s"] <= LOAD_LIMIT_S),
        ("max: peak MB", most["peak_mb"], LOAD_LIMIT_MB, most["peak_mb"] <= LOAD_LIMIT_MB),
    ]
    print(f"\n{'SIMULATOR':32} {'FIGURE':>9} {'LIMIT':>9} {'RATIO':>7}")
    for name, figure, limit, kept in rows:
        mark = "" if kept else "   missed"
        print(f"{name:32} {figure:9,.1f} {limit:9,.1f} {figure / limit:7.2f}{mark}")
    print(f"{'large: load s':32} {whole['load_s']:9.1f}   {whole['pods']:,.0f} pods")
    drained = f"{whole['events']:,.0f} events, {whole['drain_wall_s']:.2f} s on the wall"
    print(f"{'large: drain, CPU s':32} {whole['drain_s']:9.2f}   {drained}; medians of {_RUNS}")
    _print_listing(_listing(folder), most["encode_s"])
    return all(kept for *_, kept in rows)


def _print_listing(took: Listing | None, encode_s: float) -> None:
    """The list beside the plain cost of encoding its pods once, in the same run."""
    name = "max: kubectl get pods -A, s"
    if took is None:
        print(f"{name:32} no kubectl here")
        return
    print(f"{name:32} {took.wall_s:9.1f}   kubectl's own CPU {took.client_s:.1f}")
    ratio = took.server_s / encode_s
    beside = f"{encode_s:.1f} s to encode its pods once: ratio {ratio:.1f}"
    print(f"{'max: the server for that, CPU s':32} {took.server_s:9.1f}   {beside}")


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), drained=bool(int(sys.argv[3])))))
