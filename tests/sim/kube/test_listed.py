"""Objects of lists and watches: what is written out fast is what is worked out slowly."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.sim.kube.faces import client
from tests.sim.kube.replay.replaying import FastLoop
from tests.sim.kube.worlds import reference_world

from poolshift.sim.kube import showing
from poolshift.sim.kube.apply import fieldtrees, listed, managers
from poolshift.sim.kube.resources import KINDS
from poolshift.sim.scenario import load_scenario
from poolshift.sim.world import build_world

if TYPE_CHECKING:
    import httpx

    from poolshift.sim.kube.world import KubeWorld

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
PARTIAL = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"
META = {"name": "a", "creationTimestamp": "2022-10-15T08:00:00Z", "uid": "1"}
MOUNTS = [
    {"name": "kube-api-access-x", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
]


@pytest.mark.parametrize("name", ["reference", "linux", "retail"])
def test_every_object_of_a_scenario_has_the_managers_that_are_worked_out(name: str) -> None:
    world = build_world(load_scenario(name), seed=1, keep_trace=False)
    for kind in KINDS:
        for obj in world.kube.store.all(kind):
            assert _encoded(listed.listed(obj)) == _encoded(managers.shown(obj))


def _encoded(obj: dict[str, Any]) -> bytes:
    return msgspec.json.encode(obj)


def _pod(**spec: Any) -> dict[str, Any]:
    return {"kind": "Pod", "apiVersion": "v1", "metadata": META, "spec": spec, "status": {}}


@pytest.mark.parametrize(
    "obj",
    [
        _pod(),
        _pod(nodeName="n", tolerations=[{"operator": "Exists"}]),
        _pod(volumes=[], containers=[{"name": "a", "image": "b", "volumeMounts": []}]),
        _pod(containers=[{"name": "a", "volumeMounts": MOUNTS}], volumes=[{"name": "data"}]),
        _pod(volumes=[{"name": "kube-api-access-x"}]),
        _pod(containers=[{"name": "a"}, {"name": "a", "image": "b"}]),
        _pod(containers=[{"name": "a", "ports": [{"containerPort": 1}, {"containerPort": 2}]}]),
        _pod(containers=[{"name": "a", "ports": [{"port": 1}, {"containerPort": 2}]}]),
        _pod(hostAliases=[{"ip": '1"\\'}], readinessGates=[{"conditionType": "é"}]),
        {**_pod(), "status": {"podIPs": [{"ip": "1"}, {"ip": "2"}], "conditions": []}},
        {**_pod(), "status": {"conditions": [{"type": "A"}, {"type": "A", "status": "B"}]}},
        {**_pod(), "status": {"conditions": [{"type": "A", "more": {"b": 1}}]}},
        {**_pod(), "status": {"conditions": [{"type": 1}, {"type": True}]}},
        {**_pod(), "metadata": {**META, "finalizers": ["a", "b"], "labels": {}}},
        {**_pod(), "metadata": {"name": "a"}, "spec": None},
        {"kind": "ConfigMap", "apiVersion": "v1", "metadata": META, "data": {"f": "g", "a.b": ""}},
        {
            "kind": "Deployment",
            "apiVersion": "apps/v1",
            "metadata": {**META, "annotations": {managers.REVISION: "1"}},
            "spec": {"strategy": {}, "selector": {"matchLabels": {"a": "b"}}},
        },
        {
            "kind": "Service",
            "apiVersion": "v1",
            "metadata": META,
            "spec": {"ports": [{"port": 80, "protocol": "TCP", "nodePort": 30080}]},
        },
        {
            "kind": "Job",
            "apiVersion": "batch/v1",
            "metadata": {**META, "labels": {"job-name": "a", "batch.kubernetes.io/x": "b"}},
            "spec": {"selector": {}},
            "status": {"conditions": [{"type": "Complete"}]},
        },
        {"kind": "Odd", "apiVersion": "b/v1", "metadata": META, "spec": [1], "status": "x"},
    ],
    ids=[f"odd-{number}" for number in range(20)],
)
def test_odd_objects_have_the_managers_that_are_worked_out(obj: dict[str, Any]) -> None:
    wanted = _encoded(managers.shown(obj))
    assert _encoded(listed.listed(obj)) == wanted
    assert _encoded(listed.listed(obj)) == wanted


def test_what_is_kept_of_shared_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fieldtrees, "_MOST_KEPT", 2)
    for number in range(9):
        obj = _pod(containers=[{"name": f"a{number}"}])
        assert _encoded(listed.listed(obj)) == _encoded(managers.shown(obj))


def test_notes_are_taken_apart_once_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    world = reference_world()
    path = "/api/v1/nodes/akswspool000000"
    labels = {"metadata": {"labels": {"a": "b"}}}
    merge = {"Content-Type": "application/merge-patch+json"}
    assert _ask(world, "PATCH", path, json=labels, headers=merge).status_code == 200
    worked = []
    plain = managers.shown

    def noting(obj: dict[str, Any]) -> dict[str, Any]:
        worked.append(obj["metadata"]["name"])
        return plain(obj)

    monkeypatch.setattr(managers, "shown", noting)
    for _ in range(2):
        assert all(n["metadata"]["managedFields"] for n in _items(world, "/api/v1/nodes"))
    assert worked == ["akswspool000000"]
    world.cordon("akswspool000000", by="user:test")
    monkeypatch.setattr(showing, "_KEPT", 0)
    _items(world, "/api/v1/nodes")
    _items(world, "/api/v1/nodes")
    assert worked == ["akswspool000000"] * 3


def _ask(world: KubeWorld, method: str, path: str, **how: Any) -> httpx.Response:
    async def run() -> httpx.Response:
        async with client(world) as http:
            return await http.request(method, path, **how)

    return asyncio.run(run())


def _items(world: KubeWorld, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _ask(world, "GET", path).json()["items"]
    return found


@pytest.mark.parametrize("accept", ["application/json", TABLE, PARTIAL], ids=str)
def test_watches_show_an_event_as_lists_do_and_write_it_once(
    monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    world = reference_world()
    version = world.store.rv
    for name in ("akswspool000000", "akswspool000001"):
        world.cordon(name, by="user:test")
    drawn = []
    plain = listed.listed

    def noting(obj: dict[str, Any]) -> dict[str, Any]:
        drawn.append(obj["metadata"]["name"])
        return plain(obj)

    monkeypatch.setattr(showing, "listed", noting)

    async def watch() -> tuple[list[str], list[dict[str, Any]]]:
        query = {"watch": "1", "timeoutSeconds": "1", "resourceVersion": str(version)}
        async with client(world) as http:
            headers = {"Accept": accept}
            asked = [http.get("/api/v1/nodes", params=query, headers=headers) for _ in range(5)]
            texts = [answer.text for answer in await asyncio.gather(*asked)]
            whole = (await http.get("/api/v1/nodes", headers=headers)).json()
            return texts, whole.get("rows") or whole["items"]

    with asyncio.Runner(loop_factory=FastLoop) as runner:
        texts, items = runner.run(watch())
    assert len(set(texts)) == 1
    told = [json.loads(line) for line in texts[0].splitlines()]
    objects = [event["object"] for event in told]
    if accept == TABLE:
        assert [bool(table["columnDefinitions"]) for table in objects][:2] == [True, False]
        objects = [table["rows"][0]["object"] for table in objects]
        items = [row["object"] for row in items]
    shown = {obj["metadata"]["name"]: obj for obj in objects}
    assert set(shown) == {"akswspool000000", "akswspool000001"}
    for item in items:
        if item["metadata"]["name"] in shown:
            assert item["metadata"] == shown[item["metadata"]["name"]]["metadata"]
    assert len(drawn) == len(told) + len(items)
