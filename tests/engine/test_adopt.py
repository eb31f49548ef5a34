"""A run whose journal is lost goes on, or back, from its marks and its plan."""

from __future__ import annotations

import json

import pytest
from tests.checkers import broken, done_by, moves_per_pod
from tests.rig import RUN, Rig, deployment, reference_app

from poolshift.core.journal import Mode, RunStatus
from poolshift.core.kube import DEPLOYMENTS, NODES
from poolshift.engine import control
from poolshift.engine.failpoints import Failpoints, Killed, raise_killed
from poolshift.engine.journal import MemoryJournal
from poolshift.semantics.owners import LAST_APPLIED

SAMPLE = "default/Deployment/sample"
UNFIT = {SAMPLE: "10.0.20348"}
# The acts in order: preflight, create, helper, ... to the last unmark; each may be the last one.
ACTS = range(2, 20, 2)


def _lose_journal(nth_act: int):  # type: ignore[no-untyped-def]
    rig = Rig(objects=(deployment("catalog", "myacr.azurecr.io/catalog:7", replicas=2),))
    before = rig.object(DEPLOYMENTS, "sample", "default")
    plan = rig.plan(greens={"wspool": "poolws"}, manifests=reference_app())
    rig.begin(plan, gates=("delete-blue",))
    with pytest.raises(Killed):
        rig.drive(plan, Failpoints("after-act", nth_act, raise_killed))
    rig.journal = MemoryJournal()
    return rig, plan, before


@pytest.mark.parametrize("nth_act", ACTS)
def test_an_adopted_run_reaches_the_same_end(nth_act: int) -> None:
    rig, plan, _ = _lose_journal(nth_act)
    rig.begin(plan, gates=("delete-blue",))
    assert rig.drive(plan).status is RunStatus.COMPLETED
    assert broken(rig.events, RUN, UNFIT) == []
    assert moves_per_pod(rig.events, SAMPLE) == (3, 3)
    assert set(done_by(rig.events, RUN).values()) == {1}


@pytest.mark.parametrize("nth_act", ACTS)
def test_an_adopted_run_can_still_be_taken_back(nth_act: int) -> None:
    rig, plan, before = _lose_journal(nth_act)
    if len(rig.nodes("wspool")) < 3 or "delete-pool" in str(rig.events[-1]):
        pytest.skip("blue is going already: that has no way back")
    state = rig.begin(plan)
    control.turn(rig.journal, state, Mode.ROLLBACK, at="2022-10-16T00:00:00Z", actor="me")
    state = rig.drive(plan)
    if state.status is RunStatus.FAILED:
        assert "no way back" in state.failure
        return
    assert state.status is RunStatus.ROLLED_BACK
    assert rig.nodes("poolws") == ()
    after = rig.object(DEPLOYMENTS, "sample", "default")
    assert after["spec"] == before["spec"]
    assert json.loads(after["metadata"]["annotations"][LAST_APPLIED]) == json.loads(
        before["metadata"]["annotations"][LAST_APPLIED]
    )
    for name in rig.nodes("wspool"):
        assert not rig.object(NODES, name)["spec"].get("unschedulable")
    assert rig.object(DEPLOYMENTS, "catalog", "default")["spec"]["replicas"] == 2
