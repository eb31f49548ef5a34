from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from poolshift.adapters.connect import open_azure, open_sim, read_endpoint
from poolshift.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

ENDPOINT = {
    "arm": "https://127.0.0.1:1",
    "kube": "https://127.0.0.1:2",
    "tenant": "t",
    "subscription": "s",
    "resource_group": "g",
    "cluster": "c",
}


def test_no_local_aks_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="poolshift sim up"):
        asyncio.run(open_sim(tmp_path))


def test_a_stale_endpoint_is_told_from_a_running_one(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    path = tmp_path / "endpoint.json"
    path.write_text(json.dumps({**ENDPOINT, "pid": ended.pid}), encoding="utf-8")
    with pytest.raises(UsageError, match="stale"):
        read_endpoint(tmp_path)
    path.write_text(json.dumps({**ENDPOINT, "pid": os.getpid()}), encoding="utf-8")
    assert read_endpoint(tmp_path).cluster_id.endswith("/managedClusters/c")


def test_an_endpoint_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "endpoint.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be read"):
        read_endpoint(tmp_path)


def test_azure_needs_a_cluster_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path))
    with pytest.raises(UsageError, match="--cluster"):
        asyncio.run(open_azure())
    with pytest.raises(UsageError, match="--subscription"):
        asyncio.run(open_azure(resource_group="g", name="c"))
