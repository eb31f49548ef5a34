"""Webhooks in trouble: which requests meet them, and what those are answered."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.kube.test_http import ask, config
from tests.sim.kube.worlds import deployment, make_world, reference_world

from poolshift.core.errors import ApiError
from poolshift.core.ports import PatchKind
from poolshift.sim.kube import webhooks
from poolshift.sim.kube.objects import Object
from poolshift.sim.kube.resources import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    EVENTS,
    NAMESPACES,
    PODS,
    REPLICA_SETS,
)
from poolshift.sim.kube.webhooks import Asked
from poolshift.sim.kube.world import KubeWorld

HOOK = "check.example.com"
SERVICE: Object = {"name": "checker", "namespace": "default", "path": "/check"}
ADDRESS = "https://checker.default.svc:443/check?timeout=10s"
ALL = {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*", "*"]}


def rule(resource: str, *operations: str, group: str = "", version: str = "*") -> Object:
    return {
        "operations": list(operations),
        "apiGroups": [group],
        "apiVersions": [version],
        "resources": [resource],
    }


def configuration(*rules: Object, kind: str = "Validating", **more: Any) -> Object:
    hook = {
        "name": HOOK,
        "rules": list(rules),
        "clientConfig": {"service": SERVICE},
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        **more,
    }
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": f"{kind}WebhookConfiguration",
        "metadata": {"name": "checks"},
        "webhooks": [hook],
    }


def denying(world: KubeWorld, *rules: Object, **more: Any) -> None:
    world.apply(configuration(*rules, **more), by="u")
    world.ctx.webhooks.troubles["checks"] = lambda hook: webhooks.denied(hook, "no")


def down(world: KubeWorld, *rules: Object, **more: Any) -> None:
    world.apply(configuration(*rules, **more), by="u")
    world.ctx.webhooks.troubles["checks"] = lambda hook: webhooks.unanswered(world.store, hook)


def tried(world: KubeWorld, name: str = "c") -> tuple[int, str]:
    answer = ask(world, "POST", "/api/v1/namespaces/default/configmaps", json=config(name))
    return answer.status_code, answer.json().get("message", "")


def test_a_denial_names_the_webhook() -> None:
    world = make_world()
    denying(world, rule("configmaps", "CREATE"))
    answer = ask(world, "POST", "/api/v1/namespaces/default/configmaps", json=config("c"))
    assert answer.json() == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": f'admission webhook "{HOOK}" denied the request: no',
        "reason": "Forbidden",
        "code": 403,
    }


def service(world: KubeWorld) -> None:
    spec = {"selector": {"app": "checker"}, "ports": [{"port": 443}]}
    meta = {"name": "checker", "namespace": "default"}
    world.apply({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}, by="u")


def test_a_webhook_without_a_service_is_told_so() -> None:
    world = make_world()
    down(world, rule("configmaps", "CREATE"))
    status, message = tried(world)
    assert status == 500
    assert message == (
        f'Internal error occurred: failed calling webhook "{HOOK}": failed to call webhook: '
        f'Post "{ADDRESS}": service "checker" not found'
    )


def test_a_webhook_whose_service_has_no_pods_is_told_so() -> None:
    world = reference_world(1)
    service(world)
    down(world, rule("configmaps", "CREATE"))
    world.clock.run_until(10)
    assert tried(world)[1].endswith('no endpoints available for service "checker"')
    body = deployment("checker", image="both:1", replicas=1)
    world.apply(body, by="u")
    world.clock.run_until(900)
    assert tried(world)[1].endswith("context deadline exceeded")


def test_a_webhook_at_an_address_of_its_own_is_late() -> None:
    world = make_world()
    client = {"url": "https://policy.example.com/check"}
    down(world, rule("configmaps", "CREATE"), clientConfig=client, timeoutSeconds=3)
    assert tried(world)[1].endswith(
        'Post "https://policy.example.com/check?timeout=3s": context deadline exceeded'
    )


def test_the_500_has_its_cause() -> None:
    world = make_world()
    down(world, rule("configmaps", "CREATE"))
    body = ask(world, "POST", "/api/v1/namespaces/default/configmaps", json=config("c")).json()
    assert body["reason"] == "InternalError"
    assert body["details"]["causes"] == [
        {"message": body["message"].removeprefix("Internal error occurred: ")}
    ]


def test_a_webhook_that_may_be_ignored_is() -> None:
    world = make_world()
    down(world, rule("configmaps", "CREATE"), failurePolicy="Ignore")
    assert tried(world)[0] == 201


@pytest.mark.parametrize(
    ("stated", "met"),
    [
        (rule("configmaps", "CREATE"), True),
        (rule("configmaps", "*"), True),
        (rule("*", "CREATE"), True),
        (ALL, True),
        (rule("configmaps", "UPDATE", "DELETE"), False),
        (rule("secrets", "CREATE"), False),
        # As the server's own matching has it: any subresource, or none.
        (rule("configmaps/*", "CREATE"), True),
        (rule("configmaps/status", "CREATE"), False),
        (rule("configmaps", "CREATE", group="apps"), False),
        (rule("configmaps", "CREATE", version="v2"), False),
        ({**rule("configmaps", "CREATE"), "scope": "Cluster"}, False),
        ({**rule("configmaps", "CREATE"), "scope": "Namespaced"}, True),
    ],
)
def test_rules_say_what_is_asked_about(stated: Object, met: bool) -> None:
    world = make_world()
    denying(world, stated)
    assert (tried(world)[0] == 403) is met


@pytest.mark.parametrize(
    ("selectors", "met"),
    [
        ({"namespaceSelector": {"matchLabels": {"checked": "yes"}}}, False),
        (
            {
                "namespaceSelector": {
                    "matchLabels": {"kubernetes.io/metadata.name": "default"},
                }
            },
            True,
        ),
        ({"objectSelector": {"matchLabels": {"a": "b"}}}, False),
        (
            {
                "objectSelector": {
                    "matchExpressions": [{"key": "skip", "operator": "DoesNotExist"}],
                }
            },
            True,
        ),
    ],
)
def test_selectors_narrow(selectors: Object, met: bool) -> None:
    world = make_world()
    denying(world, rule("configmaps", "CREATE"), **selectors)
    assert (tried(world)[0] == 403) is met


def test_a_rule_holds_in_every_version_unless_it_is_to_be_exact() -> None:
    for policy, met in (("Equivalent", True), ("Exact", False)):
        world = make_world()
        stated = rule("horizontalpodautoscalers", "CREATE", group="autoscaling", version="v1")
        denying(world, stated, matchPolicy=policy)
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
        body = {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "h"},
            "spec": {"scaleTargetRef": target, "maxReplicas": 3},
        }
        path = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"
        assert (ask(world, "POST", path, json=body).status_code == 403) is met


def refused(world: KubeWorld, act: Any) -> int:
    try:
        act(world.api)
    except ApiError as error:
        return error.status
    return 200


KEY = ("default", "web")
APPLIED: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"x": "y"}},
}
ACTS: dict[str, tuple[Object, Any]] = {
    "update": (
        rule("deployments", "UPDATE", group="apps"),
        lambda api: api.patch(
            DEPLOYMENTS, KEY, {"spec": {"minReadySeconds": 3}}, PatchKind.MERGE, by="u"
        ),
    ),
    "apply": (
        rule("deployments", "UPDATE", group="apps"),
        lambda api: api.apply(DEPLOYMENTS, KEY, APPLIED, by="u", manager="m"),
    ),
    "status": (
        rule("deployments/status", "UPDATE", group="apps"),
        lambda api: api.patch(
            DEPLOYMENTS,
            KEY,
            {"status": {"observedGeneration": 9}},
            PatchKind.MERGE,
            by="u",
            status=True,
        ),
    ),
    "scale": (
        rule("deployments/scale", "UPDATE", group="apps"),
        lambda api: api.set_scale(DEPLOYMENTS, KEY, {"spec": {"replicas": 3}}, by="u"),
    ),
    "delete": (
        rule("deployments", "DELETE", group="apps"),
        lambda api: api.delete(DEPLOYMENTS, KEY, by="u"),
    ),
    "namespace": (
        rule("namespaces", "DELETE"),
        lambda api: api.delete(NAMESPACES, ("", "kube-public"), by="u"),
    ),
}


@pytest.mark.parametrize("name", ACTS)
def test_every_way_to_write_is_asked_about(name: str) -> None:
    stated, act = ACTS[name]
    world = make_world()
    world.apply(deployment("web", replicas=1), by="u")
    denying(world, rule("nothing", "*"))
    assert refused(world, act) == 200
    world = make_world()
    world.apply(deployment("web", replicas=1), by="u")
    denying(world, stated)
    assert refused(world, act) == 403


def test_evictions_are_creations_of_their_own() -> None:
    world = reference_world(1)
    world.apply(deployment("web", replicas=1), by="u")
    world.clock.run_until(400)
    denying(world, rule("pods/eviction", "CREATE"))
    pod = next(iter(world.store.all(PODS, "default")))
    with pytest.raises(ApiError, match="denied the request"):
        world.evict("default", pod["metadata"]["name"], by="u")
    denying(world, rule("pods", "CREATE", "DELETE"))
    world.evict("default", pod["metadata"]["name"], by="u")


def test_a_webhook_with_side_effects_takes_no_dry_run() -> None:
    world = make_world()
    denying(world, rule("configmaps", "CREATE"), sideEffects="Some")
    with pytest.raises(ApiError) as caught:
        world.api.create(CONFIG_MAPS, "default", config("c"), by="u", dry_run=True)
    assert caught.value.status == 400
    assert caught.value.message == f'admission webhook "{HOOK}" does not support dry run'


def test_webhooks_are_not_asked_about_themselves() -> None:
    world = make_world()
    denying(world, ALL)
    path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/checks"
    assert ask(world, "DELETE", path).status_code == 200
    assert tried(world)[0] == 201


def test_controllers_are_refused_and_go_on_when_the_webhook_answers() -> None:
    world = make_world()
    world.apply(deployment("web", replicas=1), by="u")
    world.clock.run_until(10)
    (rs,) = world.store.all(REPLICA_SETS)
    down(world, rule("pods", "CREATE"), kind="Mutating")
    (pod,) = world.store.all(PODS)
    world.api.delete(PODS, ("default", pod["metadata"]["name"]), {"gracePeriodSeconds": 0}, by="u")
    world.clock.run_until(30)
    assert list(world.store.all(PODS)) == []
    told = {e["message"] for e in world.store.all(EVENTS) if e["reason"] == "FailedCreate"}
    assert told == {
        f'Error creating: Internal error occurred: failed calling webhook "{HOOK}": failed to call '
        f'webhook: Post "{ADDRESS}": service "checker" not found'
    }
    del world.ctx.webhooks.troubles["checks"]
    world.clock.run_until(90)
    assert len(list(world.store.all(PODS))) == 1
    assert rs["spec"]["replicas"] == 1


def test_nobody_is_asked_without_trouble() -> None:
    world = make_world()
    world.apply(configuration(ALL), by="u")
    world.ctx.webhooks.ask(Asked("CREATE", PODS, "default", {"metadata": {}}))
    assert tried(world)[0] == 201
