from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poolshift.core.errors import UsageError
from poolshift.semantics.quantities import (
    amount,
    format_bytes,
    format_millicores,
    millicores,
    units,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1000),
        ("100m", 100),
        ("0.5", 500),
        ("1.5", 1500),
        ("2e3", 2_000_000),
        ("1u", 1),
        ("0", 0),
    ],
)
def test_cpu_in_millicores_rounds_up(text: str, expected: int) -> None:
    assert millicores(text) == expected == amount("cpu", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1Ki", 1024),
        ("1.5Gi", 3 * 2**29),
        ("800M", 800_000_000),
        ("1E", 10**18),
        ("1E3", 1000),
        ("2Ei", 2 * 2**60),
        ("1k", 1000),
        ("129e6", 129_000_000),
        ("1500m", 2),
        ("110", 110),
    ],
)
def test_everything_else_in_whole_units(text: str, expected: int) -> None:
    assert units(text) == expected == amount("memory", text)


@pytest.mark.parametrize("text", ["", "Gi", "1 Gi", "1Zi", "abc", "1KiB", "NaN", "Infinity"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        units(text)


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=2**62))
def test_bytes_survive_being_written(count: int) -> None:
    assert units(format_bytes(count)) == count


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**9))
def test_millicores_survive_being_written(count: int) -> None:
    assert millicores(format_millicores(count)) == count
