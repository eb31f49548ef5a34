"""Kinds that are served in two versions: one object, two forms."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.sim.kube.faces import StandingGate
from tests.sim.kube.test_http import ask
from tests.sim.kube.worlds import deployment, make_world, reference_world

from poolshift.sim.kube.events import SERIES_ENDS_S, SERIES_TOLD_EVERY_S
from poolshift.sim.kube.objects import Object, with_meta, with_status
from poolshift.sim.kube.paths import parse
from poolshift.sim.kube.queries import Query
from poolshift.sim.kube.resources import AUTOSCALERS, by_kind
from poolshift.sim.kube.versions import conversion
from poolshift.sim.kube.watches import events
from poolshift.sim.kube.world import KubeWorld

NEWER = "/apis/events.k8s.io/v1/namespaces/default/events"
CORE = "/api/v1/namespaces/default/events"
FIRST = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers"
SECOND = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"
TABLE = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"}
PREFIX = "autoscaling.alpha.kubernetes.io"
FIRST_KIND = by_kind("autoscaling/v1", "HorizontalPodAutoscaler")


def told(world: KubeWorld, reason: str, path: str = CORE) -> list[Object]:
    found: list[Object] = ask(world, "GET", path).json()["items"]
    return [event for event in found if event["reason"] == reason]


@pytest.fixture
def moved() -> KubeWorld:
    """A cluster on which a Deployment's pods were placed and started."""
    world = reference_world(1)
    world.apply(deployment("web", replicas=2), by="user:x")
    world.clock.run_until(400)
    return world


def newer_event(**changes: Any) -> Object:
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": "mine"},
        "eventTime": "2022-10-15T08:00:00.000000Z",
        "reportingController": "example.com/mine",
        "reportingInstance": "mine-1",
        "action": "Looking",
        "reason": "Seen",
        "regarding": {"kind": "Pod", "namespace": "default", "name": "web-1"},
        "note": "seen",
        "type": "Normal",
        **changes,
    }


def test_the_scheduler_writes_the_newer_form(moved: KubeWorld) -> None:
    event = told(moved, "Scheduled")[0]
    assert {k: event[k] for k in ("source", "firstTimestamp", "lastTimestamp", "action")} == {
        "source": {},
        "firstTimestamp": None,
        "lastTimestamp": None,
        "action": "Binding",
    }
    assert event["reportingComponent"] == "default-scheduler"
    assert event["eventTime"].endswith("Z")
    assert len(event["eventTime"]) == len("2022-10-15T08:00:00.000000Z")
    assert "count" not in event


def test_events_name_the_program_that_wrote_them(moved: KubeWorld) -> None:
    (manager,) = told(moved, "Scheduled")[0]["metadata"]["managedFields"]
    assert (manager["manager"], manager["apiVersion"]) == ("kube-scheduler", "events.k8s.io/v1")
    assert set(manager["fieldsV1"]) == {
        *("f:action", "f:eventTime", "f:note", "f:reason", "f:regarding"),
        *("f:reportingController", "f:reportingInstance", "f:type"),
    }
    (manager,) = told(moved, "Started")[0]["metadata"]["managedFields"]
    assert (manager["manager"], manager["apiVersion"]) == ("kubelet", "v1")
    assert manager["fieldsV1"]["f:source"] == {"f:component": {}, "f:host": {}}


def test_both_groups_serve_the_same_events(moved: KubeWorld) -> None:
    core, newer = (ask(moved, "GET", path).json() for path in (CORE, NEWER))
    assert newer["apiVersion"] == "events.k8s.io/v1"
    assert [e["metadata"] for e in newer["items"]] == [e["metadata"] for e in core["items"]]
    for old, new in zip(core["items"], newer["items"], strict=True):
        assert new["note"] == old["message"]
        assert new["regarding"] == old["involvedObject"]
        assert new["reportingController"] == old["reportingComponent"]
        assert new["deprecatedSource"] == old["source"]
        assert new["deprecatedFirstTimestamp"] == old["firstTimestamp"]
        assert new.get("deprecatedCount") == old.get("count")
        assert not {"message", "involvedObject", "source", "count"} & set(new)
    one = core["items"][0]["metadata"]["name"]
    got = ask(moved, "GET", f"{NEWER}/{one}").json()
    assert (got["apiVersion"], got["kind"]) == ("events.k8s.io/v1", "Event")


