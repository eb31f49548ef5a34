"""What only a process shows: the demo's whole output, an interrupt, a reader that goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.served import poolshift, served

pytestmark = [pytest.mark.slow]
PROGRAM = [sys.executable, "-m", "poolshift"]


def test_demo_moves_the_pool_and_cleans_up(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run(
        [*PROGRAM, "demo", "--speed", "1500"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "deployment.apps/sample configured" in done.stdout
    after = done.stdout.partition("nodes after")[2]
    assert after.count("Windows Server 2022 Datacenter") == 3
    assert after.count("10.0.20348.825") == 3
    assert "akswspool" not in after
    assert not [line for line in done.stdout.splitlines() if line != line.rstrip()]
    assert list(tmp_path.iterdir()) == []


def hear_interrupts() -> None:
    """What a shell starts in the background ignores interrupts, and so does all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_interrupt_keeps_the_state_and_says_how_to_go_on(tmp_path: Path) -> None:
    journal = f"sqlite:{tmp_path / 'j.db'}"
    plan = tmp_path / "plan.yaml"
    with served(tmp_path / "sim", speed="60") as aks:
        assert aks.run("plan", "--to", "Windows2022", "--out", plan).code == 0
        arguments = ["apply", str(plan), "--sim", str(aks.folder), "--yes", "--journal", journal]
        with subprocess.Popen(
            [*PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=hear_interrupts,
        ) as process:
            assert process.stderr is not None
            seen = ""
            while "create-pool" not in seen:
                line = process.stderr.readline()
                assert line, seen
                seen += line
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        assert process.returncode == 130, err
        assert "Traceback" not in err
        assert "the state is kept: poolshift runs resume run-" in err
        assert out == ""
    listed = poolshift("runs", "list", "--journal", journal, "-o", "json").document["runs"]
    assert [r["state"] for r in listed] == ["running"]


def test_reader_that_goes_away_is_no_failure() -> None:
    with subprocess.Popen(
        [*PROGRAM, "catalog", "list", "-o", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 0
        assert process.stderr.read() == ""
