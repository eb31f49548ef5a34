"""The volume with the service account's token."""

from __future__ import annotations

from typing import Any

from tests.sim.kube.worlds import deployment, make_world, reference_world

from poolshift.sim.kube.resources import CONFIG_MAPS, PODS
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
