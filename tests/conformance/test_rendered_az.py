"""The az script does what `apply` does: real az and kubectl, both hops, interrupted and again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.cli.served import poolshift, served
from tests.conformance.azure import ABSENT, AZ
from tests.conformance.rendered import Script, capture, world

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

HOPS = [("reference", "Windows2022"), ("reference-2025", "Windows2025")]
MOST_RUNS = 80


@pytest.fixture(autouse=True)
def clients() -> None:
    if not AZ.exists():
        pytest.skip(f"az {ABSENT}")
    for tool in ("kubectl", "bash", "awk"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


@contextmanager
def rendered(folder: Path, scenario: str | Path, to: str, *options: str) -> Iterator[Script]:
    """A local AKS with a plan for it and the script of that plan."""
    with served(folder / "aks", scenario) as aks:
        plan, script = folder / "plan.yaml", folder / "move"
        planned = aks.run("plan", "--to", to, "--out", plan, *options)
        assert planned.code == 0, planned.err
        answer = poolshift("render", plan, "--as", "az", "--out", f"{script}/")
        assert answer.code == 0, answer.err
        yield Script(aks, script / "move.sh", folder / "home")


def applied(folder: Path, scenario: str | Path, to: str, *options: str) -> dict[str, Any]:
    """The world after `apply` of the same plan, on a fresh local AKS of the same seed."""
    with served(folder, scenario) as aks:
        plan = folder / "plan.yaml"
        planned = aks.run("plan", "--to", to, "--out", plan, *options)
        assert planned.code == 0, planned.err
        journal = f"sqlite:{folder / 'runs.db'}"
        ran = aks.run("apply", plan, "--yes", "--approve", "delete-blue", "--journal", journal)
        assert ran.code == 0, ran.err
        return world(capture(aks, "after"))


@pytest.fixture(scope="module", params=HOPS, ids=[to for _, to in HOPS])
def hop(request: pytest.FixtureRequest) -> tuple[str, str]:
    found: tuple[str, str] = request.param
    return found


@pytest.fixture(scope="module")
def goal(hop: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return applied(tmp_path_factory.mktemp("applied"), *hop)


def test_it_ends_in_the_world_of_apply_and_a_second_run_changes_nothing(
    hop: tuple[str, str], goal: dict[str, Any], tmp_path: Path
) -> None:
    with rendered(tmp_path, *hop) as script:
        said = script.run("--yes").done().out
        assert "done: steps 1 to" in said
        after = capture(script.aks, "after")
        assert world(after) == goal
        before = script.aks.standing()
        again = script.run("--yes").done().out
        assert "  + " not in again
        assert script.aks.standing() == before
        assert world(capture(script.aks, "again")) == goal


def test_step_by_step_in_processes_of_their_own_it_ends_in_the_same_world(
    hop: tuple[str, str], goal: dict[str, Any], tmp_path: Path
) -> None:
    with rendered(tmp_path, *hop) as script:
        total = len(re.findall(r"^ +\d+  ", script.run("--list").done().out, re.MULTILINE))
        assert total > 10
        for number in range(1, total + 1):
            said = script.run("--only", str(number), "--yes").done().out
            assert f"[{number}/{total}]" in said
        assert world(capture(script.aks, "after")) == goal


def test_killed_after_every_single_change_and_resumed_it_ends_in_the_same_world(
    hop: tuple[str, str], goal: dict[str, Any], tmp_path: Path
) -> None:
    with rendered(tmp_path, *hop) as script:
        script.die_after_each_change()
        step, deaths = "1", 0
        for _ in range(MOST_RUNS):
            ran = script.run("--yes", "--from", step)
            if ran.code == 0:
                break
            assert ran.code == -9, ran.out[-3000:]
            deaths += 1
            step = re.findall(r"^\[(\d+)/\d+\]", ran.out, re.MULTILINE)[-1]
        else:
            pytest.fail(f"it does not get through in {MOST_RUNS} runs: {ran.out[-3000:]}")
        assert deaths >= 15
        assert world(capture(script.aks, "after")) == goal
