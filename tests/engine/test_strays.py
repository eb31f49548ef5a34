"""Pods on green whose image fits only blue."""

from __future__ import annotations

from msgspec.structs import replace
from tests.engine.stops import done, until
from tests.rig import RUN, Rig, run_async

from poolshift.core.journal import Mode
from poolshift.core.kube import PODS
from poolshift.core.plan import Guard, Plan
from poolshift.engine.decide import decide
from poolshift.engine.strays import find_strays, send_back
from poolshift.engine.view import View


def stray(guard: str) -> tuple[Rig, Plan, View]:
    """A pod of the old template that a colleague's cordons drove to green."""
    rig = Rig()
    plan = rig.plan(greens={"wspool": "poolws"}, guard=guard)
    rig.begin(plan)
    until(rig, plan, done("ready-"))
    for name in rig.nodes("wspool"):
        rig.world.kube.cordon(name, by="user:somebody")
    victim = next(
        p for p in run_async(rig.kube.list(PODS, namespace="default")).items if p.spec.node_name
    )
    run_async(rig.kube.delete(PODS, victim.metadata.name, "default"))
    rig.pass_time(30)
    return rig, plan, run_async(rig.live.observe(plan))


def test_a_stray_is_found_under_a_gentle_guard() -> None:
    _, plan, view = stray("prefer")
    [pod] = find_strays(view, plan)
    assert view.pool_name_of_pod(pod) == "poolws"


def test_it_stays_while_blue_takes_no_pods() -> None:
    rig, plan, view = stray("prefer")
    assert send_back(view, plan, rig.journal.load(RUN)[1]) == ()


def test_it_is_sent_back_by_name_when_blue_takes_pods_again() -> None:
    rig, plan, _ = stray("prefer")
    rig.world.kube.uncordon(rig.nodes("wspool")[0], by="user:somebody")
    view = run_async(rig.live.observe(plan))
    state = rig.journal.load(RUN)[1]
    decision = decide(view, plan, state, view.now)
    [action] = decision.actions
    assert action.verb == "evict"
    assert action.parameters["uid"]
    [wait] = decision.state.waiting_on
    assert action.target in wait.why


def test_nothing_is_sent_back_while_the_run_is_taken_back() -> None:
    rig, plan, _ = stray("prefer")
    rig.world.kube.uncordon(rig.nodes("wspool")[0], by="user:somebody")
    view = run_async(rig.live.observe(plan))
    state = replace(rig.journal.load(RUN)[1], mode=Mode.ROLLBACK)
    assert send_back(view, plan, state) == ()


def test_under_a_strict_guard_nothing_can_stray() -> None:
    _, plan, view = stray("strict")
    assert plan.pools[0].guard is Guard.STRICT
    assert find_strays(view, plan) == ()
    assert not [p for n in view.nodes_of("poolws") for p in view.moving_pods(n.metadata.name)]
