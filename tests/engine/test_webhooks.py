"""Webhooks in the way of evictions: what is said beforehand, and what is waited for."""

from __future__ import annotations

from typing import Any

import pytest
from tests.checkers import after_start, broken
from tests.engine.stops import acted, begun, done, end, now, resume, until
from tests.rig import RUN, Rig, deployment

from poolshift.core.journal import Approval, RunState, RunStatus
from poolshift.core.plan import Plan
from poolshift.engine import control
from poolshift.sim.faults.fault import FaultSpec
from poolshift.sim.faults.schedule import schedule

IMAGE = "myacr.azurecr.io/catalog:7"
CATALOG = "default/Deployment/catalog"
ONE_MISSING = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}


def hook(side_effects: str = "None") -> dict[str, Any]:
    rule = {
        "operations": ["CREATE"],
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "resources": ["pods/eviction"],
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "policies"},
        "webhooks": [
            {
                "name": "policies.example.com",
                "clientConfig": {"url": "https://policies.example.com"},
                "rules": [rule],
                "sideEffects": side_effects,
                "admissionReviewVersions": ["v1"],
            }
        ],
    }


def guarded(*faults: FaultSpec, side_effects: str = "None") -> tuple[Rig, Plan]:
    rig = Rig(
        objects=(deployment("catalog", IMAGE, strategy=ONE_MISSING), hook(side_effects)),
    )
    plan = rig.plan(greens={"wspool": "poolws"})
    assert plan.blockers == ()
    schedule(rig.world, list(faults))
    rig.pass_time(1)
    return rig, plan


def answer(rig: Rig) -> None:
    """A person says that the operator moves its pods."""
    given = Approval(gate="preflight", at=now(rig), actor="me")
    control.approve(rig.journal, rig.journal.load(rig.run)[1], given)
    resume(rig)


def left_alone(rig: Rig, since: int) -> bool:
    return not [e for e in after_start(rig.events[since:]) if e.get("by") == RUN]


def waiting(state: RunState, *words: str) -> None:
    [wait] = state.waiting_on
    assert state.status is RunStatus.WAITING
    assert wait.what == "preflight"
    for word in (CATALOG, *words):
        assert word in wait.why
    assert f"poolshift runs resume {RUN}" in wait.unblock


@pytest.mark.parametrize(
    ("side_effects", "words"),
    [
        ("None", ('"policies.example.com" denied', "exempt the workload")),
        ("Some", ("does not support dry run", "nobody can tell")),
    ],
)
def test_a_denied_eviction_is_a_wait_before_any_change(
    side_effects: str, words: tuple[str, ...]
) -> None:
    rig, plan = guarded(FaultSpec("webhook-denies", "policies"), side_effects=side_effects)
    since = len(rig.events)
    rig.begin(plan)
    waiting(end(rig, plan), *words, "--approve preflight")
    assert left_alone(rig, since)
    resume(rig)
    waiting(end(rig, plan), *words)
    assert left_alone(rig, since)


def test_a_webhook_that_nobody_can_call_is_mended_not_answered_for() -> None:
    rig, plan = guarded(FaultSpec("webhook-down", "policies"))
    rig.begin(plan)
    waiting(end(rig, plan), "failed calling webhook", "failurePolicy")
    answer(rig)
    waiting(end(rig, plan), "failed calling webhook")


def test_a_webhook_that_lets_go_again_lets_the_run_go_on() -> None:
    rig, plan = guarded(FaultSpec("webhook-denies", "policies", for_s=100.0))
    rig.begin(plan, gates=("delete-blue",))
    waiting(end(rig, plan))
    rig.pass_time(200)
    resume(rig)
    assert end(rig, plan).status is RunStatus.COMPLETED


def test_an_operator_that_moves_what_its_webhook_denies_is_waited_for() -> None:
    rig, plan = guarded(FaultSpec("eviction-denied", CATALOG, value=120.0))
    rig.begin(plan, gates=("delete-blue",))
    waiting(end(rig, plan), '"drain-cleaner.fault" denied')
    answer(rig)
    state = end(rig, plan)
    assert state.status is RunStatus.COMPLETED
    assert rig.nodes("wspool") == ()
    assert broken(rig.events, RUN) == []


def test_a_denied_pod_that_nobody_moves_stops_the_drain_with_the_webhooks_name() -> None:
    rig, plan = guarded(FaultSpec("eviction-denied", CATALOG, value=0.0))
    rig.begin(plan, gates=("delete-blue", "preflight"))
    until(rig, plan, done("lift-guard-"))
    until(rig, plan, begun("drain-"))
    until(rig, plan, acted("evict"))
    began = rig.world.clock.t
    state = end(rig, plan)
    [wait] = state.waiting_on
    assert state.status is RunStatus.FAILED
    assert wait.what == "drain-wspool"
    assert "drain-cleaner.fault" in wait.why
    assert "default/Pod/catalog-" in wait.why
    assert "exempt the pod" in wait.unblock
    assert 900 <= rig.world.clock.t - began < 1000


def test_a_denial_by_name_prefix_does_not_touch_another_workload() -> None:
    rig = Rig(objects=(deployment("catalog", IMAGE), deployment("catalog-api", IMAGE)))
    plan = rig.plan(greens={"wspool": "poolws"})
    schedule(rig.world, [FaultSpec("eviction-denied", "default/Deployment/catalog-api")])
    rig.pass_time(1)
    rig.begin(plan)
    [wait] = end(rig, plan).waiting_on
    assert "default/Deployment/catalog-api:" in wait.why
    assert "default/Deployment/catalog:" not in wait.why
