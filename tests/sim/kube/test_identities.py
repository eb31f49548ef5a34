"""Pods that need an identity of their node's scale set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.sim.kube.worlds import (
    BUILD_2022,
    IMAGE_2022,
    add_pool,
    deployment,
    make_world,
    trace_of,
)

from poolshift.sim.kube.identities import NEEDED
from poolshift.sim.kube.resources import PODS

if TYPE_CHECKING:
    from poolshift.sim.kube.world import KubeWorld

READER = {"clientId": "aaaa", "principalId": "1111-2222"}
SPEC = {
    "apiVersion": "windows.k8s.io/v1",
    "kind": "GMSACredentialSpec",
    "metadata": {"name": "webapp"},
    "credspec": {
        "ActiveDirectoryConfig": {
            "HostAccountConfig": {
                "PluginInput": "ObjectId=1111-2222;SecretUri=https://kv.vault.azure.net/secrets/s"
            }
        }
    },
}


def world_with(granted: dict[str, dict[str, str]]) -> KubeWorld:
    world = make_world()
    world.ctx.identities.granted = lambda pool: granted
    world.warming = True
    add_pool(world, "pool", BUILD_2022, count=1)
    world.settle()
    world.warming = False
    world.apply(SPEC, by="u")
    return world


def run(world: KubeWorld, *, annotation: str = "", **pod: Any) -> None:
    obj = deployment(image=IMAGE_2022, replicas=1)
    template = obj["spec"]["template"]
    if annotation:
        template["metadata"] = {**template["metadata"], "annotations": {NEEDED: annotation}}
    template["spec"].update(pod)
    world.apply(obj, by="u")
    world.clock.run_until(world.clock.t + 120)


def gmsa(name: str) -> dict[str, Any]:
    return {"windowsOptions": {"gmsaCredentialSpecName": name}}


def test_a_service_account_needs_the_identity_that_reads_its_password() -> None:
    granted: dict[str, dict[str, str]] = {}
    world = world_with(granted)
    run(world, securityContext=gmsa("webapp"))
    [pod] = world.store.all(PODS)
    assert "failed to fetch gmsa credentials" in str(pod["status"]["containerStatuses"])
    granted["/subscriptions/s/userAssignedIdentities/reader"] = READER
    world.clock.run_until(1000)
    assert len(trace_of(world, "pod-ready")) == 1


@pytest.mark.parametrize("name", ["webapp", "unknown"])
def test_a_service_account_logs_on_where_nothing_is_missing(name: str) -> None:
    world = world_with({"/subscriptions/s/userAssignedIdentities/reader": READER})
    run(world, securityContext=gmsa(name))
    assert len(trace_of(world, "pod-ready")) == 1


def test_an_application_without_its_identity_runs_and_is_not_ready() -> None:
    granted: dict[str, dict[str, str]] = {}
    world = world_with(granted)
    run(world, annotation="orders, billing")
    [pod] = world.store.all(PODS)
    assert pod["status"]["phase"] == "Running"
    assert trace_of(world, "pod-ready") == []
    for name in ("orders", "billing"):
        granted[f"/subscriptions/s/userAssignedIdentities/{name}"] = READER
    world.clock.run_until(world.clock.t + world.ctx.timings.probe_again_s)
    assert len(trace_of(world, "pod-ready")) == 1


def test_a_waiting_application_does_not_keep_a_jumping_clock_busy() -> None:
    world = world_with({})
    run(world, annotation="orders")
    world.clock.run_until(1000)
    assert world.clock.next_at() is None
