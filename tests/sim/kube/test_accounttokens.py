"""The volume with the service account's token."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.kube.worlds import deployment, make_world, reference_world

from poolshift.core.errors import ForbiddenError
from poolshift.sim.kube.resources import (
    CONFIG_MAPS,
    EVENTS,
    NAMESPACES,
    PODS,
    REPLICA_SETS,
    SERVICE_ACCOUNTS,
)
from poolshift.sim.kube.world import KubeWorld


def specs(world: KubeWorld) -> list[dict[str, Any]]:
    return [pod["spec"] for pod in world.store.all(PODS, "default")]


def test_every_pod_has_its_accounts_token_read_only() -> None:
    spec = specs(reference_world())[0]
    volume = spec["volumes"][-1]
    assert volume["name"].startswith("kube-api-access-")
    sources = volume["projected"]["sources"]
    assert sources[0]["serviceAccountToken"] == {"expirationSeconds": 3607, "path": "token"}
    assert sources[1]["configMap"]["name"] == "kube-root-ca.crt"
    assert spec["containers"][0]["volumeMounts"] == [
        {
            "name": volume["name"],
            "readOnly": True,
            "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
        }
    ]


def test_pods_of_one_template_share_the_volume() -> None:
    first, second, _ = specs(reference_world())
    assert first["volumes"] is second["volumes"]


def test_a_pod_that_wants_no_token_has_no_volume() -> None:
    body = deployment()
    body["spec"]["template"]["spec"]["automountServiceAccountToken"] = False
    assert all("volumes" not in spec for spec in specs(reference_world(1, body)))


def test_an_account_can_speak_for_its_pods() -> None:
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "quiet", "namespace": "default"},
        "automountServiceAccountToken": False,
    }
    body = deployment()
    body["spec"]["template"]["spec"]["serviceAccountName"] = "quiet"
    assert all("volumes" not in spec for spec in specs(reference_world(1, account, body)))


def test_a_mount_of_ones_own_stays() -> None:
    body = deployment()
    template = body["spec"]["template"]["spec"]
    path = "/var/run/secrets/kubernetes.io/serviceaccount"
    template["volumes"] = [{"name": "own", "emptyDir": {}}]
    template["containers"][0]["volumeMounts"] = [{"name": "own", "mountPath": path}]
    spec = specs(reference_world(1, body))[0]
    assert [v["name"] for v in spec["volumes"]] == ["own"]


def test_every_namespace_has_the_root_certificate() -> None:
    world = make_world()
    world.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}, by="u")
    for name in ("default", "shop"):
        found = world.store.find(CONFIG_MAPS, name, "kube-root-ca.crt")
        assert found is not None
        assert found["data"]["ca.crt"].startswith("-----BEGIN CERTIFICATE-----")


MISSING = 'error looking up service account default/nope: serviceaccount "nope" not found'


def test_a_pod_of_an_account_that_is_not_there_is_refused() -> None:
    world = make_world()
    pod = {
        "metadata": {"name": "p"},
        "spec": {"serviceAccountName": "nope", "containers": [{"name": "c", "image": "i"}]},
    }
    with pytest.raises(ForbiddenError) as caught:
        world.api.create(PODS, "default", pod, by="u")
    assert caught.value.message == f'pods "p" is forbidden: {MISSING}'
    assert caught.value.details == {"name": "p", "kind": "pods"}


def test_a_controller_tells_that_its_pods_are_refused_and_goes_on_when_they_are_not() -> None:
    body = deployment("web", replicas=1)
    body["spec"]["template"]["spec"]["serviceAccountName"] = "nope"
    world = make_world()
    world.apply(body, by="u")
    world.clock.run_until(10)
    (rs,) = world.store.all(REPLICA_SETS)
    name = rs["metadata"]["name"]
    told = [e for e in world.store.all(EVENTS) if e["reason"] == "FailedCreate"]
    assert [e["message"] for e in told] == [
        f'Error creating: pods "{name}-" is forbidden: {MISSING}'
    ]
    assert specs(world) == []
    world.api.create(SERVICE_ACCOUNTS, "default", {"metadata": {"name": "nope"}}, by="u")
    world.clock.run_until(60)
    assert [spec["serviceAccountName"] for spec in specs(world)] == ["nope"]


def test_an_account_that_goes_takes_new_pods_with_it() -> None:
    world = make_world()
    world.api.create(SERVICE_ACCOUNTS, "default", {"metadata": {"name": "own"}}, by="u")
    body = deployment("web", replicas=1)
    body["spec"]["template"]["spec"]["serviceAccountName"] = "own"
    world.apply(body, by="u")
    world.clock.run_until(10)
    world.api.delete(SERVICE_ACCOUNTS, ("default", "own"), by="u")
    (pod,) = world.store.all(PODS)
    world.api.delete(PODS, ("default", pod["metadata"]["name"]), {"gracePeriodSeconds": 0}, by="u")
    world.clock.run_until(60)
    assert specs(world) == []


def test_what_every_namespace_has_comes_back() -> None:
    world = make_world()
    world.clock.run_until(10)
    for kind, name in ((SERVICE_ACCOUNTS, "default"), (CONFIG_MAPS, "kube-root-ca.crt")):
        before = world.store.get(kind, "default", name)["metadata"]["uid"]
        world.api.delete(kind, ("default", name), by="u")
        world.clock.run_until(world.clock.t + 10)
        assert world.store.get(kind, "default", name)["metadata"]["uid"] != before


def test_a_namespace_that_goes_is_not_furnished_again() -> None:
    world = make_world()
    world.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}, by="u")
    world.api.delete(NAMESPACES, ("", "shop"), by="u")
    world.clock.run_until(60)
    assert list(world.store.all(SERVICE_ACCOUNTS, "shop")) == []
    assert world.store.find(NAMESPACES, "", "shop") is None
