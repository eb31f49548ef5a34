"""The recorded exchanges with the real service, against the simulator."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.arm.replay import comparing, recording
from tests.sim.arm.replay.expected import EXPECTED_MISSES
from tests.sim.arm.replay.rates import rates
from tests.sim.arm.replay.replaying import Outcome, replay
from tests.sim.arm.replay.scope import IN_SCOPE, OUT_OF_SCOPE, operation_of

pytestmark = pytest.mark.skipif(not recording.there(), reason=recording.ABSENT)

# Reached; may only rise. What misses: scripts/replay_arm.py; why: replay/expected.py.
ROWS = 1_503
KINDS = 44


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return [outcome for name in recording.names() for outcome in replay(name)]


def test_as_much_as_ever_is_answered_as_recorded(outcomes: list[Outcome]) -> None:
    reached = rates(outcomes)
    assert reached.rows >= ROWS, f"{reached.rows} of {reached.all_rows} rows"
    assert reached.kinds >= KINDS, f"{reached.kinds} of {reached.all_kinds} kinds"


def test_every_miss_has_a_known_reason(outcomes: list[Outcome]) -> None:
    missed = {o.name: f"{o.seq}: {o.problems[0]}" for o in reversed(outcomes) if o.problems}
    unknown = {name: first for name, first in missed.items() if name not in EXPECTED_MISSES}
    assert unknown == {}
    assert set(missed) == set(EXPECTED_MISSES), "some match now: take them off the misses"


def test_every_row_is_judged_or_left_out_for_a_reason(outcomes: list[Outcome]) -> None:
    rows = [row for name in recording.names() for row in recording.rows(name)]
    assert len(rows) == 1_556
    inside = [row for row in rows if operation_of(row) in IN_SCOPE]
    outside = [row for row in rows if operation_of(row) in OUT_OF_SCOPE]
    assert len(inside) == len(outcomes)
    assert len(inside) + len(outside) == len(rows)


def test_the_same_recording_plays_the_same_again() -> None:
    name = recording.names()[0]
    assert replay(name) == replay(name)


def row(**changes: Any) -> recording.Row:
    path = (
        f"/subscriptions/{recording.SUBSCRIPTION}/resourceGroups/g/providers"
        "/Microsoft.ContainerService/managedClusters/c/agentPools/p"
    )
    body = {"name": "p", "properties": {"provisioningState": "Creating", "count": 1}}
    operation = path.replace(recording.SUBSCRIPTION, "{sub}").replace("/g/", "/{rg}/")
    known = {"method": "PUT", "path": path, "op": operation, "status": 201, "headers": {}}
    return {**known, "resp": body, **changes}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param({}, [], id="the-same"),
        pytest.param({"status": 200}, ["status 201 instead of 200 (no error)"], id="status"),
        pytest.param(
            {"headers": {"azure-asyncoperation": "x"}},
            ["header azure-asyncoperation is missing"],
            id="header",
        ),
        pytest.param(
            {"resp": {"name": "p", "properties": {"provisioningState": "Updating", "count": 1}}},
            [".properties.provisioningState Creating instead of Updating"],
            id="state",
        ),
        pytest.param(
            {"resp": {"name": "p", "properties": {"provisioningState": "Creating", "count": "1"}}},
            [".properties.count is number, not str"],
            id="type",
        ),
        pytest.param(
            {"resp": {"name": "p", "zones": ["1"]}},
            [".zones is missing"],
            id="key",
        ),
    ],
)
def test_what_differs_is_told(changes: dict[str, Any], found: list[str]) -> None:
    ours = {"name": "p", "properties": {"provisioningState": "Creating", "count": 1}}
    assert comparing.problems(row(**changes), 201, {}, ours) == found


def test_a_key_that_nobody_knows_is_too_much() -> None:
    ours = {"name": "p", "properties": {"provisioningState": "Creating", "count": 1, "odd": 1}}
    assert comparing.problems(row(), 201, {}, ours) == [".properties.odd is too much"]


def test_errors_are_compared_by_code_and_shape() -> None:
    flat = row(status=400, resp={"code": "A", "message": "m", "target": "t"})
    assert comparing.problems(flat, 400, {}, {"code": "A", "message": "n", "target": "t"}) == []
    assert comparing.problems(flat, 400, {}, {"code": "B", "message": "n", "target": "t"}) == [
        "code B instead of A"
    ]
    assert comparing.problems(flat, 400, {}, {"error": {"code": "A"}}) == ["the error is wrapped"]


def test_a_poll_runs_or_has_ended_as_recorded() -> None:
    path = "/subscriptions/x/providers/Microsoft.ContainerService/locations/l/operations/o"
    poll = row(method="GET", path=path, op=path, status=200)
    running, ended = ({"status": s, "name": "o"} for s in ("InProgress", "Succeeded"))
    other = {"status": "CreatingAgentPool: 0/1 nodes completed", "name": "o"}
    assert comparing.problems({**poll, "resp": running}, 200, {}, other) == []
    assert comparing.problems({**poll, "resp": ended}, 200, {}, other) == [
        "status CreatingAgentPool: 0/1 nodes completed instead of Succeeded"
    ]
