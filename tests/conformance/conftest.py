"""Real clients pointed at served simulators: kubectl one a module, `az` and the SDK one for all."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.served import served as served_aks
from tests.conformance.azure import ABSENT, AZ, SDK, Client
from tests.sim.kube.faces import served
from tests.sim.kube.worlds import (
    BUILD_2022,
    add_pool,
    balanced_service,
    budget,
    deployment,
    reference_world,
)

KUBECTL = shutil.which("kubectl")
OLDEST = (1, 27)
_NUMBER = re.compile(r"(\d+)\.(\d+)")


class Kubectl:
    """Runs kubectl against the simulator.

    Attributes:
        version: major and minor of the client.
        home: an empty home directory, also where files for it can be put.
    """

    def __init__(self, address: str, home: Path) -> None:
        self.home = home
        self._address = address
        self._environment = {"HOME": str(home), "PATH": os.environ["PATH"], "NO_PROXY": "*"}
        said = self.try_("version", "--client", "-o", "json").stdout
        number = json.loads(said)["clientVersion"]["gitVersion"]
        found = _NUMBER.search(number)
        assert found is not None, number
        self.version = (int(found[1]), int(found[2]))

    def try_(self, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run it, whatever comes of it."""
        return subprocess.run(
            [str(KUBECTL), "--server", self._address, *arguments],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            env=self._environment,
            cwd=self.home,
            check=False,
        )

    def __call__(self, *arguments: str, text: str | None = None) -> str:
        """What it prints; it must succeed."""
        done = self.try_(*arguments, text=text)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments: str) -> str:
        """What it says when it fails, as it must."""
        done = self.try_(*arguments)
        assert done.returncode != 0, done.stdout
        return done.stderr

    def value(self, *arguments: str) -> Any:
        """An object as it reads it."""
        return json.loads(self("get", *arguments, "-o", "json"))

    def needs(self, minor: int, what: str) -> None:
        """Skip, by name, where the client is too old for what is tried."""
        if self.version < (1, minor):
            pytest.skip(f"kubectl {self.version[0]}.{self.version[1]} has no {what}")


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    if KUBECTL is None:
        pytest.skip("kubectl is not installed")
    world = reference_world(1, deployment(), budget(maxUnavailable=1), balanced_service())
    add_pool(world, "poolws", BUILD_2022, subnet=1)
    world.clock.run_until(100)
    with served(world) as address:
        client = Kubectl(address, tmp_path_factory.mktemp("home"))
        if client.version < OLDEST:
            pytest.skip(f"kubectl {client.version} is older than {OLDEST}")
        yield client


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One local AKS for all Azure clients; tests that share it run in one process, in order."""
    home = tmp_path_factory.mktemp("azure-home")
    folder = tmp_path_factory.mktemp("azure")
    with served_aks(folder, "reference-2025", speed="max") as aks:
        yield Client(aks, home)


@pytest.fixture(scope="session")
def az(request: pytest.FixtureRequest) -> Client:
    return _client(request, AZ, "az")


@pytest.fixture(scope="session")
def sdk(request: pytest.FixtureRequest) -> Client:
    return _client(request, SDK, "the Azure SDK")


def _client(request: pytest.FixtureRequest, tool: Path, name: str) -> Client:
    """The shared local AKS, which is started where the client for it is there."""
    if not tool.exists():
        pytest.skip(f"{name} {ABSENT}")
    found: Client = request.getfixturevalue("azure")
    return found
