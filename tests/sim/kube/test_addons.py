"""Custom kinds are served where their add-on is installed, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.kube.test_http import ask
from tests.sim.kube.worlds import make_world

from poolshift.core.errors import NotFoundError
from poolshift.sim.kube.customs import ADDONS, CUSTOM_KINDS
from poolshift.sim.kube.served import served
from poolshift.sim.kube.world import KubeWorld

SCALED = {
    "apiVersion": "keda.sh/v1alpha1",
    "kind": "ScaledObject",
    "metadata": {"name": "s", "namespace": "default"},
    "spec": {"scaleTargetRef": {"name": "web"}, "triggers": []},
}
AGGREGATED = {"Accept": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"}


def world_with(*addons: str) -> KubeWorld:
    world = make_world()
    world.served = served(frozenset(addons))
    return world


def said(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/apis/keda.sh",
        "/apis/keda.sh/v1alpha1",
        "/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects",
        "/apis/windows.k8s.io/v1/gmsacredentialspecs",
        "/openapi/v3/apis/keda.sh/v1alpha1",
    ],
)
def test_a_bare_cluster_knows_no_group_of_an_addon(path: str) -> None:
    assert said(ask(world_with(), "GET", path)) == (404, "404 page not found\n")
    assert ask(world_with(*ADDONS), "GET", path).status_code == 200


def test_a_bare_cluster_lists_none_of_them() -> None:
    groups = {kind.group for kind in CUSTOM_KINDS}
    bare = world_with()
    listed = {g["name"] for g in ask(bare, "GET", "/apis").json()["groups"]}
    found = ask(bare, "GET", "/apis", headers=AGGREGATED).json()["items"]
    described = ask(bare, "GET", "/openapi/v3").json()["paths"]
    assert not groups & listed
    assert not groups & {item["metadata"]["name"] for item in found}
    assert not [path for path in described if groups & set(path.split("/"))]
    assert listed == {item["metadata"]["name"] for item in found}


def test_addons_of_one_group_are_told_apart() -> None:
    path = "/apis/argoproj.io/v1alpha1"
    world = world_with("argo-rollouts")
    names = [r["name"] for r in ask(world, "GET", path).json()["resources"]]
    assert names == ["rollouts", "rollouts/scale", "rollouts/status"]
    answer = ask(world, "GET", f"{path}/namespaces/default/applications")
    assert answer.status_code == 404
    assert answer.json()["message"] == "the server could not find the requested resource"


def test_an_object_of_a_kind_that_is_not_served_cannot_be_made() -> None:
    world = world_with()
    path = "/apis/keda.sh/v1alpha1/namespaces/default/scaledobjects"
    assert ask(world, "POST", path, json=SCALED).status_code == 404
    with pytest.raises(NotFoundError, match="could not find the requested resource"):
        world.apply(SCALED, by="u")
    assert ask(world_with("keda"), "POST", path, json=SCALED).status_code == 201
