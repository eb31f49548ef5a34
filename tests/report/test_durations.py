"""Durations in words."""

from __future__ import annotations

import pytest

from poolshift.report.durations import spell


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (365, "6 min 5 s"),
        (3600, "1 h"),
        (4800, "1 h 20 min"),
        (172_800, "48 h"),
    ],
    ids=str,
)
def test_duration_is_spelled_in_its_two_largest_units(seconds: float, words: str) -> None:
    assert spell(seconds) == words
