"""One local AKS a module, served by the real command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.served import LocalAks, poolshift, served


@pytest.fixture(scope="module")
def aks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAks]:
    """The reference cluster; tests leave it as they found it."""
    with served(tmp_path_factory.mktemp("aks")) as found:
        yield found


@pytest.fixture
def own_aks(tmp_path: Path) -> Iterator[LocalAks]:
    """The reference cluster, for one test that changes it."""
    with served(tmp_path / "sim") as found:
        yield found


@pytest.fixture
def paced_aks(tmp_path: Path) -> Iterator[LocalAks]:
    """The reference cluster on a steady clock, for a test that carries a plan out.

    A clock that jumps whenever nobody asks for some milliseconds overtakes a slow machine.
    """
    with served(tmp_path / "sim", speed="1500") as found:
        yield found


@pytest.fixture
def journal(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'j.db'}"


@pytest.fixture(scope="module")
def plan_file(aks: LocalAks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan without blockers for `aks`."""
    path = tmp_path_factory.mktemp("plan") / "plan.yaml"
    answer = aks.run("plan", "--to", "Windows2022", "--green", "wspool=poolws", "--out", path)
    assert answer.code == 0, answer.err
    return path


@pytest.fixture(scope="module")
def snapshot_file(aks: LocalAks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("snapshot") / "shop.snap"
    assert poolshift("snapshot", "--sim", aks.folder, "--out", path).code == 0
    return path
