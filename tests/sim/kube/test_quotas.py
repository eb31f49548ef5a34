"""ResourceQuotas and LimitRanges: what a namespace takes, and what controllers do then."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.kube.worlds import LINUX_IMAGE, deployment, linux_seed, make_world, trace_of

from poolshift.core.errors import ApiError
from poolshift.core.ports import PatchKind
from poolshift.sim.kube.objects import Object, condition_of
from poolshift.sim.kube.resources import (
    DEPLOYMENTS,
    ENDPOINT_SLICES,
    EVENTS,
    LIMIT_RANGES,
    PODS,
    QUOTAS,
    REPLICA_SETS,
)
from poolshift.sim.kube.world import KubeWorld


def world(*objects: Object) -> KubeWorld:
    made = make_world()
    made.warming = True
    made.add_node(linux_seed(), by="user:arm", ready_after_s=0)
    for obj in objects:
        made.apply(obj, by="user:setup")
    made.settle()
    made.warming = False
    made.open_trace()
    return made


def quota(name: str = "team", *, scopes: list[str] | None = None, **hard: str) -> Object:
    spec: Object = {
        "hard": {key.replace("__", "/").replace("_", "."): v for key, v in hard.items()}
    }
    if scopes:
        spec["scopes"] = scopes
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": name, "namespace": "default"},
        "spec": spec,
    }


def limit_range(**item: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "usual", "namespace": "default"},
        "spec": {"limits": [{"type": "Container", **item}]},
    }


def pod(name: str = "one", **resources: Any) -> Object:
    container: Object = {"name": "work", "image": LINUX_IMAGE}
    if resources:
        container["resources"] = resources
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"containers": [container]},
    }


def plain(replicas: int) -> Object:
    made = deployment(replicas=replicas, image=LINUX_IMAGE)
    made["spec"]["template"]["spec"]["nodeSelector"] = {}
    return made


def used(made: KubeWorld, name: str = "team") -> dict[str, str]:
    found: dict[str, str] = made.store.get(QUOTAS, "default", name)["status"]["used"]
    return found


def refusal(made: KubeWorld, obj: Object) -> ApiError:
    with pytest.raises(ApiError) as caught:
        made.apply(obj, by="u")
    return caught.value


def events(made: KubeWorld, reason: str) -> list[Object]:
    return [e for e in made.store.all(EVENTS) if e["reason"] == reason]


def test_a_full_quota_refuses_with_the_servers_words() -> None:
    made = world(quota(pods="2", requests_memory="1Gi"))
    made.apply(pod("a", requests={"memory": "512Mi"}), by="u")
    made.apply(pod("b", requests={"memory": "256Mi"}), by="u")
    error = refusal(made, pod("c", requests={"memory": "512Mi"}))
    assert (error.status, error.service_code) == (403, "Forbidden")
    assert error.message == (
        'pods "c" is forbidden: exceeded quota: team, requested: pods=1,requests.memory=512Mi, '
        "used: pods=2,requests.memory=768Mi, limited: pods=2,requests.memory=1Gi"
    )
    made.clock.run_until(1)
    assert used(made) == {"pods": "2", "requests.memory": "768Mi"}


def test_a_bounded_resource_must_be_stated() -> None:
    made = world(quota(requests_cpu="2", limits_memory="2Gi"))
    error = refusal(made, pod(requests={"memory": "1Gi"}))
    assert error.message == (
        'pods "one" is forbidden: failed quota: team: must specify limits.memory for: work; '
        "requests.cpu for: work"
    )


def test_use_is_given_back_when_a_pod_ends_or_goes() -> None:
    made = world(quota(pods="1", count__pods="5"))
    ending = pod("brief")
    ending["spec"]["restartPolicy"] = "Never"
    ending["metadata"]["annotations"] = {"sim.poolshift.io/run-for": "10"}
    made.apply(ending, by="u")
    refusal(made, pod("more"))
    made.clock.run_until(60)
    assert used(made) == {"pods": "0", "count/pods": "1"}
    made.apply(pod("more"), by="u")
    made.api.delete(PODS, ("default", "more"), {"gracePeriodSeconds": 0}, by="u")
    made.api.delete(PODS, ("default", "brief"), by="u")
    made.clock.run_until(70)
    assert used(made) == {"pods": "0", "count/pods": "0"}


def test_a_quota_counts_what_was_there_before_it() -> None:
    made = world(plain(3))
    made.apply(quota(pods="5", count__deployments_apps="1"), by="u")
    made.clock.run_until(1)
    assert used(made) == {"pods": "3", "count/deployments.apps": "1"}
    error = refusal(made, deployment("other"))
    assert "requested: count/deployments.apps=1" in error.message


def test_a_namespace_without_a_quota_takes_everything_again() -> None:
    made = world(quota(pods="0"))
    refusal(made, pod())
    made.api.delete(QUOTAS, ("default", "team"), by="u")
    made.apply(pod(), by="u")
    assert made.ctx.admitters == {}


@pytest.mark.parametrize(
    ("scopes", "resources", "refused"),
    [
        (["BestEffort"], {}, True),
        (["BestEffort"], {"requests": {"cpu": "1m"}}, False),
        (["NotBestEffort"], {}, False),
        (["Terminating"], {}, False),
        (["NotTerminating"], {}, True),
    ],
)
def test_a_quota_with_scopes_counts_the_pods_in_them(
    scopes: list[str], resources: dict[str, Any], refused: bool
) -> None:
    made = world(quota(scopes=scopes, pods="0"))
    if refused:
        refusal(made, pod(**resources))
    else:
        made.apply(pod(**resources), by="u")


def test_services_and_claims_count_too() -> None:
    made = world(quota(services="1", services_loadbalancers="0", requests_storage="10Gi"))
    service: Object = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a", "namespace": "default"},
        "spec": {"ports": [{"port": 80}]},
    }
    balanced = {**service, "spec": {**service["spec"], "type": "LoadBalancer"}}
    assert "services.loadbalancers=1" in refusal(made, balanced).message
    made.apply(service, by="u")
    error = refusal(made, {**service, "metadata": {**service["metadata"], "name": "b"}})
    assert "requested: services=1, used: services=1, limited: services=1" in error.message
    claim: Object = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "default"},
        "spec": {"resources": {"requests": {"storage": "20Gi"}}},
    }
    assert "requests.storage=20Gi" in refusal(made, claim).message


def test_a_replica_set_tells_of_the_refusal_and_goes_on_when_there_is_room() -> None:
    made = world(quota(pods="2"), plain(2))
    grow = {"spec": {"replicas": 4}}
    [rs] = made.store.all(REPLICA_SETS)
    made.api.patch(DEPLOYMENTS, ("default", "sample"), grow, PatchKind.MERGE, by="u")
    made.clock.run_until(600)
    told = events(made, "FailedCreate")
    assert "exceeded quota: team" in told[0]["message"]
    assert told[0]["message"].startswith("Error creating: pods")
    # Ever longer waits: a handful of tries in ten minutes, not one for each instant.
    assert 10 < sum(e["count"] for e in told) < 25
    rs = made.store.get(REPLICA_SETS, "default", rs["metadata"]["name"])
    failure = condition_of(rs, "ReplicaFailure")
    assert failure is not None
    assert failure["reason"] == "FailedCreate"
    above = condition_of(made.store.get(DEPLOYMENTS, "default", "sample"), "ReplicaFailure")
    assert above is not None
    assert above["message"] == failure["message"]
    more = {"spec": {"hard": {"pods": "9"}}}
    made.api.patch(QUOTAS, ("default", "team"), more, PatchKind.MERGE, by="u")
    made.clock.run_until(2500)
    assert len(list(made.store.all(PODS))) == 4
    rs = made.store.get(REPLICA_SETS, "default", rs["metadata"]["name"])
    assert condition_of(rs, "ReplicaFailure") is None
    above = made.store.get(DEPLOYMENTS, "default", "sample")
    assert condition_of(above, "ReplicaFailure") is None


def test_a_refused_surge_holds_a_rollout_without_harm() -> None:
    made = world(quota(pods="3"), plain(3))
    image = {"spec": {"template": {"metadata": {"annotations": {"turn": "2"}}}}}
    made.api.patch(DEPLOYMENTS, ("default", "sample"), image, PatchKind.MERGE, by="u")
    made.clock.run_until(900)
    assert trace_of(made, "pod-deleted") == []
    assert events(made, "FailedCreate")


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "Job"])
def test_every_controller_lives_with_a_refusal(kind: str) -> None:
    labels = {"app": "x"}
    group = "batch/v1" if kind == "Job" else "apps/v1"
    spec: Object = {
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "x", "image": LINUX_IMAGE}]},
        },
    }
    if kind == "Job":
        spec["template"]["spec"]["restartPolicy"] = "Never"
    else:
        spec["selector"] = {"matchLabels": labels}
    owner: Object = {
        "apiVersion": group,
        "kind": kind,
        "metadata": {"name": "x", "namespace": "default"},
        "spec": spec,
    }
    made = world(quota(pods="0"), owner)
    made.clock.run_until(100)
    made.api.delete(QUOTAS, ("default", "team"), by="u")
    made.clock.run_until(1500)
    assert len(list(made.store.all(PODS))) == 1
    assert "exceeded quota" in events(made, "FailedCreate")[0]["message"]


def test_objects_beside_pods_are_refused_without_harm_too() -> None:
    hard = quota(count__replicasets_apps="0", count__endpointslices_discovery_k8s_io="0")
    service: Object = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "sample", "namespace": "default"},
        "spec": {"selector": {"app": "sample"}, "ports": [{"port": 80}]},
    }
    made = world(hard)
    made.apply(plain(2), by="u")
    made.apply(service, by="u")
    made.clock.run_until(60)
    assert list(made.store.all(REPLICA_SETS)) == []
    assert list(made.store.all(ENDPOINT_SLICES)) == []
    (of_set,) = {e["message"] for e in events(made, "ReplicaSetCreateError")}
    assert of_set.startswith('Failed to create new replica set "sample-')
    (of_slices,) = {e["message"] for e in events(made, "FailedToUpdateEndpointSlices")}
    assert of_slices.startswith(
        "Error updating Endpoint Slices for Service default/sample: failed to create EndpointSlice "
        "for Service default/sample: "
    )
    made.api.delete(QUOTAS, ("default", "team"), by="u")
    made.clock.run_until(400)
    assert len(list(made.store.all(PODS))) == 2


def test_a_limit_range_fills_in_and_says_so() -> None:
    made = world(
        limit_range(default={"cpu": "500m", "memory": "256Mi"}, defaultRequest={"cpu": "100m"})
    )
    made.apply(pod(), by="u")
    stored = made.store.get(PODS, "default", "one")
    assert stored["spec"]["containers"][0]["resources"] == {
        "limits": {"cpu": "500m", "memory": "256Mi"},
        "requests": {"cpu": "100m", "memory": "256Mi"},
    }
    assert stored["status"]["qosClass"] == "Burstable"
    assert stored["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == (
        "LimitRanger plugin set: cpu, memory request for container work; "
        "cpu, memory limit for container work"
    )
    made.api.delete(LIMIT_RANGES, ("default", "usual"), by="u")
    made.apply(pod("two"), by="u")
    assert made.store.get(PODS, "default", "two")["status"]["qosClass"] == "BestEffort"


@pytest.mark.parametrize(
    ("item", "resources", "said"),
    [
        (
            {"max": {"cpu": "1"}},
            {"limits": {"cpu": "2"}},
            "maximum cpu usage per Container is 1, but limit is 2",
        ),
        (
            {"min": {"memory": "1Gi"}},
            {"requests": {"memory": "512Mi"}},
            "minimum memory usage per Container is 1Gi, but request is 512Mi",
        ),
    ],
)
def test_a_limit_range_refuses_what_is_outside(
    item: dict[str, Any], resources: dict[str, Any], said: str
) -> None:
    error = refusal(world(limit_range(**item)), pod(**resources))
    assert error.message == f'pods "one" is forbidden: {said}'


def test_a_limit_range_makes_pods_fit_a_quota_that_wants_requests() -> None:
    made = world(quota(requests_cpu="1"), limit_range(defaultRequest={"cpu": "400m"}), plain(2))
    made.clock.run_until(1)
    assert used(made) == {"requests.cpu": "800m"}
