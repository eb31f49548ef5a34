"""Autoscalers that count replicas by a load curve, and KEDA's above them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.sim.kube.worlds import LINUX_IMAGE, deployment, linux_seed, make_world, trace_of

from poolshift.core.errors import ApiError, UsageError
from poolshift.core.ports import PatchKind
from poolshift.sim.behaviour import Behaviour, LoadSpec
from poolshift.sim.kube.controllers import scaling
from poolshift.sim.kube.controllers.loadcurves import read_curve
from poolshift.sim.kube.objects import Object, condition_of
from poolshift.sim.kube.resources import AUTOSCALERS, DEPLOYMENTS, EVENTS, SCALED_OBJECTS
from poolshift.sim.kube.world import KubeWorld

START = datetime(2022, 10, 15, 8, tzinfo=UTC)
WORKLOAD = "default/Deployment/sample"
Points = tuple[tuple[float | str, float], ...]


def world(points: Points, *, replicas: int = 2, objects: tuple[Object, ...] = ()) -> KubeWorld:
    made = make_world()
    if points:
        made.ctx.behaviour = Behaviour(loads=(LoadSpec(WORKLOAD, points),))
    made.warming = True
    for n in range(3):
        name = f"aks-agentpool-18877473-vmss00000{n}"
        made.add_node(linux_seed(name, f"10.240.0.{4 + n}"), by="user:arm", ready_after_s=0)
    sample = deployment(replicas=replicas, image=LINUX_IMAGE)
    sample["spec"]["template"]["spec"]["nodeSelector"] = {}
    for obj in (sample, *objects):
        made.apply(obj, by="user:setup")
    made.settle()
    made.warming = False
    made.open_trace()
    return made


def hpa(least: int = 2, most: int = 10, **spec: Any) -> Object:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "sample", "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "sample"},
            "minReplicas": least,
            "maxReplicas": most,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": 50},
                    },
                }
            ],
            **spec,
        },
    }


def scaled_object(notes: dict[str, str] | None = None, **spec: Any) -> Object:
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "sample", "namespace": "default", "annotations": notes or {}},
        "spec": {
            "scaleTargetRef": {"name": "sample"},
            "maxReplicaCount": 10,
            "triggers": [{"type": "azure-servicebus", "metadata": {"messageCount": "5"}}],
            **spec,
        },
    }


def replicas(made: KubeWorld) -> int:
    found: int = made.store.get(DEPLOYMENTS, "default", "sample")["spec"]["replicas"]
    return found


def set_replicas(made: KubeWorld, count: int) -> None:
    body = {"spec": {"replicas": count}}
    made.api.patch(DEPLOYMENTS, ("default", "sample"), body, PatchKind.MERGE, by="run-1")


def condition(made: KubeWorld, type_: str, name: str = "sample") -> tuple[str, str]:
    found = condition_of(made.store.get(AUTOSCALERS, "default", name), type_)
    assert found is not None
    return found["status"], found["reason"]


def events(made: KubeWorld) -> list[str]:
    return [e["message"] for e in made.store.all(EVENTS) if e["reason"] == "SuccessfulRescale"]


@pytest.mark.parametrize(
    ("t_s", "load"), [(0, 4.0), (50, 4.0), (100, 4.0), (150, 6.0), (200, 8.0), (900, 8.0)]
)
def test_a_curve_runs_on_straight_lines(t_s: float, load: float) -> None:
    curve = read_curve(LoadSpec(WORKLOAD, ((100, 4), (200, 8))), START)
    assert curve.at(t_s, START) == pytest.approx(load)


@pytest.mark.parametrize(("hour", "load"), [(0, 6.0), (6, 10.0), (12, 6.0), (18, 2.0), (21, 4.0)])
def test_a_daily_curve_goes_on_over_midnight(hour: int, load: float) -> None:
    curve = read_curve(LoadSpec(WORKLOAD, (("06:00", 10), ("18:00", 2)), daily=True), START)
    for day in (15, 16):
        assert curve.at(0, datetime(2022, 10, day, hour, tzinfo=UTC)) == pytest.approx(load)


def test_a_clock_time_counts_from_the_start_and_noise_stays_within_its_share() -> None:
    curve = read_curve(LoadSpec(WORKLOAD, (("08:00", 10), ("09:00", 10)), noise=0.2), START, salt=7)
    loads = [curve.at(60 * n, START) for n in range(200)]
    assert min(loads) >= 8
    assert max(loads) <= 12
    assert len(set(loads)) > 100
    late = read_curve(LoadSpec(WORKLOAD, (("08:30", 1), ("09:30", 3))), START)
    assert late.at(3600, START) == pytest.approx(2)


@pytest.mark.parametrize(
    "wrong",
    [
        LoadSpec(WORKLOAD, ()),
        LoadSpec(WORKLOAD, ((10, 1), (5, 1))),
        LoadSpec(WORKLOAD, (("noon", 1),)),
        LoadSpec(WORKLOAD, ((0, 1),), capacity=0),
        LoadSpec(WORKLOAD, ((0, 1),), noise=2),
        LoadSpec(WORKLOAD, (("01:00", 1), ("26:00", 1)), daily=True),
    ],
)
def test_a_curve_that_makes_no_sense_is_refused(wrong: LoadSpec) -> None:
    with pytest.raises(UsageError):
        read_curve(wrong, START)


@pytest.mark.parametrize(
    ("ratio", "current", "ready", "unready", "wanted"),
    [
        (1.05, 4, 4, 0, 4),
        (1.5, 4, 4, 0, 6),
        (0.5, 4, 4, 0, 2),
        (0.92, 4, 4, 0, 4),
        (1.5, 4, 2, 2, 4),
        (3.0, 4, 2, 2, 6),
        (0.5, 4, 2, 2, 1),
    ],
)
def test_what_a_metric_asks_for(
    ratio: float, current: int, ready: int, unready: int, wanted: int
) -> None:
    assert scaling.proposal(ratio, current=current, ready=ready, unready=unready) == wanted


@pytest.mark.parametrize(
    ("desired", "current", "behaviour", "expected", "reason"),
    [
        (30, 3, None, 6, "ScaleUpLimit"),
        (30, 1, None, 4, "ScaleUpLimit"),
        (30, 12, None, 20, "TooManyReplicas"),
        (0, 12, None, 1, "TooFewReplicas"),
        (30, 12, {"scaleUp": {"selectPolicy": "Disabled"}}, 12, "ScaleUpLimit"),
        (5, 12, {"scaleDown": {"selectPolicy": "Disabled"}}, 12, "ScaleDownLimit"),
        (
            5,
            12,
            {"scaleDown": {"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]}},
            10,
            "ScaleDownLimit",
        ),
        (7, 6, None, 7, "DesiredWithinRange"),
    ],
)
def test_no_more_change_than_the_rules_allow(
    desired: int, current: int, behaviour: dict[str, Any] | None, expected: int, reason: str
) -> None:
    bound = scaling.bounded(
        scaling.Memory(),
        desired,
        current=current,
        least=1,
        most=20,
        now=0.0,
        behaviour=behaviour,
    )
    assert (bound.replicas, bound.reason) == (expected, reason)


def test_a_rate_counts_what_was_scaled_within_its_period() -> None:
    rules = {"scaleUp": {"policies": [{"type": "Pods", "value": 3, "periodSeconds": 60}]}}
    memory = scaling.Memory()
    scaling.remember_scale(memory, 2, 100.0)

    def bound(now: float) -> int:
        return scaling.bounded(
            memory, 20, current=6, least=1, most=30, now=now, behaviour=rules
        ).replicas

    assert bound(120.0) == 7
    assert bound(161.0) == 9


def test_replicas_follow_the_load_up_at_once_and_down_after_five_minutes() -> None:
    made = world(((0, 1), (600, 1), (601, 4), (1200, 4), (1201, 1)), objects=(hpa(),))
    made.clock.run_until(600)
    assert replicas(made) == 2
    made.clock.run_until(700)
    assert replicas(made) == 8
    made.clock.run_until(1450)
    assert replicas(made) == 8
    assert condition(made, "AbleToScale") == ("True", "ScaleDownStabilized")
    made.clock.run_until(1800)
    assert replicas(made) == 2
    assert condition(made, "ScalingActive") == ("True", "ValidMetricFound")
    name = "cpu resource utilization (percentage of request)"
    assert f"New size: 4; reason: {name} above target" in events(made)
    assert "New size: 2; reason: All metrics below target" in events(made)
    lines = [e["replicas"] for e in trace_of(made, "workload") if e["workload"] == WORKLOAD]
    assert lines == [2, 4, 8, 2]


def test_it_acts_against_somebody_elses_scale() -> None:
    made = world(((0, 2),), replicas=4, objects=(hpa(),))
    made.clock.run_until(60)
    set_replicas(made, 9)
    made.clock.run_until(61)
    assert replicas(made) == 9
    # Every recommendation of the window said 4: nothing holds the way back.
    made.clock.run_until(120)
    assert replicas(made) == 4
    made.clock.run_until(600)
    set_replicas(made, 1)
    made.clock.run_until(640)
    assert "New size: 2; reason: Current number of replicas below Spec.MinReplicas" in events(made)
    made.clock.run_until(900)
    assert replicas(made) == 4


def test_without_a_curve_replicas_stay_within_their_bounds() -> None:
    made = world((), replicas=4, objects=(hpa(),))
    made.clock.run_until(600)
    assert replicas(made) == 4
    set_replicas(made, 12)
    made.clock.run_until(700)
    assert replicas(made) == 10


def test_a_workload_scaled_to_none_is_left_alone() -> None:
    made = world(((0, 2),), objects=(hpa(),))
    set_replicas(made, 0)
    made.clock.run_until(100)
    assert replicas(made) == 0
    assert condition(made, "ScalingActive") == ("False", "ScalingDisabled")


def test_rounds_stay_fifteen_seconds_apart() -> None:
    made = world(((0, 1), (3000, 5)), objects=(hpa(),))
    made.clock.run_until(3000)
    clock = made.clock
    waiting = [t for _, _, t in (*clock._solid, *clock._periodic) if not t.cancelled]
    assert len(waiting) == 1


def test_an_autoscaler_of_nothing_says_so() -> None:
    other = hpa()
    other["spec"]["scaleTargetRef"]["name"] = "missing"
    made = world((), objects=(other,))
    made.clock.run_until(20)
    assert condition(made, "AbleToScale") == ("False", "FailedGetScale")


def test_autoscalers_keep_no_jumping_clock_awake() -> None:
    made = world(((0, 1),), objects=(hpa(), scaled_object()))
    made.clock.run_until(100)
    assert made.clock.next_at() is None


@pytest.mark.parametrize(
    ("spec", "field"),
    [({"maxReplicas": 0}, "spec.maxReplicas"), ({"minReplicas": 20}, "spec.maxReplicas")],
)
def test_bounds_that_cannot_be_are_refused(spec: dict[str, Any], field: str) -> None:
    with pytest.raises(ApiError) as caught:
        world((), objects=(hpa(**spec),))
    assert caught.value.details["causes"][0]["field"] == field  # type: ignore[index]


def test_keda_brings_the_first_pod_and_takes_the_last_one() -> None:
    made = world(((0, 0), (1000, 0), (1001, 20), (1500, 20), (1501, 0)), objects=(scaled_object(),))
    made.clock.run_until(200)
    assert replicas(made) == 1
    made.clock.run_until(400)
    assert replicas(made) == 0
    made.clock.run_until(1100)
    assert replicas(made) == 4
    made.clock.run_until(1700)
    assert replicas(made) >= 1
    made.clock.run_until(2200)
    assert replicas(made) == 0
    found = made.store.get(AUTOSCALERS, "default", "keda-hpa-sample")
    assert found["spec"]["minReplicas"] == 1
    assert found["metadata"]["ownerReferences"][0]["kind"] == "ScaledObject"


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        ({"autoscaling.keda.sh/paused": "true"}, 2),
        ({"autoscaling.keda.sh/paused-replicas": "5"}, 5),
    ],
)
def test_a_paused_scaled_object_scales_nothing(notes: dict[str, str], expected: int) -> None:
    made = world(((0, 40),), objects=(scaled_object(notes),))
    made.clock.run_until(600)
    assert replicas(made) == expected
    assert made.store.find(AUTOSCALERS, "default", "keda-hpa-sample") is None
    off: Object = {"metadata": {"annotations": dict.fromkeys(notes)}}
    made.api.patch(SCALED_OBJECTS, ("default", "sample"), off, PatchKind.MERGE, by="u")
    made.clock.run_until(900)
    assert replicas(made) == 8


def test_a_scaled_object_that_goes_takes_its_autoscaler_along() -> None:
    made = world(((0, 5),), objects=(scaled_object(),))
    made.clock.run_until(60)
    made.api.delete(SCALED_OBJECTS, ("default", "sample"), by="u")
    made.clock.run_until(120)
    assert list(made.store.all(AUTOSCALERS)) == []
