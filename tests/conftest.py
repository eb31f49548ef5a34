"""Options of the whole suite."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.together import Together

if TYPE_CHECKING:
    from xdist.scheduler import Scheduling


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    """Keep together what belongs together, when `--dist loadgroup` asks for it."""
    return Together(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--simulate-seeds", type=int, default=0, help="Further seeds for the killed runs."
    )
    parser.addoption(
        "--fuzz-seconds",
        type=float,
        default=20.0,
        help="Time for hostile requests.",
    )
    parser.addoption(
        "--fuzz-requests",
        type=int,
        default=12_000,
        help="Most hostile requests, so that a faster machine sends no others; 0 for no limit.",
    )
    parser.addoption("--fuzz-seed", type=int, default=1, help="Which hostile requests.")
    parser.addoption(
        "--sweeps", action="store_true", help="Run the long tests that make conformance runs."
    )
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="Write what is printed today to the golden files instead of comparing.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tell the renderings' golden files about the option."""
    if config.getoption("--update-golden"):
        os.environ["POOLSHIFT_UPDATE_GOLDEN"] = "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave sweeps to the command that asks for them."""
    if config.getoption("--sweeps"):
        return
    left = pytest.mark.skip(reason="takes minutes: make conformance runs it (--sweeps)")
    for item in items:
        if item.get_closest_marker("sweep") is not None:
            item.add_marker(left)
