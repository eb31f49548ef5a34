"""The script of a hostile plan, run to its end with clients that keep every word they get."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.render.plans import HOSTILE, hostile, procedure

from poolshift.render.az import render_az
from poolshift.render.procedure import pool_body

pytestmark = pytest.mark.slow

FAKE = Path(__file__).with_name("fake_client.sh")
TOOLS = (
    *("awk", "bash", "cat", "cksum", "date", "dirname", "head", "grep", "mkdir", "mktemp"),
    *("paste", "rm", "sed", "tail", "touch", "tr"),
)


@dataclass(frozen=True)
class Ran:
    """A run to the end: what was called, what was said, and the folder in which it ran."""

    calls: tuple[tuple[str, ...], ...]
    code: int
    said: str
    folder: Path

    @property
    def words(self) -> set[str]:
        return {w for call in self.calls for w in call}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("hostile")
    for name in ("bin", "fake/words", "fake/done", "here"):
        (folder / name).mkdir(parents=True)
    for name in ("az", "kubectl"):
        (folder / "bin" / name).write_text(FAKE.read_text())
        (folder / "bin" / name).chmod(0o755)
    (folder / "bin" / "sleep").write_text("#!/bin/bash\n")
    (folder / "bin" / "sleep").chmod(0o755)
    for tool in TOOLS:
        found = shutil.which(tool)
        if found is None:
            pytest.skip(f"{tool} is not installed")
        (folder / "bin" / tool).symlink_to(found)
    (folder / "fake/images").write_text("".join(f"old/{n}\n" for n in HOSTILE))
    single = render_az(procedure(hostile())).single
    assert single is not None
    script = folder / "here" / "move.sh"
    script.write_text(single)
    done = subprocess.run(
        ["bash", script, "--yes", "--despite-blockers"],
        cwd=folder / "here",
        env={"PATH": str(folder / "bin"), "FAKE": str(folder / "fake"), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    calls = tuple(
        tuple(path.read_bytes().decode().split("\0")[:-1])
        for path in (folder / "fake/words").iterdir()
    )
    return Ran(calls, done.returncode, done.stdout + done.stderr, folder)


def test_the_script_ran_every_step_to_its_end(ran: Ran) -> None:
    assert ran.code == 0, ran.said[-3000:]
    total = len(hostile().steps)
    assert f"done: steps 1 to {total}" in ran.said
    assert [n for n in range(1, total + 1) if f"[{n}/{total}]" not in ran.said] == []


def test_nothing_else_was_executed_or_written(ran: Ran) -> None:
    assert [p for p in ran.folder.rglob("*") if p.name.startswith("owned")] == []
    assert sorted(os.listdir(ran.folder / "here")) == ["move.sh"]
    assert {call[0] for call in ran.calls} == {"az", "kubectl"}


def test_every_workload_is_named_by_whole_words(ran: Ran) -> None:
    for number, name in enumerate(HOSTILE):
        plain = name.replace("/", "-")
        patched = [
            call
            for call in ran.calls
            if call[:3] == ("kubectl", "--context=--context; touch owned", "patch")
            and f"--namespace=ns{plain}" in call
            and f"deployment/{plain}{number}" in call
            and "--dry-run=server" not in call
        ]
        # The change with its hold, and its release.
        assert len(patched) == 2, name


def test_the_cluster_is_named_by_whole_words_in_every_call_of_az(ran: Ran) -> None:
    group = '--resource-group=it\'s `a` "group"\n$(touch owned)'
    for call in ran.calls:
        if call[:2] == ("az", "aks") and "--help" not in call:
            assert group in call
            assert call[call.index("--subscription") + 1] == "$(touch owned)"
            named = "--cluster-name=" if "nodepool" in call else "--name="
            assert f"{named}--name; touch owned" in call


def test_the_whole_body_of_the_pool_arrives_with_the_number_of_nodes(ran: Ran) -> None:
    call = next(c for c in ran.calls if c[:2] == ("az", "rest"))
    sent = json.loads(next(w for w in call if w.startswith("--body=")).removeprefix("--body="))
    plan = hostile()
    assert sent == pool_body(plan, plan.pools[0])
    assert "If-None-Match=*" in call
    assert "UseWindowsGen2VM=true" in call
    assert f"--url={plan.cluster}/agentPools/poolws?api-version=2026-06-01" in call


def test_identities_and_taints_from_the_service_arrive_whole(ran: Ran) -> None:
    assert "/id/$(touch owned) it's" in ran.words
    assert "--node-taints=$(touch owned)" in ran.words
    assert '--if-match="$(touch owned)"' in ran.words


def test_no_word_was_torn_or_expanded(ran: Ran) -> None:
    home = str(ran.folder)
    torn = {w for w in ran.words if w in ("touch", "owned", "it", "a b", "-rf", home, "~root")}
    assert torn == set()
