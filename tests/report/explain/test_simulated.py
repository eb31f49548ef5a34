"""What the local AKS says when something fails is explained, with its pod, image, node, budget."""

from __future__ import annotations

from typing import Any

import pytest
from tests.rig import deployment, replaced, with_scenario

from poolshift.catalog import load_catalog
from poolshift.core.errors import ApiError
from poolshift.report.explain import ExplainDocument, explain
from poolshift.rules.registry import RULES
from poolshift.sim.faults.fault import FaultSpec
from poolshift.sim.kube.resources import EVENTS, PODS
from poolshift.sim.world import World, build_world

IMAGE = "myacr.azurecr.io/catalog:7"
BUILD = "10.0.17763"


def world_with(*faults: FaultSpec) -> World:
    return build_world(with_scenario(lambda s: replaced(s, faults=faults)), seed=1)


def deploy(world: World, image: str = IMAGE, **options: Any) -> None:
    world.kube.apply(deployment("app", image, replicas=2, **options), by="user:kubectl")
    world.clock.run_until(world.clock.t + 600)


def pod_of(world: World) -> dict[str, Any]:
    found = [p for p in world.kube.store.all(PODS) if p["metadata"]["name"].startswith("app-")]
    return found[0]


def described(world: World) -> str:
    """The first pod of `app` as `kubectl describe` would print it, in its main lines."""
    pod = pod_of(world)
    meta, spec = pod["metadata"], pod["spec"]
    lines = [
        f"Name:             {meta['name']}",
        f"Namespace:        {meta['namespace']}",
        f"Node:             {spec.get('nodeName', '<none>')}",
        "Containers:",
        f"  {spec['containers'][0]['name']}:",
        f"    Image:          {spec['containers'][0]['image']}",
        "Events:",
    ]
    for event in world.kube.store.all(EVENTS):
        if event["involvedObject"]["name"] == meta["name"]:
            said = f"{event['type']}  {event['reason']}  1m  kubelet  {event['message']}"
            lines.append(f"  {said}")
    return "\n".join(lines)


def told(text: str) -> ExplainDocument:
    return explain(text, load_catalog(), RULES)


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (FaultSpec("build-mismatch", IMAGE), "0xc0370101"),
        (FaultSpec("image-too-new", IMAGE), "0xc0370106"),
        (FaultSpec("missing-manifest", f"{IMAGE} {BUILD}"), "ErrImagePull: no-match-for-platform"),
        (
            FaultSpec("registry-throttled", "myacr.azurecr.io", value=0.0),
            "ErrImagePull: too-many-requests",
        ),
        (FaultSpec("attach-fails", BUILD, value=1000.0), "attach namespace failed"),
    ],
    ids=lambda v: v.name if isinstance(v, FaultSpec) else None,
)
def test_failing_start_is_explained(fault: FaultSpec, answer: str) -> None:
    world = world_with(fault)
    deploy(world)
    pod = pod_of(world)
    document = told(described(world))
    assert [a.id for a in document.answers] == [answer]
    values = document.answers[0].values
    assert values["pod"] == pod["metadata"]["name"]
    assert values["namespace"] == pod["metadata"]["namespace"]
    assert values["node"] == pod["spec"]["nodeName"]
    assert values["image"] == IMAGE


def test_pending_pod_is_explained_reason_by_reason() -> None:
    world = world_with()
    deploy(world, nodeSelector={"kubernetes.io/os": "windows", "agentpool": "gone"})
    document = told(described(world))
    assert [a.id for a in document.answers] == ["FailedScheduling: node-affinity"]
    assert document.answers[0].values["pod"] == pod_of(world)["metadata"]["name"]


def test_refused_eviction_is_explained() -> None:
    world = world_with()
    deploy(world)
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "app", "namespace": "default"},
        "spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "app"}}},
    }
    world.kube.apply(budget, by="user:kubectl")
    world.clock.run_until(world.clock.t + 60)
    pod = pod_of(world)["metadata"]
    with pytest.raises(ApiError) as refused:
        world.kube.evict(pod["namespace"], pod["name"], by="run")
    document = told(str(refused.value))
    assert document.answers[0].id == "429 Too Many Requests (eviction)"


def test_denying_webhook_is_explained() -> None:
    workload = "default/Deployment/app"
    world = world_with(FaultSpec("eviction-denied", workload, value=600.0))
    deploy(world)
    pod = pod_of(world)["metadata"]
    with pytest.raises(ApiError) as refused:
        world.kube.evict(pod["namespace"], pod["name"], by="run")
    document = told(str(refused.value))
    assert [a.id for a in document.answers] == ["admission webhook denied the request"]
    assert document.answers[0].values["webhook"] in document.answers[0].what
