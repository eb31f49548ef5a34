"""Objects that controllers could not read are refused where they come in."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.kube.worlds import LINUX_IMAGE, budget, deployment, make_world

from poolshift.core.errors import ApiError
from poolshift.core.ports import PatchKind
from poolshift.sim.kube.objects import Object
from poolshift.sim.kube.resources import by_kind

METRIC: Object = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
}


def of(api_version: str, kind: str, spec: Object) -> Object:
    metadata = {"name": "wrong", "namespace": "default"}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def hpa(**spec: Any) -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    body = {"scaleTargetRef": target, "maxReplicas": 5, **spec}
    return of("autoscaling/v2", "HorizontalPodAutoscaler", body)


def utilisation(value: object) -> Object:
    target = {"type": "Utilization", "averageUtilization": value}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def behaviour(**policy: Any) -> Object:
    return hpa(behavior={"scaleUp": {"policies": [policy]}})


def job(**spec: Any) -> Object:
    pod = {"restartPolicy": "Never", "containers": [{"name": "a", "image": LINUX_IMAGE}]}
    return of("batch/v1", "Job", {"template": {"spec": pod}, **spec})


def cron(**spec: Any) -> Object:
    body = {"schedule": "* * * * *", "jobTemplate": {"spec": job()["spec"]}, **spec}
    return of("batch/v1", "CronJob", body)


def stateful(**spec: Any) -> Object:
    labels = {"app": "db"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "a", "image": LINUX_IMAGE}]},
    }
    body = {"selector": {"matchLabels": labels}, "template": template, **spec}
    return of("apps/v1", "StatefulSet", body)


def scaled(**spec: Any) -> Object:
    body = {"scaleTargetRef": {"name": "web"}, "triggers": [], **spec}
    return of("keda.sh/v1alpha1", "ScaledObject", body)


CASES = {
    "hpa-no-target": (hpa(scaleTargetRef={}), "spec.scaleTargetRef.kind"),
    "hpa-min-zero": (hpa(minReplicas=0), "spec.minReplicas"),
    "hpa-metric-type": (hpa(metrics=[{"type": "Guess"}]), "spec.metrics[0].type"),
    "hpa-zero-share": (
        hpa(metrics=[METRIC, utilisation(0)]),
        "spec.metrics[1].resource.target.averageUtilization",
    ),
    "hpa-no-value": (
        hpa(metrics=[{"type": "External", "external": {"target": {"type": "Value"}}}]),
        "spec.metrics[0].external.target",
    ),
    "hpa-policy-type": (
        behaviour(type="Nodes", value=1, periodSeconds=15),
        "spec.behavior.scaleUp.policies[0].type",
    ),
    "hpa-policy-period": (
        behaviour(type="Pods", value=1, periodSeconds=4000),
        "spec.behavior.scaleUp.policies[0].periodSeconds",
    ),
    "keda-no-name": (scaled(scaleTargetRef={}), "spec.scaleTargetRef.name"),
    "keda-no-triggers": (scaled(triggers=None), "spec.triggers"),
    "keda-poll": (scaled(pollingInterval=0), "spec.pollingInterval"),
    "job-rule": (
        job(podFailurePolicy={"rules": [{"action": "Shrug"}]}),
        "spec.podFailurePolicy.rules[0].action",
    ),
    "job-codes": (
        job(podFailurePolicy={"rules": [{"action": "Ignore", "onExitCodes": {"values": [1]}}]}),
        "spec.podFailurePolicy.rules[0].onExitCodes",
    ),
    "cron-history": (cron(failedJobsHistoryLimit=-1), "spec.failedJobsHistoryLimit"),
    "claims": (
        stateful(volumeClaimTemplates=[{"spec": {}}]),
        "spec.volumeClaimTemplates[0].metadata.name",
    ),
}


@pytest.mark.parametrize(("wrong", "field"), CASES.values(), ids=CASES.keys())
def test_what_no_controller_could_read_is_refused(wrong: Object, field: str) -> None:
    world = make_world()
    with pytest.raises(ApiError) as caught:
        world.apply(wrong, by="u")
    assert (caught.value.status, caught.value.service_code) == (422, "Invalid")
    assert caught.value.details["causes"][0]["field"] == field  # type: ignore[index]


MALFORMED: dict[str, tuple[Object, str]] = {
    "quota": (
        of("v1", "ResourceQuota", {"hard": {"pods": "few"}}),
        "quantities must match the regular expression",
    ),
    "limits": (
        of("v1", "LimitRange", {"limits": [{"type": "Container", "max": {"cpu": "much"}}]}),
        "quantities must match the regular expression",
    ),
    "job-ttl": (
        job(ttlSecondsAfterFinished="soon"),
        "json: cannot unmarshal string into Go struct field "
        "JobSpec.spec.ttlSecondsAfterFinished of type int32",
    ),
    "hpa-share": (
        hpa(behavior=[]),
        "cannot unmarshal array into Go struct field HorizontalPodAutoscalerSpec.spec.behavior",
    ),
    "huge": (
        job(parallelism=2**40),
        "cannot unmarshal number 1099511627776 into Go struct field JobSpec.spec.parallelism",
    ),
}


@pytest.mark.parametrize(("wrong", "said"), MALFORMED.values(), ids=MALFORMED.keys())
def test_what_does_not_decode_is_a_bad_request(wrong: Object, said: str) -> None:
    world = make_world()
    with pytest.raises(ApiError) as caught:
        world.apply(wrong, by="u")
    assert (caught.value.status, caught.value.service_code) == (400, "BadRequest")
    assert f" cannot be handled as a {wrong['kind']}: " in caught.value.message
    assert said in caught.value.message


def shaped(**spec: Any) -> Object:
    return {**deployment(), "spec": {**deployment()["spec"], **spec}}


WORDED: dict[str, tuple[Object, str]] = {
    "replicas": (
        shaped(replicas=-1),
        'Deployment.apps "sample" is invalid: spec.replicas: Invalid value: -1: must be greater '
        "than or equal to 0",
    ),
    "surge": (
        shaped(strategy={"rollingUpdate": {"maxSurge": "many"}}),
        'Deployment.apps "sample" is invalid: spec.strategy.rollingUpdate.maxSurge: Invalid '
        'value: "many": a valid percent string must be',
    ),
    "stuck": (
        shaped(strategy={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}),
        "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when "
        "`maxSurge` is 0",
    ),
    "restart": (
        of("batch/v1", "Job", {"template": {"spec": {"containers": [{"name": "a"}]}}}),
        'Job.batch "wrong" is invalid: spec.template.spec.restartPolicy: Required value: valid '
        'values: "OnFailure", "Never"',
    ),
    "budget": (
        budget(minAvailable="half"),
        'PodDisruptionBudget.policy "sample" is invalid: spec.minAvailable: Invalid value: "half"',
    ),
    "both": (
        budget(minAvailable=1, maxUnavailable="x"),
        'PodDisruptionBudget.policy "sample" is invalid: [spec: Invalid value: {',
    ),
}


@pytest.mark.parametrize(("wrong", "said"), WORDED.values(), ids=WORDED.keys())
def test_what_cannot_be_is_refused_in_the_servers_words(wrong: Object, said: str) -> None:
    world = make_world()
    with pytest.raises(ApiError) as caught:
        world.apply(wrong, by="u")
    assert caught.value.status == 422
    assert said in caught.value.message


@pytest.mark.parametrize("right", [hpa(metrics=[METRIC]), job(), cron(), stateful(), scaled()])
def test_what_is_right_is_taken_and_runs(right: Object) -> None:
    world = make_world()
    world.apply(right, by="u")
    world.clock.run_until(300)


def lone() -> Object:
    containers = [{"name": "a", "image": LINUX_IMAGE}]
    first = [{"name": "b", "image": LINUX_IMAGE}]
    return of("v1", "Pod", {"containers": containers, "initContainers": first})


@pytest.mark.parametrize(
    ("obj", "change", "said"),
    [
        (
            lone(),
            {"nodeSelector": {"a": "b"}},
            "spec: Forbidden: pod updates may not change fields other than "
            "`spec.containers[*].image`,`spec.initContainers[*].image`,",
        ),
        (
            stateful(),
            {"serviceName": "other"},
            "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', ",
        ),
        (
            stateful(),
            {"podManagementPolicy": "Parallel"},
            "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', ",
        ),
        (job(), {"template": {"spec": {"restartPolicy": "OnFailure"}}}, "field is immutable"),
    ],
)
def test_what_was_made_so_stays_so(obj: Object, change: Object, said: str) -> None:
    world = make_world()
    world.apply(obj, by="u")
    kind = by_kind(obj["apiVersion"], obj["kind"])
    assert kind is not None
    with pytest.raises(ApiError) as caught:
        world.api.patch(kind, ("default", "wrong"), {"spec": change}, PatchKind.MERGE, by="u")
    assert caught.value.status == 422
    assert said in caught.value.message


def test_what_may_change_changes() -> None:
    world = make_world()
    for obj, change in (
        (lone(), {"initContainers": [{"name": "b", "image": "other:1"}]}),
        (stateful(), {"replicas": 3, "minReadySeconds": 5}),
        (job(suspend=True), {"template": {"spec": {"nodeSelector": {"a": "b"}}}}),
    ):
        world.apply(obj, by="u")
        kind = by_kind(obj["apiVersion"], obj["kind"])
        assert kind is not None
        world.api.patch(kind, ("default", "wrong"), {"spec": change}, PatchKind.STRATEGIC, by="u")
