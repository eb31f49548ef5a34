"""The recorded exchanges with a real API server, against the simulator."""

from __future__ import annotations

import pytest
from tests.sim.kube.replay import comparing, recording
from tests.sim.kube.replay.expected import EXPECTED_MISSES
from tests.sim.kube.replay.replaying import replay

pytestmark = pytest.mark.skipif(not recording.there(), reason=recording.ABSENT)
SCENARIOS = sorted(recording.scenarios())


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_answered_as_recorded(name: str) -> None:
    found = replay(name)
    if name in EXPECTED_MISSES:
        assert found, f"{name} matches now: take it off the expected misses"
    else:
        assert found == []


def test_only_recorded_scenarios_are_expected_to_miss() -> None:
    assert set(EXPECTED_MISSES) <= set(SCENARIOS)
    assert len(SCENARIOS) == 65


def test_what_differs_is_told() -> None:
    recorded = {"status": 200, "headers": {"Content-Type": "a"}, "resp": {"a": 1, "b": [{"c": 1}]}}
    headers = {"content-type": "b"}
    assert comparing.problems(recorded, 200, headers, {"a": "1", "b": [{"d": 1}]}) == [
        "content-type: 'b' instead of 'a'",
        ".a is str, not int",
        ".b[].c is missing",
        ".b[].d is too much",
    ]
    assert comparing.problems(recorded, 404, headers, {}) == ["status 404 instead of 200"]
    status = {"kind": "Status", "message": "current: 5", "reason": "Gone"}
    assert comparing.differences(status, {**status, "message": "current: 7"}) == []
    assert comparing.differences(status, {**status, "reason": "Lost"}) == [
        "reason: 'Lost' instead of 'Gone'"
    ]
