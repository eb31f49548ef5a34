"""`kill -9` of a real `poolshift apply` against a served local AKS, then `runs resume`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.checkers import broken, done_by, moves_per_pod

SAMPLE = "default/Deployment/sample"
POINTS = [
    *(("after-load", n) for n in (2, 9, 20, 33)),
    *(("before-intent", n) for n in (2, 8, 14, 20)),
    *(("after-intent", n) for n in (1, 3, 6, 10)),
    *(("mid-act", n) for n in (2, 4, 8, 12)),
    *(("after-act", n) for n in (2, 4, 8, 12)),
    *(("after-outcome", n) for n in (2, 4, 7, 9)),
]
MOMENTS_S = (0.7, 1.3, 2.0, 2.7)


def poolshift(
    *arguments: str, folder: Path, kill_at: str = "", timeout_s: float = 120
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "POOLSHIFT_KILL_AT": kill_at, "POOLSHIFT_SIM": ""}
    return subprocess.run(
        [sys.executable, "-m", "poolshift", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@contextmanager
def local_aks(folder: Path) -> Iterator[None]:
    """A local AKS in a process of its own, as a user starts it."""
    up = poolshift(
        "sim",
        "up",
        "--detach",
        "--seed",
        "1",
        "--speed",
        "max",
        "--dir",
        "sim",
        "--trace",
        "trace.jsonl",
        folder=folder,
    )
    assert up.returncode == 0, up.stderr
    try:
        yield
    finally:
        poolshift("sim", "down", "--dir", "sim", folder=folder)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One plan for all: the same seed makes the same cluster."""
    folder = tmp_path_factory.mktemp("plan")
    with local_aks(folder):
        done = poolshift(
            "plan",
            "--sim",
            "sim",
            "--to",
            "Windows2022",
            "--green",
            "wspool=poolws",
            "--out",
            "plan.yaml",
            folder=folder,
        )
        assert done.returncode == 0, done.stderr
    return folder / "plan.yaml"


@pytest.fixture
def folder(tmp_path: Path, plan: Path) -> Path:
    (tmp_path / "plan.yaml").write_text(plan.read_text())
    return tmp_path


APPLY = (
    "apply",
    "plan.yaml",
    "--sim",
    "sim",
    "--yes",
    "--approve",
    "delete-blue",
    "--journal",
    "sqlite:j.db",
)


def ends_well(folder: Path) -> None:
    """The same end as without a kill: one green pool, every pod moved once, blue gone."""
    shown = poolshift(
        "runs", "show", "latest", "-o", "json", "--journal", "sqlite:j.db", folder=folder
    )
    document = json.loads(shown.stdout)
    events = [json.loads(line) for line in (folder / "trace.jsonl").read_text().splitlines()]
    run = document["run"]
    assert document["state"] == "completed"
    assert broken(events, run, {SAMPLE: "10.0.20348"}) == []
    assert moves_per_pod(events, SAMPLE) == (3, 3)
    counts = done_by(events, run)
    assert set(counts.values()) == {1}
    assert counts["pool-added", "poolws"] == counts["pool-removed", "wspool"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(("point", "nth"), POINTS)
def test_killed_at_a_named_point_it_resumes_to_the_same_end(
    point: str, nth: int, folder: Path
) -> None:
    with local_aks(folder):
        died = poolshift(*APPLY, folder=folder, kill_at=f"{point}:{nth}")
        assert died.returncode == -signal.SIGKILL, died.stderr
        resumed = poolshift("runs", "resume", "latest", "--journal", "sqlite:j.db", folder=folder)
        assert resumed.returncode == 0, resumed.stderr
    ends_well(folder)


@pytest.mark.slow
@pytest.mark.parametrize("moment_s", MOMENTS_S)
def test_killed_from_outside_at_some_moment_it_resumes(moment_s: float, folder: Path) -> None:
    with local_aks(folder):
        process = subprocess.Popen(
            [sys.executable, "-m", "poolshift", *APPLY],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        journal = folder / "j.db"
        while not journal.exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(moment_s)
        process.kill()
        process.wait()
        resumed = poolshift("runs", "resume", "latest", "--journal", "sqlite:j.db", folder=folder)
        assert resumed.returncode == 0, resumed.stderr
    ends_well(folder)
