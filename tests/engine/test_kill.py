"""Killed between any two calls, a run resumes and reaches the same end, nothing done twice.

In process the death is an exception that nothing catches; `test_kill_process.py` does the same
with real processes and SIGKILL.
"""

from __future__ import annotations

import pytest
from tests.checkers import broken, done_by, moves_per_pod
from tests.rig import RUN, Rig, deployment, reference_app

from poolshift.core.journal import RunStatus
from poolshift.engine.failpoints import NAMES, Failpoints, Killed, raise_killed

SAMPLE = "default/Deployment/sample"
CATALOG = "default/Deployment/catalog"


def _count() -> dict[str, int]:
    """How often each point is reached in a run that nobody disturbs."""
    rig, plan = _rig(1)
    rig.begin(plan, gates=("delete-blue",))
    points = Failpoints()
    rig.drive(plan, points)
    return dict(points.reached)


def _rig(seed: int):  # type: ignore[no-untyped-def]
    """The reference cluster with one workload that retargets and one that drains."""
    rig = Rig(objects=(deployment("catalog", "myacr.azurecr.io/catalog:7", replicas=2),), seed=seed)
    return rig, rig.plan(greens={"wspool": "poolws"}, manifests=reference_app())


POINTS = [(name, nth) for name, most in _count().items() for nth in range(1, most + 1)]
"""Every point that an undisturbed run reaches: some two hundred."""


def _kill_and_resume(point: str, nth: int, seed: int) -> bool:
    rig, plan = _rig(seed)
    start = len(rig.events)
    rig.begin(plan, gates=("delete-blue",))
    killed = False
    try:
        rig.drive(plan, Failpoints(point, nth, raise_killed))
    except Killed:
        killed = True
        rig.drive(plan)
    state = rig.journal.load(RUN)[1]
    assert state.status is RunStatus.COMPLETED
    assert rig.nodes("wspool") == ()
    assert len(rig.nodes("poolws")) == 3
    ours = rig.events[start:]
    assert broken(rig.events, RUN, {SAMPLE: "10.0.20348"}) == []
    assert moves_per_pod(rig.events, SAMPLE) == (3, 3)
    assert moves_per_pod(ours, CATALOG)[0] == 2
    assert set(done_by(ours, RUN).values()) == {1}
    return killed


@pytest.mark.parametrize(("point", "nth"), POINTS)
def test_killed_anywhere_it_resumes_to_the_same_end(point: str, nth: int) -> None:
    assert _kill_and_resume(point, nth, seed=1)


def test_the_points_are_spread_over_the_whole_run() -> None:
    counts = _count()
    assert set(counts) == set(NAMES)
    assert all(counts[name] >= 10 for name in NAMES)


@pytest.mark.slow
def test_killed_anywhere_over_many_seeds(request: pytest.FixtureRequest) -> None:
    seeds = request.config.getoption("--simulate-seeds")
    if not seeds:
        pytest.skip("other seeds than the first are for make simulate")
    for seed in range(2, seeds + 2):
        for point, nth in POINTS:
            _kill_and_resume(point, nth, seed)
