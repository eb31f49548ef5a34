"""What a snapshot costs beside kubectl and the bare reading of its bytes; and assess of it.

`large` (1,000 nodes, 30,000 pods) is read over HTTP by `kubectl get pods -A -o json` and by
`poolshift snapshot`, which reads everything else besides. `max` (5,000 nodes, 100,000 pods) is
captured, then the same lists are fetched and decoded into the same partial structs with nothing
done to them: what httpx, TLS, gzip and msgspec cost alone. At last `max` is assessed from its
file. CPU is user and system time of the client's process, from its start to its end; memory is
its peak.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CPU_TO_KUBECTL = 1 / 25
MEMORY_TO_KUBECTL = 1 / 10
CPU_TO_BARE = 1.5
MAX_MEMORY_MB = 700.0
ASSESS_S = 10.0
_SIM = (sys.executable, "-m", "poolshift", "sim")
_POOLSHIFT = (sys.executable, "-m", "poolshift")


@dataclass(frozen=True)
class Cost:
    """CPU seconds and peak megabytes of a process."""

    cpu_s: float
    memory_mb: float


def report(folder: str) -> bool:
    """Print the figures; whether every limit is kept. Without kubectl its rows are left out."""
    print(f"\n{'CAPTURE OVER HTTP':44} {'CPU s':>8} {'MB':>8} {'LIMIT':>22}")
    kept = _large(f"{folder}-large")
    return _max(f"{folder}-max") and kept


def _large(folder: str) -> bool:
    with _running("large", folder):
        ours = cost(*_POOLSHIFT, "snapshot", "--sim", folder, "--out", f"{folder}.snap")
        if shutil.which("kubectl") is None:
            _line("large: poolshift snapshot", ours, "kubectl is not installed: no ratio")
            return True
        kubectl = cost(
            "kubectl", "get", "pods", "-A", "-o", "json", KUBECONFIG=f"{folder}/kubeconfig"
        )
    _line("large: kubectl get pods -A -o json", kubectl)
    cpu, memory = kubectl.cpu_s * CPU_TO_KUBECTL, kubectl.memory_mb * MEMORY_TO_KUBECTL
    _line("large: poolshift snapshot", ours, f"{cpu:.2f} s, {memory:.0f} MB")
    print(f"{'  kubectl costs so many times as much':44} {kubectl.cpu_s / ours.cpu_s:8.1f}", end="")
    print(f" {kubectl.memory_mb / ours.memory_mb:8.1f}")
    return _judged(ours.cpu_s <= cpu and ours.memory_mb <= memory)


def _max(folder: str) -> bool:
    with _running("max", folder):
        ours = cost(*_POOLSHIFT, "snapshot", "--sim", folder, "--out", f"{folder}.snap")
        bare = cost(sys.executable, __file__, folder)
    limit = bare.cpu_s * CPU_TO_BARE
    _line("max: the same lists, fetched and decoded", bare)
    _line("max: poolshift snapshot", ours, f"{limit:.2f} s, {MAX_MEMORY_MB:.0f} MB")
    kept = _judged(ours.cpu_s <= limit and ours.memory_mb <= MAX_MEMORY_MB)
    assessed = cost(
        *_POOLSHIFT, "assess", "--snapshot", f"{folder}.snap", "-o", "json", "--fail-on", "never"
    )
    _line("max: poolshift assess --snapshot", assessed, f"{ASSESS_S:.0f} s")
    return _judged(assessed.cpu_s <= ASSESS_S) and kept


def _line(name: str, found: Cost, limit: str = "") -> None:
    print(f"{name:44} {found.cpu_s:8.2f} {found.memory_mb:8.0f} {limit:>22}")


def _judged(kept: bool) -> bool:
    if not kept:
        print("  missed")
    return kept


class _running:
    """A local AKS of a scenario for a block."""

    def __init__(self, scenario: str, folder: str) -> None:
        self._scenario, self._folder = scenario, folder

    def __enter__(self) -> None:
        up = ("up", "--scenario", self._scenario, "--speed", "max", "--dir", self._folder)
        subprocess.run([*_SIM, *up, "--detach"], check=True, capture_output=True)

    def __exit__(self, *error: object) -> None:
        subprocess.run([*_SIM, "down", "--dir", self._folder], check=False, capture_output=True)


def cost(*command: str, **environment: str) -> Cost:
    """What a process costs; CalledProcessError when it fails."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | environment
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


async def _bare(folder: str) -> None:
    """Fetch and decode every list that a capture reads, and keep it: nothing else is done."""
    from poolshift.adapters.connect import open_sim
    from poolshift.capture.kubernetes import LISTS
    from poolshift.core.errors import NotFoundError

    connection = await open_sim(Path(folder), run_id="")
    kept = []
    for resource in LISTS:
        try:
            async for page in connection.kube.pages(resource):
                kept.append(page)
        except NotFoundError:
            continue
    await connection.aclose()
    print(sum(map(len, kept)), "objects")


if __name__ == "__main__":
    import asyncio

    asyncio.run(_bare(sys.argv[1]))
