"""StatefulSets: claims a pod, retained or not, and templates that are kept."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.kube.worlds import LINUX_IMAGE, linux_seed, make_world

from poolshift.core.ports import PatchKind
from poolshift.sim.kube.objects import Object, annotations_of, ready
from poolshift.sim.kube.resources import CLAIMS, PODS, REVISIONS, STATEFUL_SETS
from poolshift.sim.kube.world import KubeWorld


def stateful(replicas: int = 3, *, claims: bool = True, **spec: Any) -> Object:
    labels = {"app": "db"}
    template: Object = {
        "metadata": {"labels": labels, "annotations": {"turn": "1"}},
        "spec": {"containers": [{"name": "db", "image": LINUX_IMAGE}]},
    }
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "serviceName": "db",
            "selector": {"matchLabels": labels},
            "template": template,
            **({"volumeClaimTemplates": [claim]} if claims else {}),
            **spec,
        },
    }


def world(obj: Object) -> KubeWorld:
    made = make_world()
    made.warming = True
    made.add_node(linux_seed(), by="user:arm", ready_after_s=0)
    made.apply(obj, by="user:setup")
    made.settle()
    made.warming = False
    made.open_trace()
    return made


def patch(made: KubeWorld, **spec: Any) -> None:
    body = {"spec": spec}
    made.api.patch(STATEFUL_SETS, ("default", "db"), body, PatchKind.MERGE, by="u")


def turn(made: KubeWorld, value: str) -> None:
    patch(made, template={"metadata": {"annotations": {"turn": value}}})


def turns(made: KubeWorld) -> dict[str, str]:
    return {p["metadata"]["name"]: annotations_of(p)["turn"] for p in made.store.all(PODS)}


def claims(made: KubeWorld) -> list[str]:
    return [c["metadata"]["name"] for c in made.store.all(CLAIMS)]


def test_each_pod_has_its_own_claim_and_keeps_it() -> None:
    made = world(stateful())
    assert claims(made) == ["data-db-0", "data-db-1", "data-db-2"]
    pod = made.store.get(PODS, "default", "db-1")
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-1"}}
    assert pod["spec"]["volumes"][:-1] == [volume]
    assert pod["spec"]["hostname"] == "db-1"
    uid = made.store.get(CLAIMS, "default", "data-db-1")["metadata"]["uid"]
    made.api.delete(PODS, ("default", "db-1"), by="u")
    made.clock.run_until(60)
    assert ready(made.store.get(PODS, "default", "db-1"))
    assert made.store.get(CLAIMS, "default", "data-db-1")["metadata"]["uid"] == uid


@pytest.mark.parametrize(
    ("policy", "left"),
    [
        ({}, ["data-db-0", "data-db-1", "data-db-2"]),
        ({"whenScaled": "Delete", "whenDeleted": "Retain"}, ["data-db-0"]),
    ],
)
def test_what_becomes_of_claims_when_the_set_shrinks(
    policy: dict[str, str], left: list[str]
) -> None:
    extra: Object = {"persistentVolumeClaimRetentionPolicy": policy} if policy else {}
    made = world(stateful(**extra))
    patch(made, replicas=1)
    made.clock.run_until(120)
    assert claims(made) == left


@pytest.mark.parametrize(("when", "left"), [("Retain", 3), ("Delete", 0)])
def test_what_becomes_of_claims_when_the_set_goes(when: str, left: int) -> None:
    policy = {"whenScaled": "Retain", "whenDeleted": when}
    made = world(stateful(persistentVolumeClaimRetentionPolicy=policy))
    made.api.delete(STATEFUL_SETS, ("default", "db"), by="u")
    made.clock.run_until(120)
    assert list(made.store.all(PODS)) == []
    assert len(claims(made)) == left


def test_below_the_partition_a_pod_comes_back_with_the_template_that_it_had() -> None:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    made = world(stateful(updateStrategy=rolling))
    turn(made, "2")
    made.clock.run_until(120)
    assert turns(made) == {"db-0": "1", "db-1": "1", "db-2": "2"}
    made.api.delete(PODS, ("default", "db-0"), by="u")
    made.clock.run_until(240)
    assert turns(made)["db-0"] == "1"
    names = sorted(r["revision"] for r in made.store.all(REVISIONS))
    assert names == [1, 2]
    patch(made, updateStrategy={"rollingUpdate": {"partition": 0}})
    made.clock.run_until(400)
    assert set(turns(made).values()) == {"2"}


def test_a_template_of_before_becomes_the_newest_revision_again() -> None:
    made = world(stateful(claims=False))
    for n, value in enumerate(("2", "1"), 1):
        turn(made, value)
        made.clock.run_until(200 * n)
    by_turn = {
        r["data"]["spec"]["template"]["metadata"]["annotations"]["turn"]: r["revision"]
        for r in made.store.all(REVISIONS)
    }
    assert by_turn == {"1": 3, "2": 2}


def test_revisions_beyond_the_limit_go() -> None:
    made = world(stateful(1, claims=False, revisionHistoryLimit=2))
    for n in range(2, 8):
        turn(made, str(n))
        made.clock.run_until(100.0 * n)
    kept = sorted(r["revision"] for r in made.store.all(REVISIONS))
    assert kept == [5, 6, 7]


def test_a_pod_that_never_gets_ready_holds_the_rollout_until_somebody_deletes_it() -> None:
    made = world(stateful(claims=False))
    broken = [{"name": "db", "image": "nowhere.example/missing:1"}]
    patch(made, template={"spec": {"containers": broken}})
    made.clock.run_until(300)
    assert not ready(made.store.get(PODS, "default", "db-2"))
    patch(made, template={"spec": {"containers": [{"name": "db", "image": LINUX_IMAGE}]}})
    made.clock.run_until(900)
    assert not ready(made.store.get(PODS, "default", "db-2"))
    made.api.delete(PODS, ("default", "db-2"), by="u")
    made.clock.run_until(1200)
    assert all(ready(p) for p in made.store.all(PODS))


def test_pods_are_numbered_from_the_start_that_is_stated() -> None:
    made = world(stateful(2, claims=False, ordinals={"start": 5}))
    assert sorted(turns(made)) == ["db-5", "db-6"]


def test_the_next_pod_waits_until_the_last_one_was_ready_for_long_enough() -> None:
    made = world(stateful(1, claims=False, minReadySeconds=100))
    patch(made, replicas=3)
    made.clock.run_until(90)
    assert sorted(turns(made)) == ["db-0"]
    made.clock.run_until(150)
    assert sorted(turns(made)) == ["db-0", "db-1"]
    status = made.store.get(STATEFUL_SETS, "default", "db")["status"]
    assert (status["readyReplicas"], status["availableReplicas"]) == (2, 1)
    made.clock.run_until(260)
    assert len(turns(made)) == 3
