"""Runs in a world where the service, the region or colleagues are in the way.

Whatever goes wrong, a run ends (or waits) with the words of who was in the way, and it does no
harm of its own.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from tests.checkers import broken, done_by
from tests.engine.stops import begun, done, end, resume, turn, until, waits
from tests.rig import RUN, Rig

from poolshift.core.journal import Mode, RunState, RunStatus
from poolshift.core.plan import Plan
from poolshift.sim.faults.fault import FaultSpec
from poolshift.sim.faults.schedule import schedule

UNFIT = {"default/Deployment/sample": "10.0.20348"}
DAY_S = 86_400.0
SIZE, FAMILY = "Standard_D2s_v3", "standardDSv3Family"
# Before the run, while green is made, while its guard is lifted, and while blue is deleted.
TIMES = (0.0, 30.0, 1480.0, 5165.0)
# What nobody but the service or a colleague can do: take a node with pods and connections on it.
THEIRS = ("a connection was cut", "promise 3", "promise 2")
# While all nodes of blue are off, its pods have nowhere to go but green, whose guard is soft.
OFF = (*THEIRS, "promise 4")


def started(*faults: FaultSpec) -> tuple[Rig, Plan]:
    """A run that has begun, and faults from now on."""
    rig = Rig()
    plan = rig.plan()
    rig.begin(plan, gates=("delete-blue",))
    schedule(rig.world, faults)
    return rig, plan


def harms(rig: Rig, theirs: tuple[str, ...] = THEIRS) -> list[str]:
    """What the run itself broke."""
    return [b for b in broken(rig.events, RUN, UNFIT) if not any(t in b for t in theirs)]


def well(rig: Rig, state: RunState) -> None:
    """The run went through, did everything once, and broke nothing."""
    assert state.status is RunStatus.COMPLETED
    assert rig.nodes("wspool") == ()
    assert len(rig.nodes("wspo22")) == 3
    assert set(done_by(rig.events, RUN).values()) == {1}
    assert harms(rig) == []


def reason(state: RunState) -> str:
    return " ".join(w.why for w in state.waiting_on)


PASSING = (
    FaultSpec("throttled", for_s=900.0),
    FaultSpec("subscription-throttled", for_s=900.0),
    FaultSpec("service-errors", value=8.0),
    FaultSpec("gateway-errors", value=5.0),
    FaultSpec("poll-errors"),
    FaultSpec("slow-operations", value=6.0),
)


@pytest.mark.parametrize("at_s", TIMES)
@pytest.mark.parametrize("fault", PASSING, ids=lambda f: f.name)
def test_what_passes_costs_a_run_time_and_nothing_else(fault: FaultSpec, at_s: float) -> None:
    rig, plan = started(replace(fault, at_s=at_s))
    well(rig, end(rig, plan))
    assert broken(rig.events, RUN, UNFIT) == []


@pytest.mark.parametrize(
    ("fault", "step", "words"),
    [
        (FaultSpec("node-start-fails", "Windows"), "create-wspo22", "ExitCode: |5|"),
        (FaultSpec("size-gone", SIZE), "create-wspo22", "AllocationFailed"),
        (FaultSpec("quota-short", FAMILY), "create-wspo22", "QuotaExceeded"),
        (FaultSpec("image-missing", "Windows2022"), "create-wspo22", "InvalidTemplateDeployment"),
        (FaultSpec("subnet-full", "cluster"), "create-wspo22", "InsufficientSubnetSize"),
        (FaultSpec("role-lost"), "create-wspo22", "AuthorizationFailed"),
        (FaultSpec("lock-set", "ReadOnly cluster"), "create-wspo22", "ScopeLocked"),
        (
            FaultSpec("policy-set", "properties.tags.owner"),
            "create-wspo22",
            "RequestDisallowedByPolicy",
        ),
        (FaultSpec("delete-refused", "wspool"), "delete-wspool", "DeleteVMSSAgentPoolFailed"),
        (FaultSpec("lock-set", "CanNotDelete cluster"), "delete-wspool", "ScopeLocked"),
    ],
    ids=lambda value: f"{value.name} {value.target}" if isinstance(value, FaultSpec) else "",
)
def test_a_run_that_the_service_stops_says_why_and_goes_on_after_it(
    fault: FaultSpec, step: str, words: str
) -> None:
    rig, plan = started(replace(fault, for_s=8000.0))
    state = end(rig, plan)
    assert state.status is RunStatus.FAILED
    assert state.waiting_on[0].what == step
    assert words in reason(state)
    assert words in state.failure
    assert broken(rig.events, RUN, UNFIT) == []
    # The fault is over, and the pools that it struck have been set right.
    rig.pass_time(max(8100.0 - rig.world.clock.t, 0.0) + 3600)
    resume(rig)
    state = end(rig, plan)
    assert state.status is RunStatus.COMPLETED
    assert broken(rig.events, RUN, UNFIT) == []


@pytest.mark.parametrize("fault", ["node-start-fails", "size-gone"])
def test_a_run_whose_pool_failed_is_taken_back(fault: str) -> None:
    target = SIZE if fault == "size-gone" else "Windows"
    rig, plan = started(FaultSpec(fault, target))
    assert end(rig, plan).status is RunStatus.FAILED
    turn(rig, Mode.ROLLBACK)
    state = end(rig, plan)
    assert state.status is RunStatus.ROLLED_BACK
    assert "wspo22" not in rig.world.arm.pools
    assert len(rig.nodes("wspool")) == 3
    assert broken(rig.events, RUN, UNFIT) == []


def test_a_run_gives_up_writes_that_are_throttled_for_ever_and_says_so() -> None:
    rig, plan = started(FaultSpec("throttled"))
    state = end(rig, plan)
    assert state.status is RunStatus.FAILED
    assert "is not done after 7200 s" in reason(state)
    assert "Throttled: The request is throttled" in reason(state)


def test_a_run_asks_a_busy_service_once_a_minute() -> None:
    rig, plan = started(FaultSpec("foreign-operation", "cluster", at_s=1465.0, value=900.0))
    until(rig, plan, waits("OperationNotAllowed"))
    until(rig, plan, done("lift-guard"))
    asked = [e for e in rig.journal.events(RUN) if e.action == "update-pool"]
    late = [e for e in asked if e.outcome == "later"]
    assert late
    assert len(late) <= 900 / 60 + 1
    well(rig, end(rig, plan))


@pytest.mark.parametrize("at_s", TIMES[1:])
def test_a_stopped_cluster_is_waited_for_until_it_is_started(at_s: float) -> None:
    rig, plan = started(FaultSpec("cluster-stopped", at_s=at_s, for_s=3600.0))
    state = until(rig, plan, waits("the cluster is stopped"))
    assert state.status is RunStatus.RUNNING
    assert state.waiting_on[0].unblock
    state = end(rig, plan)
    if state.status is RunStatus.FAILED:
        # Nodes that were off come back without the run's labels: it does not delete them so.
        assert "still takes load balancer traffic" in reason(state)
    else:
        assert state.status is RunStatus.COMPLETED
    assert harms(rig, OFF) == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (FaultSpec("cluster-stopped", at_s=30.0, for_s=2 * DAY_S), "the cluster is stopped"),
        (
            FaultSpec("subscription-throttled", at_s=30.0, for_s=2 * DAY_S),
            "SubscriptionRequestsThrottled",
        ),
        (FaultSpec("gateway-errors", at_s=30.0, for_s=2 * DAY_S, value=1.0), "HTTP 50"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_cluster_that_nobody_can_read_for_a_day_is_waited_for_no_longer(
    fault: FaultSpec, words: str
) -> None:
    rig, plan = started(fault)
    state = rig.drive(plan)
    assert state.status is RunStatus.WAITING
    assert words in reason(state)
    assert state.waiting_on[0].unblock == f"poolshift runs resume {RUN}"
    assert DAY_S < rig.world.clock.t < 1.1 * DAY_S
    # Resumed too early, it has a day anew; then the cluster answers.
    rig.pass_time(DAY_S / 2)
    resume(rig)
    assert until(rig, plan, waits(words)).status is RunStatus.RUNNING
    state = rig.drive(plan)
    assert state.status is RunStatus.COMPLETED
    assert harms(rig, OFF) == []


@pytest.mark.parametrize("name", ["cluster-stopped", "platform-upgrade", "foreign-change"])
def test_a_run_does_not_begin_while_somebody_else_is_at_work(name: str) -> None:
    rig, plan = started(FaultSpec(name, "wspool" if name == "foreign-change" else ""))
    state = end(rig, plan)
    assert state.status is RunStatus.WAITING
    assert state.waiting_on[0].what == "preflight"
    assert any(word in reason(state) for word in ("Stopping", "Upgrading", "Scaling"))
    assert done_by(rig.events, RUN) == {}


@pytest.mark.parametrize("at_s", TIMES[1:])
@pytest.mark.parametrize(
    "fault",
    [
        FaultSpec("platform-upgrade"),
        FaultSpec("foreign-change", "wspool"),
        FaultSpec("second-image", "all"),
        FaultSpec("pool-stopped", "wspool", for_s=900.0),
        FaultSpec("preempted", "pool/wspo22"),
        FaultSpec("preempted", "pool/wspool"),
    ],
    ids=lambda f: f"{f.name} {f.target}",
)
def test_a_run_gets_along_with_who_else_acts_on_its_pools(fault: FaultSpec, at_s: float) -> None:
    rig, plan = started(replace(fault, at_s=at_s))
    state = end(rig, plan)
    assert harms(rig, OFF if fault.name == "pool-stopped" else THEIRS) == []
    if state.status is RunStatus.FAILED:
        # A node that came to blue after the others had left the load balancers.
        assert "still takes load balancer traffic" in reason(state)
        assert len(rig.nodes("wspo22")) >= 3
    else:
        assert state.status is RunStatus.COMPLETED
        assert rig.nodes("wspool") == ()


@pytest.mark.parametrize("name", ["foreign-change", "pool-stopped"])
def test_green_that_a_colleague_changes_is_green_still(name: str) -> None:
    rig, plan = started()
    until(rig, plan, begun("soak"))
    schedule(rig.world, (FaultSpec(name, "wspo22", for_s=900.0),))
    state = end(rig, plan)
    assert state.status is RunStatus.COMPLETED
    assert harms(rig) == []
    assert len(rig.nodes("wspo22")) == 3
