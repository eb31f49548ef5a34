"""Options of the whole suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--simulate-seeds", type=int, default=0, help="Further seeds for the killed runs."
    )