@pytest.mark.parametrize(
    ("path", "term"),
    [
        (CORE, "reportingComponent=default-scheduler"),
        (CORE, "source=default-scheduler"),
        (NEWER, "reportingController=default-scheduler"),
        (NEWER, "regarding.kind=Pod,reason=Scheduled"),
    ],
)
def test_events_are_selected_by_the_names_of_their_version(
    moved: KubeWorld, path: str, term: str
) -> None:
    found = ask(moved, "GET", f"{path}?fieldSelector={term}").json()["items"]
    assert {event["reason"] for event in found} == {"Scheduled"}


@pytest.mark.parametrize(
    ("path", "field"), [(NEWER, "involvedObject.name"), (CORE, "regarding.name")]
)
def test_names_of_the_other_version_are_not_supported(path: str, field: str) -> None:
    answer = ask(make_world(), "GET", f"{path}?fieldSelector={field}=x")
    assert answer.status_code == 400
    assert answer.json()["message"] == f"field label not supported: {field}"


def test_a_table_shows_the_newer_form_by_its_own_times(moved: KubeWorld) -> None:
    answer = ask(moved, "GET", f"{CORE}?fieldSelector=reason=Scheduled", headers=TABLE).json()
    cells = answer["rows"][0]["cells"]
    assert cells[0] != "<unknown>"
    assert cells[5] == "default-scheduler, default-scheduler-kube-scheduler"
    assert cells[8] == 1


def test_a_newer_event_is_stored_once_and_shown_twice() -> None:
    world = make_world()
    made = ask(world, "POST", NEWER, json=newer_event())
    assert (made.status_code, made.json()["note"]) == (201, "seen")
    core = ask(world, "GET", f"{CORE}/mine").json()
    assert (core["message"], core["source"], core["firstTimestamp"]) == ("seen", {}, None)
    patched = ask(
        world,
        "PATCH",
        f"{NEWER}/mine",
        json={"note": "seen again"},
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert patched.json()["note"] == "seen again"
    assert ask(world, "GET", f"{CORE}/mine").json()["message"] == "seen again"
    gone = ask(world, "DELETE", f"{NEWER}/mine")
    assert gone.json()["details"]["group"] == "events.k8s.io"
    assert ask(world, "GET", f"{CORE}/mine").status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"eventTime": None}, "eventTime: Required value"),
        ({"action": ""}, "action: Required value"),
        ({"type": "Odd"}, 'type: Invalid value: "Odd": '),
        ({"deprecatedCount": 3}, "deprecatedCount: Invalid value: 3: needs to be unset"),
        ({"note": "x" * 1025}, "can have at most 1024 bytes"),
    ],
    ids=["time", "action", "type", "count", "note"],
)
def test_a_new_event_of_the_newer_form_says_all_of_it(changes: Object, said: str) -> None:
    answer = ask(make_world(), "POST", NEWER, json=newer_event(**changes))
    assert answer.status_code == 422
    assert said in answer.json()["message"]
    assert answer.json()["message"].startswith('Event.events.k8s.io "mine" is invalid: ')


def test_a_watch_of_the_newer_group_gives_the_newer_form(moved: KubeWorld) -> None:
    query = Query({"timeoutSeconds": "1"}, "application/json", "user:x")
    target = parse(NEWER, moved.served)

    async def first() -> dict[str, Any]:
        async for line in events(moved, StandingGate(), target, query):
            found: dict[str, Any] = json.loads(line.splitlines()[0])
            return found
        raise AssertionError

    seen = asyncio.run(first())
    assert seen["object"]["apiVersion"] == "events.k8s.io/v1"
    assert "note" in seen["object"]


def test_both_groups_are_discovered() -> None:
    world = make_world()
    names = [g["name"] for g in ask(world, "GET", "/apis").json()["groups"]]
    assert names.index("events.k8s.io") < names.index("keda.sh")
    listed = ask(world, "GET", "/apis/events.k8s.io/v1").json()["resources"]
    assert [(r["name"], r["kind"], r["shortNames"]) for r in listed] == [
        ("events", "Event", ["ev"])
    ]
    group = ask(world, "GET", "/apis/autoscaling").json()
    assert [v["version"] for v in group["versions"]] == ["v2", "v1"]
    assert group["preferredVersion"]["version"] == "v2"
    document = ask(world, "GET", "/openapi/v3/apis/events.k8s.io/v1").json()
    assert "note" in document["components"]["schemas"]["io.k8s.api.events.v1.Event"]["properties"]


def record(world: KubeWorld, pod: Object, message: str) -> None:
    world.recorder.record(
        pod,
        type_="Warning",
        reason="FailedScheduling",
        message=message,
        source="default-scheduler",
    )


