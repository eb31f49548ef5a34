"""The recorded kubectl sessions: what is printed, or at least what is asked, is as recorded."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.sim.kube.replay import recording
from tests.sim.kube.replay.expected import EXPECTED_OUTPUT
from tests.sim.kube.replay.sessions import SESSIONS, run

if TYPE_CHECKING:
    from pathlib import Path

KUBECTL = shutil.which("kubectl")
pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed"),
    pytest.mark.skipif(not recording.there(), reason=recording.ABSENT),
]


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_prints_and_asks_what_was_recorded(name: str, tmp_path: Path) -> None:
    outcome = run(str(KUBECTL), name, tmp_path)
    if name in EXPECTED_OUTPUT:
        assert outcome.printed, f"{name} prints as recorded now: take it off the list"
    else:
        assert outcome.printed == []
    assert outcome.asked == []


def test_every_recorded_session_is_run() -> None:
    assert set(SESSIONS) == set(recording.sessions())
    assert set(EXPECTED_OUTPUT) <= set(SESSIONS)
