"""The az script does what `apply` does: real az and kubectl, both hops, interrupted and again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.cli.served import poolshift, served
from tests.conformance.azure import ABSENT, AZ
from tests.conformance.everything import OPTIONS, everything
from tests.conformance.rendered import Script, capture, world
from tests.rig import budget

pytestmark = [pytest.mark.conformance, pytest.mark.slow]

MOST_RUNS = 80


@dataclass(frozen=True)
class Hop:
    """A cluster and where it moves to."""

    scenario: str | Path
    to: str
    options: tuple[str, ...] = ()


HOPS: dict[str, Callable[[Path], Hop]] = {
    "2019-to-2022": lambda _: Hop("reference", "Windows2022"),
    "2022-to-2025": lambda _: Hop("reference-2025", "Windows2025"),
    "everything": lambda folder: _everything(folder / "scenario"),
}


def _everything(folder: Path) -> Hop:
    scenario = everything(folder)
    return Hop(scenario, "Windows2022", (*OPTIONS, "--manifests", str(folder / "app")))


@pytest.fixture(autouse=True)
def clients() -> None:
    if not AZ.exists():
        pytest.skip(f"az {ABSENT}")
    for tool in ("kubectl", "bash", "awk"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


@contextmanager
def rendered(folder: Path, hop: Hop) -> Iterator[Script]:
    """A local AKS with a plan for it and the script of that plan."""
    with served(folder / "aks", hop.scenario) as aks:
        plan, script = folder / "plan.yaml", folder / "move"
        planned = aks.run("plan", "--to", hop.to, "--out", plan, *hop.options)
        assert planned.code == 0, planned.err
        answer = poolshift("render", plan, "--as", "az", "--out", f"{script}/")
        assert answer.code == 0, answer.err
        path = script / "move.sh"
        # As a user would on top of the script: a look a minute is enough for a test.
        shorter, count = re.subn(r"='\d+' # (canary|soak)", r"='60' # \1", path.read_text())
        assert count
        path.write_text(shorter)
        yield Script(aks, path, folder / "home")


def applied(folder: Path, hop: Hop) -> dict[str, Any]:
    """The world after `apply` of the same plan, on a fresh local AKS of the same seed."""
    with served(folder / "aks", hop.scenario) as aks:
        plan = folder / "plan.yaml"
        planned = aks.run("plan", "--to", hop.to, "--out", plan, *hop.options)
        assert planned.code == 0, planned.err
        journal = f"sqlite:{folder / 'runs.db'}"
        ran = aks.run("apply", plan, "--yes", "--approve", "delete-blue", "--journal", journal)
        assert ran.code == 0, ran.err
        return world(capture(aks, "after"))


class Hops:
    """Hops by name, with the world that `apply` makes of each: that is made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, tuple[Hop, dict[str, Any]]] = {}

    def __call__(self, name: str) -> tuple[Hop, dict[str, Any]]:
        if name not in self._made:
            folder = self._folder / name
            folder.mkdir()
            hop = HOPS[name](folder)
            self._made[name] = hop, applied(folder, hop)
        return self._made[name]


@pytest.fixture(scope="module")
def hops(tmp_path_factory: pytest.TempPathFactory) -> Hops:
    return Hops(tmp_path_factory.mktemp("applied"))


@pytest.mark.parametrize(
    "name",
    ["2019-to-2022", "2022-to-2025", pytest.param("everything", marks=pytest.mark.sweep)],
)
def test_it_ends_in_the_world_of_apply_and_a_second_run_changes_nothing(
    hops: Hops, name: str, tmp_path: Path
) -> None:
    hop, goal = hops(name)
    with rendered(tmp_path, hop) as script:
        said = script.run("--yes").done().out
        assert "done: steps 1 to" in said
        assert world(capture(script.aks, "after")) == goal
        before = script.aks.standing()
        again = script.run("--yes").done().out
        assert "  + " not in again
        assert script.aks.standing() == before
        assert world(capture(script.aks, "again")) == goal


@pytest.mark.sweep
def test_step_by_step_in_processes_of_their_own_it_ends_in_the_same_world(
    hops: Hops, tmp_path: Path
) -> None:
    hop, goal = hops("2022-to-2025")
    with rendered(tmp_path, hop) as script:
        total = len(re.findall(r"^ +\d+  ", script.run("--list").done().out, re.MULTILINE))
        assert total > 10
        for number in range(1, total + 1):
            said = script.run("--only", str(number), "--yes").done().out
            assert f"[{number}/{total}]" in said
        assert world(capture(script.aks, "after")) == goal


@pytest.mark.sweep
def test_killed_after_every_kind_of_change_and_resumed_it_ends_in_the_same_world(
    hops: Hops, tmp_path: Path
) -> None:
    hop, goal = hops("everything")
    with rendered(tmp_path, hop) as script:
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
        assert deaths >= 20
        assert world(capture(script.aks, "after")) == goal


@pytest.mark.sweep
def test_taken_back_from_the_last_step_to_the_first_it_is_as_it_was(tmp_path: Path) -> None:
    with rendered(tmp_path, Hop("reference", "Windows2022")) as script:
        before = world(capture(script.aks, "before"))
        # Up to where blue has left the load balancers.
        script.run("--to", "15").done()
        assert world(capture(script.aks, "between")) != before
        for number in range(15, 0, -1):
            script.run("--undo", str(number), "--yes").done()
        assert world(capture(script.aks, "after")) == before


def test_it_refuses_another_cluster_and_asks_before_it_deletes(tmp_path: Path) -> None:
    with rendered(tmp_path, Hop("reference", "Windows2022")) as script:
        standing = script.aks.standing()
        text = script.path.read_text()
        script.path.write_text(text.replace("cluster='myAKSCluster'", "cluster='another'"))
        ran = script.run("--only", "5")
        assert ran.code == 2
        assert "refused: az cannot read the cluster" in ran.out
        script.path.write_text(text.replace("sku_1='Windows2019'", "sku_1='Windows2016'"))
        ran = script.run()
        assert ran.code == 1
        assert "the pool wspool is Windows2019, the plan was made for Windows2016" in ran.out
        script.path.write_text(text.replace("blockers='0'", "blockers='2'"))
        assert "refused: the plan has 2 blockers" in script.run().out
        assert script.aks.standing() == standing
        script.path.write_text(text)
        script.run("--to", "15").done()
        ran = script.run("--only", "16", answer="no\n")
        assert ran.code == 1
        assert "error: not confirmed" in ran.out
        assert "the pool wspool is gone" in script.run("--only", "16", answer="wspool\n").out


def test_a_rollout_that_a_budget_forbids_is_not_begun(tmp_path: Path) -> None:
    with rendered(tmp_path, Hop("reference", "Windows2022")) as script:
        aks = script.aks
        budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
        aks.send("POST", budgets, budget("strict", "sample", minAvailable=3))
        loose = {"spec": {"strategy": {"rollingUpdate": {"maxUnavailable": 1}}}}
        path = "/apis/apps/v1/namespaces/default/deployments/sample"
        aks.send("PATCH", path, loose, "strategic-merge-patch+json")
        script.run("--to", "8").done()
        before = aks.image_of("sample")
        ran = script.run("--only", "9")
        assert ran.code == 1
        assert "may take 1 pods away, and the budget strict allows 0" in ran.out
        assert aks.image_of("sample") == before