def a_pod() -> Object:
    meta = {"name": "p", "namespace": "default", "uid": "u", "resourceVersion": "7"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta}


def test_repetitions_of_a_newer_event_are_a_series() -> None:
    world = make_world()
    counts = []
    for n in range(4):
        world.clock.run_until(60.0 * n)
        record(world, a_pod(), f"text {n}")
        (event,) = told(world, "FailedScheduling")
        counts.append(event.get("series", {}).get("count"))
    assert counts == [None, 2, 2, 2]
    assert event["message"] == "text 0"
    assert event["series"]["lastObservedTime"] == "2022-10-15T08:01:00.000000Z"
    world.clock.run_until(180 + SERIES_ENDS_S + 1)
    (event,) = told(world, "FailedScheduling")
    assert event["series"] == {"count": 4, "lastObservedTime": "2022-10-15T08:03:00.000000Z"}
    record(world, a_pod(), "later")
    assert len(told(world, "FailedScheduling")) == 2


def test_a_long_series_is_written_every_half_hour() -> None:
    world = make_world()
    for n in range(int(SERIES_TOLD_EVERY_S // 300) + 2):
        world.clock.run_until(300.0 * n)
        record(world, a_pod(), "same")
    (event,) = told(world, "FailedScheduling")
    assert event["series"]["count"] == 8


def test_another_version_of_the_object_is_another_event() -> None:
    world = make_world()
    record(world, a_pod(), "same")
    record(world, with_meta(a_pod(), resourceVersion="8"), "same")
    assert len(told(world, "FailedScheduling")) == 2


def test_a_preempted_pods_event_names_the_other_pod() -> None:
    world = make_world()
    victim, other = a_pod(), with_meta(a_pod(), name="important", uid="v")
    world.recorder.record(
        victim,
        type_="Normal",
        reason="Preempted",
        message="Preempted by pod v on node n",
        source="default-scheduler",
        related=other,
    )
    (event,) = told(world, "Preempted")
    assert (event["action"], event["related"]["name"]) == ("Preempting", "important")


def autoscaler(**spec: Any) -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    return {
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {"scaleTargetRef": target, "maxReplicas": 5, **spec},
    }


def test_the_first_version_of_an_autoscaler_is_stored_as_the_second() -> None:
    world = make_world()
    made = ask(world, "POST", FIRST, json=autoscaler(targetCPUUtilizationPercentage=70))
    assert made.json()["apiVersion"] == "autoscaling/v1"
    assert made.json()["spec"]["targetCPUUtilizationPercentage"] == 70
    assert made.json()["spec"]["minReplicas"] == 1
    stored = world.store.get(AUTOSCALERS, "default", "web")
    assert (stored["apiVersion"], stored["spec"]["metrics"]) == (
        "autoscaling/v2",
        [
            {
                "type": "Resource",
                "resource": {
                    "name": "cpu",
                    "target": {"type": "Utilization", "averageUtilization": 70},
                },
            }
        ],
    )


def test_a_first_version_without_a_figure_aims_at_80_percent() -> None:
    made = ask(make_world(), "POST", FIRST, json=autoscaler())
    assert made.json()["spec"]["targetCPUUtilizationPercentage"] == 80


METRICS: list[Object] = [
    {
        "type": "Pods",
        "pods": {
            "metric": {"name": "queue"},
            "target": {"type": "AverageValue", "averageValue": "30"},
        },
    },
    {
        "type": "Object",
        "object": {
            "describedObject": {"kind": "Service", "name": "web"},
            "metric": {"name": "hits", "selector": {"matchLabels": {"a": "b"}}},
            "target": {"type": "Value", "value": "2k"},
        },
    },
    {
        "type": "External",
        "external": {
            "metric": {"name": "lag"},
            "target": {"type": "AverageValue", "averageValue": "5"},
        },
    },
    {
        "type": "Resource",
        "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}},
    },
]


def second(**more: Any) -> Object:
    return {
        **autoscaler(metrics=METRICS, minReplicas=2),
        "apiVersion": "autoscaling/v2",
        **more,
    }


def test_what_the_first_version_cannot_say_is_in_annotations() -> None:
    behavior = {"scaleDown": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}}
    hpa = second()
    hpa["spec"]["behavior"] = behavior
    world = make_world()
    assert ask(world, "POST", SECOND, json=hpa).status_code == 201
    first = ask(world, "GET", f"{FIRST}/web").json()
    notes = first["metadata"]["annotations"]
    assert "targetCPUUtilizationPercentage" not in first["spec"]
    assert json.loads(notes[f"{PREFIX}/metrics"]) == [
        {"type": "Pods", "pods": {"metricName": "queue", "targetAverageValue": "30"}},
        {
            "type": "Object",
            "object": {
                "target": {"kind": "Service", "name": "web"},
                "metricName": "hits",
                "selector": {"matchLabels": {"a": "b"}},
                "targetValue": "2k",
            },
        },
        {"type": "External", "external": {"metricName": "lag", "targetAverageValue": "5"}},
        {"type": "Resource", "resource": {"name": "memory", "targetAverageValue": "1Gi"}},
    ]
    rules = json.loads(notes[f"{PREFIX}/behavior"])["ScaleDown"]
    assert rules["Policies"] == [{"Type": "Pods", "Value": 1, "PeriodSeconds": 60}]
    assert rules["StabilizationWindowSeconds"] is None


def test_an_autoscaler_goes_through_the_first_version_and_back() -> None:
    world = make_world()
    hpa = second()
    hpa["spec"]["behavior"] = {"scaleUp": {"stabilizationWindowSeconds": 30}}
    ask(world, "POST", SECOND, json=hpa)
    before = world.store.get(AUTOSCALERS, "default", "web")
    first = ask(world, "GET", f"{FIRST}/web").json()
    first["spec"]["maxReplicas"] = 9
    answer = ask(world, "PUT", f"{FIRST}/web", json=first)
    assert answer.status_code == 200
    after = world.store.get(AUTOSCALERS, "default", "web")
    assert after["spec"] == {**before["spec"], "maxReplicas": 9}
    assert "annotations" not in after["metadata"]


def test_the_first_version_shows_figures_and_conditions() -> None:
    world = make_world()
    ask(world, "POST", FIRST, json=autoscaler())
    stored = world.store.get(AUTOSCALERS, "default", "web")
    current = {"averageUtilization": 42, "averageValue": "21m"}
    status = {
        "currentReplicas": 2,
        "desiredReplicas": 2,
        "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu", "current": current}}],
        "conditions": [{"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"}],
    }
    world.store.update(AUTOSCALERS, with_status(stored, **status), by="user:x")
    first = ask(world, "GET", f"{FIRST}/web").json()
    notes = first["metadata"]["annotations"]
    assert first["status"]["currentCPUUtilizationPercentage"] == 42
    assert json.loads(notes[f"{PREFIX}/current-metrics"]) == [
        {
            "type": "Resource",
            "resource": {
                "name": "cpu",
                "currentAverageUtilization": 42,
                "currentAverageValue": "21m",
            },
        }
    ]
    assert json.loads(notes[f"{PREFIX}/conditions"])[0]["type"] == "AbleToScale"
    assert FIRST_KIND is not None
    assert conversion.received(FIRST_KIND, first)[1]["status"]["currentMetrics"] == [
        {"type": "Resource", "resource": {"name": "cpu", "current": current}}
    ]


