from __future__ import annotations

import pytest

from poolshift.sim.kube.rows import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (169, "2m49s"),
        (600, "10m"),
        (3600, "60m"),
        (3 * 3600 + 15 * 60, "3h15m"),
        (5 * 3600, "5h"),
        (9 * 3600, "9h"),
        (50 * 3600, "2d2h"),
        (20 * 86400, "20d"),
        (800 * 86400, "2y70d"),
        (4000 * 86400, "10y"),
    ],
)
def test_durations_read_as_kubectl_prints_them(seconds: int, text: str) -> None:
    assert duration(seconds) == text
