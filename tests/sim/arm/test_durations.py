from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poolshift.catalog import load_catalog
from poolshift.sim.arm.durations import Durations, percentile
from poolshift.sim.arm.machines import instance_text
from poolshift.sim.arm.versions import in_range, matches

POINTS = (264.0, 352.0, 417.0, 570.0)


@given(st.floats(0, 1), st.floats(0, 1))
def test_percentile_grows_and_stays_within_what_was_seen(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert POINTS[0] <= percentile(low, POINTS) <= percentile(high, POINTS) <= POINTS[3] + 1e-9


def test_a_windows_pool_takes_what_windows_pools_took() -> None:
    durations = Durations(load_catalog(), random.Random(1))
    drawn = [durations.draw("sum-pool-add-windows") for _ in range(200)]
    assert 264 <= min(drawn) <= max(drawn) <= 570
    assert durations.drain_limit() == 600


@pytest.mark.parametrize(
    ("instance", "text"),
    [(0, "000000"), (9, "000009"), (10, "00000a"), (35, "00000z"), (36, "000010")],
)
def test_instance_ids_are_base_36(instance: int, text: str) -> None:
    assert instance_text(instance) == text


@pytest.mark.parametrize(
    ("version", "text", "expected"),
    [
        ("1.23.8", "<=1.24", True),
        ("1.25.0", "<=1.24", False),
        ("1.36.1", "1.25-1.36", True),
        ("1.37.0", ">=1.37", True),
        ("1.36.0", ">=1.37", False),
    ],
)
def test_ranges_of_minors(version: str, text: str, *, expected: bool) -> None:
    assert matches(version, text) is expected
    assert in_range(version, None, None)