def test_an_annotation_that_is_no_json_is_ignored() -> None:
    hpa = autoscaler(targetCPUUtilizationPercentage=60)
    hpa["metadata"]["annotations"] = {f"{PREFIX}/metrics": "{nope", "mine": "stays"}
    world = make_world()
    assert ask(world, "POST", FIRST, json=hpa).status_code == 201
    stored = world.store.get(AUTOSCALERS, "default", "web")
    assert stored["metadata"]["annotations"] == {"mine": "stays"}
    assert len(stored["spec"]["metrics"]) == 1


def test_an_unknown_field_of_the_first_version_is_refused() -> None:
    answer = ask(
        make_world(), "POST", f"{FIRST}?fieldValidation=Strict", json=autoscaler(metrics=[])
    )
    assert answer.status_code == 400
    assert 'unknown field "spec.metrics"' in answer.json()["message"]


def test_applying_the_first_version_sets_the_figure() -> None:
    world = make_world()
    answer = ask(
        world,
        "PATCH",
        f"{FIRST}/web?fieldManager=m",
        json=autoscaler(targetCPUUtilizationPercentage=55),
        headers={"Content-Type": "application/apply-patch+yaml"},
    )
    assert answer.status_code == 201
    assert answer.json()["spec"]["targetCPUUtilizationPercentage"] == 55


def test_a_manifest_of_the_first_version_can_be_in_a_scenario() -> None:
    world = make_world()
    world.apply(autoscaler(targetCPUUtilizationPercentage=65), by="user:setup")
    world.apply(autoscaler(targetCPUUtilizationPercentage=66), by="user:setup")
    stored = world.store.get(AUTOSCALERS, "default", "web")
    assert stored["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 66
