"""Options of the whole suite."""

from __future__ import annotations

import pytest


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
