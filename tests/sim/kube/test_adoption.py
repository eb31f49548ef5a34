"""Whose an object is: what matches a controller becomes its own, what does not is let go."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.kube.worlds import LINUX_IMAGE, budget, deployment, reference_world, trace_of

from poolshift.core.ports import PatchKind
from poolshift.sim.kube.objects import Object, condition_of, controller_ref, with_meta
from poolshift.sim.kube.resources import (
    BUDGETS,
    DAEMON_SETS,
    DEPLOYMENTS,
    PODS,
    REPLICA_SETS,
    REVISIONS,
    STATEFUL_SETS,
    Kind,
)
from poolshift.sim.kube.world import KubeWorld

ORPHAN = {"propagationPolicy": "Orphan"}


def names(world: KubeWorld, kind: Kind = PODS) -> dict[str, str]:
    """Names of the objects of a kind and of who controls them."""
    return {
        obj["metadata"]["name"]: (controller_ref(obj) or {"name": ""})["name"]
        for obj in world.store.all(kind)
    }


def relabel(world: KubeWorld, kind: Kind, name: str, app: str | None) -> None:
    body = {"metadata": {"labels": {"app": app}}}
    world.api.patch(kind, ("default", name), body, PatchKind.MERGE, by="u")


def wait(world: KubeWorld, seconds: float = 300) -> None:
    world.clock.run_until(world.clock.t + seconds)


def bare(name: str, app: str = "sample") -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": app}},
        "spec": {
            "containers": [{"name": "a", "image": LINUX_IMAGE}],
            "nodeSelector": {"kubernetes.io/os": "linux"},
        },
    }


def linux(kind: str, **spec: Any) -> Object:
    made = deployment(image=LINUX_IMAGE, **spec)
    made["kind"] = kind
    made["spec"]["template"]["spec"]["nodeSelector"] = {"kubernetes.io/os": "linux"}
    if kind == "DaemonSet":
        del made["spec"]["replicas"]
    return made


def test_a_pod_that_is_relabelled_is_let_go_and_replaced() -> None:
    world = reference_world()
    [name, *_] = names(world)
    relabel(world, PODS, name, "debug")
    wait(world)
    found = names(world)
    assert found.pop(name) == ""
    assert len(found) == 3
    assert "" not in found.values()
    [status] = [rs["status"] for rs in world.store.all(REPLICA_SETS)]
    assert (status["replicas"], status["readyReplicas"]) == (3, 3)
    assert trace_of(world, "pod-deleted") == []


def test_a_pod_whose_labels_come_back_is_taken_back_and_one_is_too_many() -> None:
    world = reference_world()
    [name, *_] = names(world)
    relabel(world, PODS, name, "debug")
    wait(world)
    relabel(world, PODS, name, "sample")
    wait(world)
    found = names(world)
    assert len(found) == 3
    assert "" not in found.values()


def test_a_reference_that_somebody_takes_off_is_put_back() -> None:
    world = reference_world()
    before = names(world)
    body = {"metadata": {"ownerReferences": None}}
    world.api.patch(PODS, ("default", next(iter(before))), body, PatchKind.MERGE, by="u")
    wait(world, 1)
    assert names(world) == before


def test_a_bare_pod_that_a_replica_set_matches_becomes_its_own() -> None:
    lone = linux("ReplicaSet", replicas=2)
    world = reference_world(1, bare("one"), lone)
    found = names(world)
    assert len(found) == 2
    assert found["one"] == "sample"


def test_a_new_deployment_takes_over_the_pods_that_an_old_one_left() -> None:
    world = reference_world()
    before = names(world)
    world.api.delete(DEPLOYMENTS, ("default", "sample"), ORPHAN, by="u")
    wait(world)
    assert names(world) == before
    assert set(names(world, REPLICA_SETS).values()) == {""}
    world.apply(deployment(), by="u")
    wait(world)
    assert names(world) == before
    assert set(names(world, REPLICA_SETS).values()) == {"sample"}
    status = world.store.get(DEPLOYMENTS, "default", "sample")["status"]
    assert (status["readyReplicas"], status["updatedReplicas"]) == (3, 3)


@pytest.mark.parametrize(
    ("kind", "of"), [("StatefulSet", STATEFUL_SETS), ("DaemonSet", DAEMON_SETS)]
)
def test_a_new_set_takes_over_the_pods_and_revisions_that_an_old_one_left(
    kind: str, of: Kind
) -> None:
    made = linux(kind)
    world = reference_world(1, made)
    before = {p["metadata"]["uid"] for p in world.store.all(PODS)}
    assert before
    world.api.delete(of, ("default", "sample"), ORPHAN, by="u")
    wait(world)
    world.apply(made, by="u")
    wait(world)
    assert {p["metadata"]["uid"] for p in world.store.all(PODS)} == before
    uid = world.store.get(of, "default", "sample")["metadata"]["uid"]
    for obj in (*world.store.all(PODS), *world.store.all(REVISIONS)):
        assert (controller_ref(obj) or {})["uid"] == uid


def test_a_stateful_set_takes_only_pods_of_its_names() -> None:
    world = reference_world(1, bare("sample-x"), linux("StatefulSet", replicas=1))
    assert names(world) == {"sample-x": "", "sample-0": "sample"}


def test_a_set_that_is_made_again_at_once_keeps_a_revision_of_its_own() -> None:
    made = linux("StatefulSet", replicas=1)
    world = reference_world(1, made)
    world.api.delete(STATEFUL_SETS, ("default", "sample"), {}, by="u")
    world.apply(made, by="u")
    wait(world)
    current = world.store.get(STATEFUL_SETS, "default", "sample")
    revision = world.store.get(REVISIONS, "default", current["status"]["updateRevision"])
    assert (controller_ref(revision) or {})["uid"] == current["metadata"]["uid"]


def test_a_name_that_is_taken_counts_as_a_collision() -> None:
    world = reference_world()
    [name] = names(world, REPLICA_SETS)
    relabel(world, REPLICA_SETS, name, "elsewhere")
    wait(world)
    found = names(world, REPLICA_SETS)
    assert found.pop(name) == ""
    [(other, owner)] = found.items()
    assert (owner, other != name) == ("sample", True)
    status = world.store.get(DEPLOYMENTS, "default", "sample")["status"]
    assert (status["collisionCount"], status["readyReplicas"]) == (1, 3)


def failure(world: KubeWorld) -> tuple[str, str]:
    found = condition_of(world.store.get(BUDGETS, "default", "sample"), "DisruptionAllowed")
    assert found is not None
    return found["reason"], found["message"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "found no controllers for pod "),
        ({"kind": "CloneSet", "apiVersion": "apps.kruise.io/v1"}, 'no matches for kind "CloneSet"'),
    ],
)
def test_a_budget_cannot_tell_what_controllers_that_are_not_there_ask_for(
    changes: Object, said: str
) -> None:
    """The controller of another uid is not there, even with the same name."""
    world = reference_world(1, linux("ReplicaSet"), budget(maxUnavailable=1))
    assert failure(world)[0] == "SufficientPods"
    pod = next(iter(world.store.all(PODS)))
    ref = {**pod["metadata"]["ownerReferences"][0], "uid": "another", **changes}
    world.store.update(PODS, with_meta(pod, ownerReferences=[ref]), by="u")
    wait(world, 1)
    reason, message = failure(world)
    assert reason == "SyncFailed"
    assert said in message
