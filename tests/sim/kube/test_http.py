"""The HTTP face: status codes, bodies and streams as a real API server gives them."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.sim.kube.faces import client
from tests.sim.kube.worlds import deployment, make_world, reference_world, trace_of

from poolshift.sim.kube.resources import CONFIG_MAPS, NODES

if TYPE_CHECKING:
    from poolshift.sim.kube.world import KubeWorld

CONFIG = "/api/v1/namespaces/default/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
Talk = Callable[[httpx.AsyncClient], Coroutine[Any, Any, Any]]


def talk(world: KubeWorld, conversation: Talk, **how: str) -> Any:
    async def run() -> Any:
        async with client(world, **how) as http:
            return await conversation(http)

    return asyncio.run(run())


def ask(world: KubeWorld, method: str, path: str, **how: Any) -> httpx.Response:
    async def one(http: httpx.AsyncClient) -> httpx.Response:
        return await http.request(method, path, **how)

    answer: httpx.Response = talk(world, one)
    return answer


def config(name: str = "c1", **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **more}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason", "message", "details"),
    [
        pytest.param(
            "GET",
            "/api/v1/nodes/nope",
            None,
            404,
            "NotFound",
            'nodes "nope" not found',
            {"name": "nope", "kind": "nodes"},
            id="no-such-object",
        ),
        pytest.param(
            "GET",
            "/apis/apps/v1/namespaces/default/deployments/nope",
            None,
            404,
            "NotFound",
            'deployments.apps "nope" not found',
            {"name": "nope", "group": "apps", "kind": "deployments"},
            id="no-such-object-of-a-group",
        ),
        pytest.param(
            "GET",
            "/api/v1/namespaces/default/nopes",
            None,
            404,
            "NotFound",
            "the server could not find the requested resource",
            {},
            id="no-such-resource",
        ),
        pytest.param(
            "POST",
            "/api/v1/nodes/x",
            {},
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
            {},
            id="method",
        ),
        pytest.param(
            "GET",
            "/api/v1/namespaces/default/pods/x/eviction",
            None,
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
            {},
            id="get-eviction",
        ),
        pytest.param(
            "POST",
            "/api/v1/namespaces/none/configmaps",
            config(),
            404,
            "NotFound",
            'namespaces "none" not found',
            {"name": "none", "kind": "namespaces"},
            id="no-such-namespace",
        ),
        pytest.param(
            "POST",
            CONFIG,
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}},
            400,
            "BadRequest",
            'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to '
            "(core.ConfigMap): unknown conversion",
            None,
            id="other-kind",
        ),
        pytest.param(
            "GET",
            "/api/v1/pods?fieldSelector=spec.bogus%3Dx",
            None,
            400,
            "BadRequest",
            "field label not supported: spec.bogus",
            None,
            id="field-selector",
        ),
        pytest.param(
            "GET",
            "/api/v1/nodes?labelSelector=a%3D%3D%3Db",
            None,
            400,
            "BadRequest",
            "unable to parse requirement: found '=', expected: identifier",
            None,
            id="label-selector",
        ),
    ],
)
def test_an_error_is_the_servers_own(
    method: str,
    path: str,
    body: Any,
    status: int,
    reason: str,
    message: str,
    details: dict[str, Any] | None,
) -> None:
    answer = ask(make_world(), method, path, json=body)
    expected = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": status,
    }
    if details is not None:
        expected["details"] = details
    assert (answer.status_code, answer.json()) == (status, expected)
    assert answer.headers["cache-control"] == "no-cache, private"
    assert answer.headers["audit-id"]


@pytest.mark.parametrize("path", ["/nope", "/apis/nope/v1", "/apis/nope/v1/things"])
def test_an_unknown_group_is_plain_text(path: str) -> None:
    answer = ask(make_world(), "GET", path)
    assert (answer.status_code, answer.text) == (404, "404 page not found\n")


def test_bodies_that_are_not_read_are_415_and_noise_is_400() -> None:
    world = make_world()
    headers = {"Content-Type": "application/vnd.kubernetes.protobuf"}
    assert ask(world, "POST", CONFIG, content=b"k8s\0", headers=headers).status_code == 415
    noise = ask(world, "POST", CONFIG, content=b'{"x":')
    assert (noise.status_code, noise.json()["reason"]) == (400, "BadRequest")
    odd = {"Content-Type": "application/json"}
    answer = ask(world, "PATCH", f"{CONFIG}/x", content=b"{}", headers=odd)
    assert answer.json()["message"] == "415: Unsupported Media Type"
    picky = {"Accept": "text/csv"}
    assert ask(world, "GET", "/api/v1/nodes", headers=picky).status_code == 406


def test_a_yaml_body_is_read() -> None:
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\ndata: {a: b}\n"
    headers = {"Content-Type": "application/yaml"}
    answer = ask(make_world(), "POST", CONFIG, content=text, headers=headers)
    assert (answer.status_code, answer.json()["data"]) == (201, {"a": "b"})


def test_an_invalid_name_is_a_422_with_its_cause() -> None:
    answer = ask(make_world(), "POST", CONFIG, json=config("Bad_Name"))
    body = answer.json()
    assert (answer.status_code, body["details"]["causes"][0]["field"]) == (422, "metadata.name")
    assert body["message"].startswith(
        'ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase'
    )


def test_writes_keep_versions_and_refuse_old_ones() -> None:
    async def conversation(http: httpx.AsyncClient) -> None:
        first = (await http.post(CONFIG, json=config(data={"a": "1"}))).json()
        again = await http.post(CONFIG, json=config())
        assert (again.status_code, again.json()["reason"]) == (409, "AlreadyExists")
        first["data"] = {"a": "2"}
        second = (await http.put(f"{CONFIG}/c1", json=first)).json()
        stale = await http.put(f"{CONFIG}/c1", json=first)
        assert stale.status_code == 409
        assert stale.json()["message"] == (
            'Operation cannot be fulfilled on configmaps "c1": the object has been modified; '
            "please apply your changes to the latest version and try again"
        )
        merge = {"Content-Type": "application/merge-patch+json"}
        old = {"metadata": {"resourceVersion": first["metadata"]["resourceVersion"]}}
        refused = await http.patch(f"{CONFIG}/c1", json=old, headers=merge)
        assert refused.status_code == 409
        same = await http.patch(f"{CONFIG}/c1", json={"data": {"a": "2"}}, headers=merge)
        assert same.json()["metadata"] == second["metadata"]
        dry = await http.patch(f"{CONFIG}/c1?dryRun=All", json={"data": {"a": "3"}}, headers=merge)
        assert dry.json()["data"] == {"a": "3"}
        assert (await http.get(f"{CONFIG}/c1")).json()["data"] == {"a": "2"}
        wrong = {"preconditions": {"uid": "other"}}
        denied = await http.request("DELETE", f"{CONFIG}/c1", json=wrong)
        assert denied.json()["details"] == {"name": "c1", "kind": "ConfigMap"}
        gone = await http.delete(f"{CONFIG}/c1")
        uid = first["metadata"]["uid"]
        assert gone.json() == {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": {"name": "c1", "kind": "configmaps", "uid": uid},
        }
        assert (await http.delete(f"{CONFIG}/c1")).status_code == 404

    talk(make_world(), conversation)


def test_pages_are_consistent_and_expire() -> None:
    world = make_world()
    for index in range(5):
        world.apply(config(f"c{index}"), by="u")

    async def conversation(http: httpx.AsyncClient) -> None:
        first = (await http.get(f"{CONFIG}?limit=2")).json()
        assert first["metadata"]["remainingItemCount"] == 4
        world.apply(config("c9"), by="u")
        token = first["metadata"]["continue"]
        second = (await http.get(f"{CONFIG}?limit=2&continue={token}")).json()
        last = second["metadata"]["continue"]
        third = (await http.get(f"{CONFIG}?limit=2&continue={last}")).json()
        names = [i["metadata"]["name"] for p in (first, second, third) for i in p["items"]]
        assert names == ["c0", "c1", "c2", "c3", "c4", "kube-root-ca.crt"]
        versions = {p["metadata"]["resourceVersion"] for p in (first, second, third)}
        assert len(versions) == 1
        everything = (await http.get(f"{CONFIG}?limit=1&resourceVersion=0")).json()
        assert len(everything["items"]) == 7
        first = (await http.get(f"{CONFIG}?resourceVersion=1&resourceVersionMatch=Exact")).json()
        assert (first["items"], first["metadata"]) == ([], {"resourceVersion": "1"})
        future = await http.get(f"{CONFIG}?resourceVersion=99999999")
        assert (future.status_code, future.headers["retry-after"]) == (504, "1")
        assert (await http.get(f"{CONFIG}?continue=garbage")).status_code == 400

    talk(world, conversation)


def test_a_list_of_an_exact_version_is_as_it_was() -> None:
    world = make_world()
    for index in range(3):
        world.apply(config(f"c{index}", data={"a": "1"}), by="u")
    version = world.store.rv
    world.apply(config("c0", data={"a": "2"}), by="u")
    world.api.delete(CONFIG_MAPS, ("default", "c1"), by="u")
    path = f"{CONFIG}?resourceVersion={version}&resourceVersionMatch=Exact"

    async def conversation(http: httpx.AsyncClient) -> None:
        found = (await http.get(f"{path}&limit=2")).json()
        token = found["metadata"]["continue"]
        rest = (await http.get(f"{CONFIG}?limit=9&continue={token}")).json()
        items = [*found["items"], *rest["items"]]
        assert found["metadata"]["resourceVersion"] == str(version)
        names = [i["metadata"]["name"] for i in items]
        assert names == ["c0", "c1", "c2", "kube-root-ca.crt"]
        assert items[0]["data"] == {"a": "1"}
        world.store.forget(CONFIG_MAPS)
        old = (await http.get(path)).json()
        assert (old["code"], old["reason"]) == (410, "Expired")

    talk(world, conversation)


def test_an_expired_page_offers_the_inconsistent_rest() -> None:
    world = make_world()
    for index in range(4):
        world.apply(config(f"c{index}"), by="u")

    async def conversation(http: httpx.AsyncClient) -> None:
        token = (await http.get(f"{CONFIG}?limit=2")).json()["metadata"]["continue"]
        for index in range(40):
            world.apply(config(f"d{index}"), by="u")
            await http.get(f"{CONFIG}?limit=1")
        expired = await http.get(f"{CONFIG}?limit=2&continue={token}")
        assert (expired.status_code, expired.json()["reason"]) == (410, "Expired")
        rest = expired.json()["metadata"]["continue"]
        found = (await http.get(f"{CONFIG}?continue={rest}")).json()
        assert found["items"][0]["metadata"]["name"] == "c2"

    talk(world, conversation)


async def lines_of(http: httpx.AsyncClient, path: str, **how: Any) -> list[dict[str, Any]]:
    answer = await http.get(path, **how)
    assert answer.status_code == 200
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_watch_shows_what_changes_from_a_version_on() -> None:
    world = make_world()
    world.apply(config("c0", data={"a": "1"}), by="u")
    after = world.store.rv
    world.apply(config("c1"), by="u")
    world.apply(config("c0", data={"a": "2"}), by="u")
    world.api.delete(CONFIG_MAPS, ("default", "c1"), by="u")

    async def conversation(http: httpx.AsyncClient) -> None:
        path = f"{CONFIG}?watch=1&timeoutSeconds=1&resourceVersion={after}"
        events = await lines_of(http, path)
        seen = [(e["type"], e["object"]["metadata"]["name"]) for e in events]
        assert seen == [("ADDED", "c1"), ("MODIFIED", "c0"), ("DELETED", "c1")]
        only = await lines_of(http, f"{path}&fieldSelector=metadata.name%3Dc0")
        assert [e["type"] for e in only] == ["MODIFIED"]
        whole = await lines_of(http, f"{CONFIG}?watch=1&timeoutSeconds=1")
        assert [(e["type"], e["object"]["kind"]) for e in whole] == [("ADDED", "ConfigMap")] * 2
        rows = await lines_of(http, f"{CONFIG}?watch=1&timeoutSeconds=1", headers={"Accept": TABLE})
        assert rows[0]["object"]["rows"][0]["cells"][:2] == ["c0", 1]

    talk(world, conversation)


def test_a_selector_watch_sees_objects_enter_and_leave() -> None:
    world = make_world()
    after = world.store.rv
    for labels in ({"k": "a"}, {"k": "b"}, {"k": "a"}):
        obj = config("c0")
        obj["metadata"]["labels"] = labels
        world.apply(obj, by="u")

    async def conversation(http: httpx.AsyncClient) -> list[str]:
        path = f"{CONFIG}?watch=1&timeoutSeconds=1&resourceVersion={after}&labelSelector=k%3Da"
        return [e["type"] for e in await lines_of(http, path)]

    assert talk(world, conversation) == ["ADDED", "DELETED", "ADDED"]


def test_a_watch_from_before_the_history_is_one_error_line() -> None:
    world = reference_world()
    world.store.forget(NODES)

    async def conversation(http: httpx.AsyncClient) -> list[dict[str, Any]]:
        return await lines_of(http, "/api/v1/nodes?watch=1&resourceVersion=1")

    [line] = talk(world, conversation)
    assert (line["type"], line["object"]["code"]) == ("ERROR", 410)
    assert line["object"]["message"].startswith("too old resource version: 1 (")
    assert line["object"]["reason"] == "Expired"


def test_tables_carry_what_was_asked_for() -> None:
    world = reference_world()
    headers = {"Accept": TABLE}
    table = ask(world, "GET", "/api/v1/nodes?limit=1", headers=headers).json()
    assert [(c["name"], c["priority"]) for c in table["columnDefinitions"]] == [
        ("Name", 0),
        ("Status", 0),
        ("Roles", 0),
        ("Age", 0),
        ("Version", 0),
        ("Internal-IP", 1),
        ("External-IP", 1),
        ("OS-Image", 1),
        ("Kernel-Version", 1),
        ("Container-Runtime", 1),
    ]
    [row] = table["rows"]
    assert row["cells"] == [
        "aks-agentpool-18877473-vmss000000",
        "Ready",
        "agent",
        "5h40m",
        "v1.23.8",
        "10.240.0.4",
        "<none>",
        "Ubuntu 18.04.6 LTS",
        "5.4.0-1085-azure",
        "containerd://1.5.11+azure-2",
    ]
    assert row["object"]["kind"] == "PartialObjectMetadata"
    path = "/api/v1/namespaces/default/pods?includeObject="
    assert ask(world, "GET", path + "None", headers=headers).json()["rows"][0]["object"] is None
    whole = ask(world, "GET", path + "Object", headers=headers).json()
    assert whole["rows"][0]["object"]["kind"] == "Pod"


@pytest.mark.parametrize(
    "plural",
    ["deployments", "replicasets", "statefulsets", "daemonsets"],
)
def test_every_workload_has_its_table(plural: str) -> None:
    world = reference_world()
    answer = ask(world, "GET", f"/apis/apps/v1/{plural}", headers={"Accept": TABLE}).json()
    for row in answer["rows"]:
        assert len(row["cells"]) == len(answer["columnDefinitions"])


def test_discovery_names_the_eviction_subresource_in_both_forms() -> None:
    world = make_world()
    plain = ask(world, "GET", "/api/v1").json()
    eviction = next(r for r in plain["resources"] if r["name"] == "pods/eviction")
    assert (eviction["group"], eviction["version"], eviction["kind"]) == (
        "policy",
        "v1",
        "Eviction",
    )
    media = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    headers = {"Accept": f"{media},application/json"}
    answer = ask(world, "GET", "/apis", headers=headers)
    assert answer.headers["content-type"] == media
    names = [item["metadata"]["name"] for item in answer.json()["items"]]
    assert {"apps", "policy", "batch", "coordination.k8s.io"} <= set(names)
    again = ask(world, "GET", "/apis", headers={**headers, "If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert ask(world, "GET", "/version").json()["gitVersion"] == "v1.23.8"
    assert [ask(world, "GET", f"/{p}").text for p in ("healthz", "readyz", "livez")] == ["ok"] * 3


def test_a_denied_verb_is_a_403_and_a_review_says_so() -> None:
    world = reference_world()
    world.denied.add(("create", "pods/eviction"))
    pod = "/api/v1/namespaces/default/pods/bare"
    answer = ask(world, "POST", f"{pod}/eviction", json={"metadata": {"name": "bare"}})
    assert answer.json()["message"] == (
        'pods "bare" is forbidden: User "clusterUser" cannot create resource "pods/eviction" in '
        'API group "" in the namespace "default"'
    )
    attributes = {"verb": "create", "resource": "pods", "subresource": "eviction"}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    answer = ask(world, "POST", path, json=review)
    assert (answer.status_code, answer.json()["status"]) == (201, {"allowed": False})


def test_a_token_is_asked_for_when_there_is_one() -> None:
    world = make_world()

    async def conversation(http: httpx.AsyncClient) -> list[int]:
        tokens = ["", "Bearer wrong", "Bearer right"]
        codes = []
        for token in tokens:
            headers = {"Authorization": token} if token else {}
            codes.append((await http.get("/api/v1/nodes", headers=headers)).status_code)
        codes.append((await http.get("/version")).status_code)
        return codes

    assert talk(world, conversation, token="right") == [403, 401, 200, 200]


def test_who_acts_is_the_user_agents_run() -> None:
    world = reference_world()

    async def conversation(http: httpx.AsyncClient) -> None:
        patch = {"spec": {"unschedulable": True}}
        headers = {"Content-Type": "application/strategic-merge-patch+json"}
        await http.patch("/api/v1/nodes/akswspool000000", json=patch, headers=headers)

    talk(world, conversation, user_agent="poolshift/0.1.0 run/abc")
    talk(world, conversation, user_agent="kubectl/v1.32")
    assert [e["by"] for e in trace_of(world, "node-cordoned")] == ["abc"]


def test_large_answers_are_compressed_when_wanted_and_curl_gets_them_pretty() -> None:
    world = make_world()
    world.apply(config("big", data={"a": "x" * 200_000}), by="u")

    async def conversation(http: httpx.AsyncClient) -> None:
        headers = {"Accept-Encoding": "gzip"}
        async with http.stream("GET", f"{CONFIG}/big", headers=headers) as answer:
            raw = b"".join([chunk async for chunk in answer.aiter_raw()])
        assert json.loads(gzip.decompress(raw))["kind"] == "ConfigMap"
        curl = await http.get("/version", headers={"User-Agent": "curl/8"})
        assert "\n  " in curl.text

    talk(world, conversation)


def test_scale_is_read_and_set() -> None:
    world = reference_world(1, deployment())
    path = "/apis/apps/v1/namespaces/default/deployments/sample/scale"
    answer = ask(world, "GET", path).json()
    assert (answer["kind"], answer["status"]) == (
        "Scale",
        {"replicas": 3, "selector": "app=sample"},
    )
    headers = {"Content-Type": "application/merge-patch+json"}
    answer = ask(world, "PATCH", path, json={"spec": {"replicas": 5}}, headers=headers)
    assert answer.json()["spec"] == {"replicas": 5}
