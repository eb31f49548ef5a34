"""Server-side apply and managedFields, over the HTTP face."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.sim.kube.faces import client
from tests.sim.kube.worlds import deployment, make_world, reference_world

from poolshift.sim.kube.apply import fieldsets
from poolshift.sim.kube.apply.merging import without
from poolshift.sim.kube.resources import DEPLOYMENTS

if TYPE_CHECKING:
    import httpx

    from poolshift.sim.kube.world import KubeWorld

CONFIG = "/api/v1/namespaces/default/configmaps/c"
WEB = "/apis/apps/v1/namespaces/default/deployments/sample"
APPLY = {"Content-Type": "application/apply-patch+yaml"}


def ask(world: KubeWorld, method: str, path: str, **how: Any) -> httpx.Response:
    async def run() -> httpx.Response:
        async with client(world, user_agent="tool/1") as http:
            return await http.request(method, path, **how)

    return asyncio.run(run())


def apply(
    world: KubeWorld, path: str, body: dict[str, Any], manager: str = "one", **query: str
) -> httpx.Response:
    params = {"fieldManager": manager, **query} if manager else dict(query)
    return ask(world, "PATCH", path, content=json.dumps(body), headers=APPLY, params=params)


def config(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


def fields_of(obj: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {(m["manager"], m["operation"]): m["fieldsV1"] for m in obj["metadata"]["managedFields"]}


def test_apply_creates_then_changes_nothing() -> None:
    world = make_world()
    first = apply(world, CONFIG, config(a="1"))
    assert first.status_code == 201
    assert fields_of(first.json()) == {("one", "Apply"): {"f:data": {"f:a": {}}}}
    world.clock.run_until(10)
    again = apply(world, CONFIG, config(a="1"))
    assert (again.status_code, again.json()) == (200, first.json())


def test_another_managers_value_is_a_conflict_until_forced() -> None:
    world = make_world()
    apply(world, CONFIG, config(a="1"))
    refused = apply(world, CONFIG, config(a="2"), "two")
    assert refused.status_code == 409
    body = refused.json()
    assert body["message"] == 'Apply failed with 1 conflict: conflict with "one": .data.a'
    cause = {
        "reason": "FieldManagerConflict",
        "message": 'conflict with "one"',
        "field": ".data.a",
    }
    assert (body["reason"], body["details"]) == ("Conflict", {"causes": [cause]})
    taken = apply(world, CONFIG, config(a="2"), "two", force="true").json()
    assert fields_of(taken) == {("two", "Apply"): {"f:data": {"f:a": {}}}}


def test_several_conflicts_are_listed_by_manager() -> None:
    world = make_world()
    apply(world, CONFIG, config(a="1", b="1"))
    message = apply(world, CONFIG, config(a="2", b="2"), "two").json()["message"]
    assert message == ('Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b')


def test_the_same_value_is_shared_and_stays_until_the_last_one_lets_go() -> None:
    world = make_world()
    apply(world, CONFIG, config(a="1", b="1"))
    assert apply(world, CONFIG, config(a="1"), "two").status_code == 200
    left = apply(world, CONFIG, config(b="1")).json()
    assert left["data"] == {"a": "1", "b": "1"}
    gone = apply(world, CONFIG, config(), "two").json()
    assert gone["data"] == {"b": "1"}


def test_an_update_takes_the_fields_that_it_changes() -> None:
    world = make_world()
    apply(world, CONFIG, config(a="1", b="1"))
    merge = {"Content-Type": "application/merge-patch+json"}
    changed = ask(world, "PATCH", CONFIG, content=b'{"data":{"a":"9","z":"1"}}', headers=merge)
    assert fields_of(changed.json()) == {
        ("one", "Apply"): {"f:data": {"f:b": {}}},
        ("tool", "Update"): {"f:data": {"f:a": {}, "f:z": {}}},
    }
    refused = apply(world, CONFIG, config(a="1", b="1")).json()
    assert refused["message"] == (
        'Apply failed with 1 conflict: conflict with "tool" using v1: .data.a'
    )


def test_a_dry_run_stores_nothing() -> None:
    world = make_world()
    assert apply(world, CONFIG, config(a="1"), dryRun="All").status_code == 201
    assert ask(world, "GET", CONFIG).status_code == 404
    apply(world, CONFIG, config(a="1"))
    shown = apply(world, CONFIG, config(a="2"), dryRun="All").json()
    assert shown["data"] == {"a": "2"}
    assert ask(world, "GET", CONFIG).json()["data"] == {"a": "1"}


def test_without_a_manager_apply_is_refused() -> None:
    answer = apply(make_world(), CONFIG, config(a="1"), "")
    assert answer.status_code == 422
    assert answer.json()["details"]["causes"][0]["reason"] == "FieldValueRequired"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"metadata": {"name": "c"}}, "Object 'apiVersion' is missing"),
        ({"apiVersion": "v1", "metadata": {"name": "c"}}, "Object 'Kind' is missing"),
        ({**config(), "metadata": {"name": "d"}}, "does not match the name on the URL"),
        (
            {**config(), "metadata": {"name": "c", "managedFields": [{}]}},
            "metadata.managedFields must be nil",
        ),
    ],
)
def test_a_configuration_that_is_none_is_refused(body: dict[str, Any], message: str) -> None:
    answer = apply(make_world(), CONFIG, body)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_containers_merge_by_name_and_go_by_name() -> None:
    world = reference_world()
    side = {"name": "side", "image": "both:1"}
    base = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "sample"}}
    body = {**base, "spec": {"template": {"spec": {"containers": [side]}}}}
    added = apply(world, WEB, body, "mesh").json()
    names = [c["name"] for c in added["spec"]["template"]["spec"]["containers"]]
    assert names == ["sample", "side"]
    mine = fields_of(added)["mesh", "Apply"]["f:spec"]["f:template"]["f:spec"]["f:containers"]
    assert mine == {'k:{"name":"side"}': {".": {}, "f:image": {}, "f:name": {}}}
    gone = apply(world, WEB, {**base, "spec": {}}, "mesh").json()
    assert [c["name"] for c in gone["spec"]["template"]["spec"]["containers"]] == ["sample"]


def test_an_object_without_a_note_shows_who_made_it_and_who_keeps_its_status() -> None:
    world = reference_world()
    assert "managedFields" not in world.store.get(DEPLOYMENTS, "default", "sample")["metadata"]
    entries = ask(world, "GET", WEB).json()["metadata"]["managedFields"]
    assert [(e["manager"], e.get("subresource", "")) for e in entries] == [
        ("kube-controller-manager", "status"),
        ("kubectl-create", ""),
    ]
    owned = entries[1]["fieldsV1"]["f:spec"]
    assert owned["f:selector"] == {}
    assert owned["f:strategy"]["f:rollingUpdate"] == {
        ".": {},
        "f:maxSurge": {},
        "f:maxUnavailable": {},
    }
    container = owned["f:template"]["f:spec"]["f:containers"]['k:{"name":"sample"}']
    assert 'k:{"containerPort":80,"protocol":"TCP"}' in container["f:ports"]


def test_controllers_note_nothing_and_lose_no_note() -> None:
    world = reference_world()
    scaled = ask(
        world,
        "PATCH",
        f"{WEB}/scale",
        content=b'{"spec":{"replicas":2}}',
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert scaled.status_code == 200
    world.clock.run_until(300)
    entries = ask(world, "GET", WEB).json()["metadata"]["managedFields"]
    scale = next(e for e in entries if e.get("subresource") == "scale")
    assert (scale["manager"], scale["fieldsV1"]) == ("tool", {"f:spec": {"f:replicas": {}}})


def test_one_empty_entry_drops_all_notes() -> None:
    world = make_world()
    apply(world, CONFIG, config(a="1"))
    merge = {"Content-Type": "application/merge-patch+json"}
    body = b'{"metadata":{"managedFields":[{}]}}'
    assert ask(world, "PATCH", CONFIG, content=body, headers=merge).status_code == 200
    entries = ask(world, "GET", CONFIG).json()["metadata"]["managedFields"]
    assert [e["manager"] for e in entries] == ["kubectl-create"]


def test_fields_have_a_wire_form_that_reads_back() -> None:
    obj = deployment()
    obj["metadata"]["finalizers"] = ["a/b"]
    fields = fieldsets.present(obj)
    assert fieldsets.decode(fieldsets.encode(fields)) == fields
    assert ("f:metadata", "f:finalizers", 'v:"a/b"') in fields


def test_taking_the_last_field_out_takes_its_holder_too() -> None:
    value = {"data": {"a": "1"}, "list": [{"name": "x", "v": 1}], "set": ["p", "q"]}
    gone = frozenset({("f:data", "f:a"), ("f:list", 'k:{"name":"x"}', "f:v"), ("f:set", 'v:"p"')})
    assert without(value, gone) == {"list": [{"name": "x"}], "set": ["q"]}
    assert fieldsets.dotted(("f:a", 'k:{"name":"x"}', "f:b")) == '.a[name="x"].b'


def test_what_the_server_put_in_is_nobodys_and_outlives_a_take_over() -> None:
    world = reference_world()
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "bare"},
        "spec": {"containers": [{"name": "b", "image": "both:1"}]},
    }
    path = "/api/v1/namespaces/default/pods"
    made = ask(world, "POST", path, json=pod).json()
    owned = fields_of(made)["tool", "Update"]["f:spec"]
    assert not {"f:nodeName", "f:tolerations", "f:serviceAccountName", "f:priority"} & set(owned)
    assert "f:enableServiceLinks" in owned
    taken = apply(world, f"{path}/bare", pod, "tool", force="true")
    assert taken.status_code == 200
    assert taken.json()["spec"]["tolerations"]
